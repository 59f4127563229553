/**
 * Which certificate an address shows. The named ones (published-certificates.ts) have their published numbers of addresses,
 * spread over all; the rest fall off as a power of their rank, from the least of the published numbers to single
 * addresses. Addresses that share one of the rest are neighbours, as the study found it.
 */
import { order } from '../mixing.ts';
import { countBefore } from '../population.ts';
import { placeBeyond, runningSums } from '../port-plan.ts';

export interface CertificateSizes {
  /** Addresses of each named certificate. */
  named: readonly number[];
  /** Addresses of the others, by rank. */
  others: Uint32Array;
}

/** Two distinct certificates to ten addresses. How many the study saw is not at hand: each one takes a signature. */
const DISTINCT_SHARE = 0.2;

/** Sizes for a population of `hosts` addresses; `scale` is its size as a share of the study's. */
export function certificateSizes(
  hosts: number,
  scale: number,
  published: readonly number[],
): CertificateSizes {
  const named = published.map((addresses) => Math.round(addresses * scale));
  const left = hosts - named.reduce((sum, addresses) => sum + addresses, 0);
  const most = Math.max(1, Math.round(Math.min(...published) * scale));
  const wanted = Math.ceil(left * DISTINCT_SHARE);
  // The steeper the fall, the more distinct ones: their number grows with the exponent.
  let [low, high] = [0, 8];
  for (let step = 0; step < 24; step++) {
    const middle = (low + high) / 2;
    if (distinct(left, most, middle, wanted) < wanted) low = middle;
    else high = middle;
  }
  return { named, others: fallOff(left, most, high) };
}

/** How many certificates it takes, as far as `enough`. */
function distinct(addresses: number, most: number, exponent: number, enough: number): number {
  let covered = 0;
  let rank = 0;
  while (covered < addresses && rank < enough) {
    rank++;
    covered += sizeAt(rank, most, exponent);
  }
  return rank;
}

function fallOff(addresses: number, most: number, exponent: number): Uint32Array {
  const sizes: number[] = [];
  for (let covered = 0; covered < addresses; ) {
    const size = Math.min(sizeAt(sizes.length + 1, most, exponent), addresses - covered);
    sizes.push(size);
    covered += size;
  }
  return Uint32Array.from(sizes);
}

function sizeAt(rank: number, most: number, exponent: number): number {
  return Math.max(1, Math.floor(most * rank ** -exponent));
}

/** Number of an address's certificate: the named ones first, then the others by rank. */
export function certificateOf(seed: string, hosts: number, { named, others }: CertificateSizes) {
  const namedHosts = named.reduce((sum, addresses) => sum + addresses, 0);
  const namedEnds = runningSums(named);
  const mixedNamed = order(namedHosts, seed, 'named certificates');
  const mixedOthers = order(others.length, seed, 'other certificates');
  const ranks = Uint32Array.from(others, (_, place) => mixedOthers(place));
  const ends = runningSums(ranks.map((rank) => others[rank]!));
  return (host: number): number => {
    const namedBefore = countBefore(host, namedHosts, hosts);
    if (countBefore(host + 1, namedHosts, hosts) > namedBefore)
      return placeBeyond(namedEnds, mixedNamed(namedBefore));
    return named.length + ranks[placeBeyond(ends, host - namedBefore)]!;
  };
}
