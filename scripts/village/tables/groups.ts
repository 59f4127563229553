/** The tables dh_group_sizes, shared_primes and ecdh_curves, from the truth; names are the datasets'. */
import { sha256Hex } from '../../../pipeline/base/hex.ts';
import { dhPrimes, namedGroups } from '../../../pipeline/formats/datasets.ts';
import type { ResultValue } from '../../../pipeline/formats/result-table.ts';
import type { VillagePrime } from '../primes.ts';
import type { ScanFacts, TruthTable } from '../truth-tables.ts';
import {
  acceptedSuites,
  ascending,
  byBytes,
  byPort,
  distinct,
  isTls,
  share,
  type Villager,
} from './answers.ts';

export function groupTables(
  villagers: readonly Villager[],
  scan: ScanFacts,
): Record<'dh_group_sizes' | 'shared_primes' | 'ecdh_curves', TruthTable> {
  const ports = byPort(villagers.filter(isTls));
  return {
    dh_group_sizes: {
      columns: ['scan_id', 'port', 'bits', 'endpoints', 'supporting', 'share'],
      rows: ports.flatMap(([port, there]) => sizeRows(port, there, scan)),
    },
    shared_primes: {
      columns: [
        ...['scan_id', 'port', 'bits', 'prime_name', 'software', 'prime_sha256'],
        ...['endpoints', 'dh_endpoints', 'share'],
      ],
      rows: ports.flatMap(([port, there]) => primeRows(port, there, scan)),
    },
    ecdh_curves: {
      columns: ['scan_id', 'port', 'code', 'named_group', 'endpoints', 'supporting', 'share'],
      rows: ports.flatMap(([port, there]) => curveRows(port, there, scan)),
    },
  };
}

/** For each villager that shows any, the distinct things shown. */
function shown<T>(there: readonly Villager[], what: (villager: Villager) => T[]): T[][] {
  return there.map((villager) => distinct(what(villager))).filter((things) => things.length > 0);
}

function primesOf(villager: Villager, scan: ScanFacts): VillagePrime[] {
  return acceptedSuites(villager, scan).flatMap((suite) => suite.dh ?? []);
}

function sizeRows(port: number, there: readonly Villager[], scan: ScanFacts): ResultValue[][] {
  const sizes = shown(there, (villager) => primesOf(villager, scan).map((prime) => prime.bits));
  return distinct(sizes.flat())
    .sort(ascending)
    .map((bits) => {
      const supporting = sizes.filter((list) => list.includes(bits)).length;
      return [scan.scan_id, port, bits, sizes.length, supporting, share(supporting, sizes.length)];
    });
}

function primeRows(port: number, there: readonly Villager[], scan: ScanFacts): ResultValue[][] {
  const primes = shown(there, (villager) => primesOf(villager, scan));
  return distinct(primes.flat())
    .map((prime) => ({ prime, hash: sha256Hex(Buffer.from(prime.hex, 'hex')) }))
    .sort((a, b) => a.prime.bits - b.prime.bits || byBytes(a.hash, b.hash))
    .map(({ prime, hash }) => {
      const showing = primes.filter((list) => list.includes(prime)).length;
      const known = dhPrimes().find((candidate) => candidate.prime_sha256 === hash);
      return [
        ...[scan.scan_id, port, prime.bits, known?.name ?? null, known?.software ?? null, hash],
        ...[showing, primes.length],
        share(showing, primes.length),
      ];
    });
}

function curveRows(port: number, there: readonly Villager[], scan: ScanFacts): ResultValue[][] {
  const curves = shown(there, (villager) =>
    acceptedSuites(villager, scan).flatMap((suite) => suite.named_group ?? []),
  );
  return distinct(curves.flat())
    .sort(ascending)
    .map((code) => {
      const supporting = curves.filter((list) => list.includes(code)).length;
      const name = namedGroups().find((group) => group.code === code)?.name ?? null;
      return [scan.scan_id, port, code, name, curves.length, supporting, share(supporting, curves.length)];
    });
}
