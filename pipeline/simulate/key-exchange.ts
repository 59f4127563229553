/**
 * What stands behind (EC)DHE suites: primes of datasets/dh_primes.csv and curves, by the published shares where there are
 * some. Port 25: one prime of 1,024 bits with 0.69 of the endpoints that show any, one of 512 bits with 0.64; secp256r1
 * with 0.99. Retrieval: secp384r1 with 0.70. The submission ports of an address have what its port 25 has.
 */
import { sha256Hex } from '../base/hex.ts';
import { cipherSuites, type DhPrime, dhPrimes } from '../formats/datasets.ts';
import type { DhGroupRecord, MailProtocol } from '../formats/raw-record.ts';
import type { Answer } from './answers.ts';
import { draws, words } from './mixing.ts';
import { publishedShare } from './published-answers.ts';
import { SOFTWARE } from './software.ts';

export interface NamedCurve {
  named_group: number;
  bits: number;
}

const SECP256R1: NamedCurve = { named_group: 23, bits: 256 };
const SECP384R1: NamedCurve = { named_group: 24, bits: 384 };
const SECP521R1: NamedCurve = { named_group: 25, bits: 521 };
export const CURVES: readonly NamedCurve[] = [SECP256R1, SECP384R1, SECP521R1];

/** Places in DH_GROUPS and CURVES, and in the protocol's SOFTWARE. */
export interface Setup {
  dh: number;
  /** The group of export suites, 512 bits. */
  dh_export: number;
  curve: number;
  software: number;
}

/** Groups of the known primes with the generator that they come with, in the dataset's order. */
export const DH_GROUPS: readonly DhGroupRecord[] = dhPrimes().map(groupOf);

function groupOf({ prime_hex, generator_hex, prime_sha256, bits }: DhPrime): DhGroupRecord {
  const [p, g] = [prime_hex, generator_hex].map((hex) => hex.toLowerCase().replace(/^(?:00)+(?=..)/, ''));
  return {
    dh_group_id: sha256Hex(`${p}:${g}`),
    prime_sha256,
    bits,
    prime_hex: p!,
    generator_hex: g!,
  };
}

export type SetupOf = (host: number, protocol: MailProtocol) => Setup;

/** The setup of each address. `smtpAnswers` are those of port 25: of its shares some are of a part of them. */
export function setups(seed: string, smtpAnswers: readonly Answer[]): SetupOf {
  const [one, software, other, otherExport] = ['postfix', 'software', 'dh', 'dh-export'];
  const rank = draws(seed, one);
  const curveRank = draws(seed, 'curve');
  const pick = words(seed, software);
  const pickDh = words(seed, other);
  const pickExport = words(seed, otherExport);
  const postfixShare = publishedShare('shared_primes', 25, 'one 1024-bit prime');
  const exportShare = Math.min(
    1,
    publishedShare('shared_primes', 25, 'one 512-bit prime') / exportRate(smtpAnswers),
  );
  const p256Share = publishedShare('ecdh_curves', 25, 'secp256r1');
  const p384Share = publishedShare('ecdh_curves', 110, 'secp384r1');
  return (host, protocol) => {
    const dh = OTHERS[pickDh(host) % OTHERS.length]!;
    const dh_export = EXPORTS[pickExport(host) % EXPORTS.length]!;
    if (protocol !== 'smtp') {
      const curve = curveRank(host) < p384Share ? 1 : 0;
      return { dh, dh_export, curve, software: pick(host) % SOFTWARE[protocol].length };
    }
    const isPostfix = rank(host) < postfixShare;
    return {
      dh: isPostfix ? POSTFIX_1024 : dh,
      dh_export: rank(host) < exportShare ? POSTFIX_512 : dh_export,
      curve: curveRank(host) < p256Share ? 0 : 1 + (pickDh(host) & 1),
      software: isPostfix ? 0 : 1 + (pick(host) % (SOFTWARE.smtp.length - 1)),
    };
  };
}

/** Of the endpoints that show any prime those that also show one of export grade. */
function exportRate(answers: readonly Answer[]): number {
  const dhe = new Set(suitesWith(false));
  const weak = new Set(suitesWith(true));
  const weight = (codes: ReadonlySet<number>): number =>
    answers
      .filter(({ accepted }) =>
        accepted.some(({ cipher_suites }) => cipher_suites.some((code) => codes.has(code))),
      )
      .reduce((sum, answer) => sum + answer.weight, 0);
  const any = weight(new Set([...dhe, ...weak]));
  return any === 0 ? 1 : Math.max(weight(weak) / any, Number.EPSILON);
}

function suitesWith(weak: boolean): number[] {
  const suites = cipherSuites().filter((suite) => /^DH(E|_anon)$/.test(suite.key_exchange));
  return suites.filter((suite) => suite.export === weak).map(({ code }) => code);
}

const POSTFIX_1024 = placeOf(1024, 'b0feb4cf');
const POSTFIX_512 = placeOf(512, '883f00af');

/** The published primes by their first digits: names of primes are shared. */
function placeOf(bits: number, digits: string): number {
  const place = DH_GROUPS.findIndex((group) => group.bits === bits && group.prime_hex.startsWith(digits));
  if (place < 0) throw new Error(`dh_primes.csv lacks the prime of ${bits} bits that begins with ${digits}`);
  return place;
}

const placesOf = (isWanted: (group: DhGroupRecord) => boolean): number[] =>
  DH_GROUPS.flatMap((group, place) => (isWanted(group) ? [place] : []));

/** All other known primes of usual sizes, alike: no share of them is published. */
const OTHERS = placesOf(
  ({ bits, prime_hex }) => bits >= 768 && bits <= 4096 && !prime_hex.startsWith('b0feb4cf'),
);
const EXPORTS = placesOf(({ bits, prime_hex }) => bits === 512 && !prime_hex.startsWith('883f00af'));
