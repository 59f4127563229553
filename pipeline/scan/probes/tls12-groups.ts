/**
 * Named groups up to TLS 1.2 by elimination, at the highest version that has such suites: curves with ECDHE suites
 * (RFC 8422, 5.1), explicit curves (0xff01, 0xff02) on their own, and the groups of RFC 7919 with DHE suites, where a
 * server that doesn't know that RFC answers with its own prime. A server that uses one group whatever is offered shows
 * it again once it is taken out: the others are rejected then. Costs accepted + 1 handshakes for curves and for DHE
 * each, 1 for explicit curves. Nothing is asked of a server with neither kind, or with SSLv3 alone, which has no list.
 */
import { dhPrimes } from '../../formats/datasets.ts';
import { type EphemeralKey, TLS1_0, TLS1_1, TLS1_2 } from '../../tls/index.ts';
import { dhGroupRecord } from '../evidence.ts';
import { ECDH_GROUPS, EXPLICIT_CURVES, FFDHE_GROUPS, groupBits, suiteOf } from '../offer-lists.ts';
import { type Choice, countsOf, type Elimination, eliminate, eliminateSome } from './elimination.ts';
import { acceptedAt, type Findings, type Probe } from './probe.ts';
import type { ProbeSession } from './probe-session.ts';
import { sureAnswer } from './sure-answer.ts';

export const tls12Groups: Probe = {
  name: 'tls12-groups',
  async run(session, tallies, findings) {
    for (const version of [TLS1_2, TLS1_1, TLS1_0]) {
      const accepted = acceptedAt(tallies, version);
      const ecdhe = accepted.filter((suite) => /^ECDH(E|_anon)$/.test(keyExchange(suite)));
      const dhe = accepted.filter((suite) => /^DH(E|_anon)$/.test(keyExchange(suite)));
      if (ecdhe.length + dhe.length === 0) continue;
      const parts = [
        ...(ecdhe.length > 0 ? await curves({ session, version, suites: ecdhe }, findings) : []),
        ...(dhe.length > 0 ? [await finiteFields({ session, version, suites: dhe })] : []),
      ];
      findings.groups.push(countsOf(version, ...parts));
      return;
    }
  },
};

interface Asked {
  session: ProbeSession;
  version: number;
  suites: readonly number[];
}

async function curves(asked: Asked, { facts }: Findings): Promise<Elimination[]> {
  const named = await namedCurves(asked);
  const explicit = await eliminate(EXPLICIT_CURVES, (left) => choice(asked, left, [], curveOf));
  if (explicit.accepted.length > 0) facts.explicit_curves = true;
  else if (explicit.unknown.length === 0) facts.explicit_curves = false;
  return [named, explicit];
}

/**
 * RFC 8422, 5.3: the curve of an ECDSA certificate has to be on the client's list. Where no other kind of certificate
 * will do, a refusal may mean that it has just been taken out: what is left is asked about together with it.
 */
async function namedCurves({ session, version, suites }: Asked): Promise<Elimination> {
  const free = suites.filter((suite) => suiteOf(suite)?.authentication !== 'ECDSA');
  const asked = { session, version, suites: free.length > 0 ? free : suites };
  const first = await eliminateSome(ECDH_GROUPS, (left) => choice(asked, left, [], curveOf));
  const last = first.accepted.at(-1);
  if (free.length > 0 || last === undefined || first.rejected.length === 0) return first;
  const second = await eliminate(first.rejected, (left) => choice(asked, left, [last], curveOf));
  return { ...second, accepted: [...first.accepted, ...second.accepted] };
}

function finiteFields(asked: Asked): Promise<Elimination> {
  return eliminate(FFDHE_GROUPS, (left) => choice(asked, left, [], fieldOf));
}

/** `kept`: offered after what is left, without being asked about. */
async function choice(
  { session, version, suites }: Asked,
  left: readonly number[],
  kept: readonly number[],
  groupOf: (key: EphemeralKey) => number | null,
): Promise<Choice> {
  const named_groups = [...left, ...kept];
  const answer = await sureAnswer(session, { version, cipher_suites: suites, named_groups });
  if (answer.kind !== 'accepted') return answer.kind;
  const key = answer.flight.ephemeral_key;
  if (key === null) return 'unknown';
  const group = groupOf(key);
  return group !== null && left.includes(group) ? group : 'other';
}

function curveOf(key: EphemeralKey): number | null {
  if (key.kind === 'named_group') return key.named_group;
  const explicit = ['explicit_prime', 'explicit_char2'].indexOf(key.kind);
  return EXPLICIT_CURVES[explicit] ?? null;
}

function fieldOf(key: EphemeralKey): number | null {
  if (key.kind !== 'dh') return null;
  fields ??= new Map(FFDHE_GROUPS.map((group) => [primeOf(group), group]));
  return fields.get(dhGroupRecord(key.prime, key.generator).prime_sha256) ?? null;
}

let fields: ReadonlyMap<string, number> | undefined;

/** SHA-256 of the prime of an ffdhe group, as `datasets/dh_primes.csv` has it. */
function primeOf(group: number): string {
  const name = `${groupBits(group)}-bit FFDHE group from RFC 7919`;
  return dhPrimes().find((prime) => prime.name === name)!.prime_sha256;
}

function keyExchange(suite: number): string {
  return suiteOf(suite)?.key_exchange ?? '';
}
