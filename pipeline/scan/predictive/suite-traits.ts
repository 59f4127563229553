/**
 * What a suite is made of, as a set of traits: key exchange, authentication, encryption, its mode, MAC, and whether it is
 * for export. Servers drop suites by traits (a library built without RC4, a cipher string with `!aNULL:!EXPORT`): a suite
 * that is accepted shows that none of its traits was dropped. From the columns of `datasets/cipher_suites.csv`.
 */
import { type CipherSuite, cipherSuites } from '../../formats/datasets.ts';
import { add, emptySet, intersects, places, type SuiteSet, union, without } from './suite-set.ts';

/** The traits of a suite; those that the dataset does not know have one of their own kind. */
export function traitsOf(code: number): SuiteSet {
  known ??= new Map(cipherSuites().map((suite) => [suite.code, setOf(namesOf(suite))]));
  return known.get(code) ?? UNKNOWN;
}

/** Whether a suite is of the group `weak` of `inference_checks`: RC4, RC2, DES, 3DES, export, NULL and anonymous ones. */
export function isWeak(code: number): boolean {
  const is = weak.get(code) ?? intersects(traitsOf(code), WEAK);
  weak.set(code, is);
  return is;
}

/**
 * The traits that have to be shown at this endpoint before a suite with them is inferred; `shown` are those that were.
 * After `asked` questions a server that still takes broken encryption is taken at the prior's word for the strong: who
 * cleans up a list of suites begins at the other end.
 */
export function toShow(shown: SuiteSet, asked: number): SuiteSet {
  const left = without(ALL_TRAITS, shown);
  return asked >= PATIENCE && intersects(shown, BROKEN) ? without(left, STRONG) : left;
}

/** `shown` and the traits of the `accepted` ones of some suites, whose traits are `traits`. */
export function showing(shown: SuiteSet, traits: readonly SuiteSet[], accepted: SuiteSet): SuiteSet {
  return places(accepted).reduce((all, suite) => union(all, traits[suite]!), shown);
}

let known: Map<number, SuiteSet> | undefined;
const weak = new Map<number, boolean>();

/** What is for export is so by its key exchange and its key alike: what else it is made of says nothing of other suites. */
function namesOf({ key_exchange, authentication, encryption, mac, ...suite }: CipherSuite): string[] {
  const macs = mac === 'AEAD' ? [] : [mac === 'SHA384' ? 'SHA256' : mac];
  return [
    ...exchangeOf(key_exchange, authentication),
    ...(suite.export ? ['export'] : encryptionOf(encryption)),
    ...macs,
  ];
}

/** Anonymous Diffie-Hellman is the ephemeral one, and anonymous. */
function exchangeOf(key_exchange: string, authentication: string): string[] {
  if (key_exchange.endsWith('_anon')) return [key_exchange.replace('_anon', 'E'), 'anon'];
  return authentication === 'RSA' ? [key_exchange] : [key_exchange, authentication];
}

/** AES by the size of its key, since some take only one; of others both sizes come and go together. */
function encryptionOf(encryption: string): string[] {
  const [, cipher, mode] = /^(.*?)(_CBC|_GCM|_CCM|_CCM_8|_POLY1305)?$/.exec(encryption)!;
  const name = cipher!.replace(/^(CAMELLIA|ARIA|RC4|RC2|DES)_?\d+$/, '$1');
  return mode === '_GCM' || mode?.startsWith('_CCM') ? [name, mode] : [name];
}

function setOf(names: readonly string[]): SuiteSet {
  const set = emptySet(MOST_TRAITS);
  for (const name of names) {
    const number = numbers.get(name) ?? numbers.size;
    if (number >= MOST_TRAITS) throw new Error('more traits than there is room for');
    numbers.set(name, number);
    add(set, number);
  }
  return set;
}

const numbers = new Map<string, number>();
/** The dataset has some 50. */
const MOST_TRAITS = 64;
/** Of no suite. */
export const NO_TRAITS: SuiteSet = emptySet(MOST_TRAITS);
const ALL_TRAITS: SuiteSet = NO_TRAITS.map(() => 0xffffffff);
const UNKNOWN = setOf(['unknown']);
/** Encryption that was known to be broken in 2015. */
const BROKEN = setOf(['export', 'RC4', 'RC2', 'DES', '3DES_EDE']);
const WEAK = union(BROKEN, setOf(['NULL', 'anon']));
/** Encryption, modes and MACs that nobody drops before the broken ones. */
const STRONG = setOf(['IDEA', 'SEED', 'CAMELLIA', 'AES_128', 'AES_256', '_GCM', 'SHA1', 'SHA256']);
/** Measured: docs/strategies.md. */
const PATIENCE = 10;
