/** What a scan offers: suites per version and groups, from the datasets, common ones first. */
import {
  type CipherSuite,
  cipherSuites,
  namedGroups,
  signatureSchemes,
  studySuites,
  suitesOfVersion,
} from '../formats/datasets.ts';
import {
  DEFAULT_SIGNATURE_SCHEMES,
  SSL2,
  SSL3,
  TLS1_0,
  TLS1_1,
  TLS1_2,
  TLS1_3,
  TLS12_GROUPS,
  TLS13_GROUPS,
} from '../tls/index.ts';
import type { SuiteChoice } from './options.ts';

/** Order of asking: what is most often there comes first, so that a dead endpoint is known early. */
export const VERSION_ORDER: readonly number[] = [TLS1_2, TLS1_3, TLS1_1, TLS1_0, SSL3, SSL2];

/** supported_groups up to TLS 1.2: all curves. No ffdhe groups: servers are to show their own primes. */
export const ECDH_GROUPS = TLS12_GROUPS;

/** Explicit curves of RFC 8422, 5.1.1: over prime fields, over binary ones. */
export const EXPLICIT_CURVES: readonly number[] = [0xff01, 0xff02];

/** Finite fields of RFC 7919, offered up to TLS 1.2 only where they are asked about. */
export const FFDHE_GROUPS: readonly number[] = [0x0100, 0x0101, 0x0102, 0x0103, 0x0104];

/** supported_groups of TLS 1.3: all that `datasets/named_groups.csv` has for it, common ones first. */
export const GROUPS_1_3: readonly number[] = [
  ...TLS13_GROUPS,
  ...[0x11ec, 0x11eb, 0x11ed, 0x11ee], // hybrids with ML-KEM (draft-ietf-tls-ecdhe-mlkem, draft-yang-tls-hybrid-sm2-mlkem)
  ...[0x6399, 0x639a, 0xfe30, 0xfe31, 0xfe32], // hybrids with Kyber, drafts and before
  ...[0x0200, 0x0201, 0x0202], // ML-KEM alone (draft-connolly-tls-mlkem-key-agreement)
  0x4138, // CECPQ2
  ...[0x001f, 0x0020, 0x0021], // brainpool (RFC 8734)
  ...[0x0022, 0x0023, 0x0024, 0x0025, 0x0026, 0x0027, 0x0028], // GOST (RFC 9367)
  0x0029, // curveSM2 (RFC 8998)
];

/** What is asked about one by one: the whole of `datasets/signature_schemes.csv`, in the order of every other hello. */
export const SIGNATURE_SCHEMES: readonly number[] = [
  ...new Set([...DEFAULT_SIGNATURE_SCHEMES, ...signatureSchemes().map(({ code }) => code)]),
];

/** Versions in the order of asking, with the suites to offer; versions without suites are left out. */
export function suitesToOffer(choice: SuiteChoice): Map<number, readonly number[]> {
  const lists = VERSION_ORDER.map((version) => [version, chosen(choice, version)] as const);
  return new Map(lists.filter(([, suites]) => suites.length > 0));
}

/** How a suite exchanges keys: what the codec needs in order to read ServerKeyExchange. */
export function suiteOf(code: number): CipherSuite | undefined {
  suites ??= new Map(cipherSuites().map((suite) => [suite.code, suite]));
  return suites.get(code);
}

/** Whether the registry has the suite for other versions only. */
export function isOutOfRange(version: number, code: number): boolean {
  const suite = suiteOf(code);
  return suite !== undefined && (version < suite.min_version || version > suite.max_version);
}

/** Field or prime size of a named group; null for one that the dataset doesn't know. */
export function groupBits(group: number): number | null {
  groups ??= new Map(namedGroups().map((entry) => [entry.code, entry.bits]));
  return groups.get(group) || null;
}

let suites: Map<number, CipherSuite> | undefined;
let groups: Map<number, number> | undefined;

function chosen(choice: SuiteChoice, version: number): readonly number[] {
  if (typeof choice !== 'string') return commonFirst(choice.get(version) ?? []);
  if (choice === 'study') return commonFirst(studySuites(version).map(({ code }) => code));
  const registered = commonFirst(suitesOfVersion(version).map(({ code }) => code));
  // Some servers accept suites at versions for which the registry does not have them.
  return version === SSL2 || version === TLS1_3
    ? registered
    : [...registered, ...commonFirst(restOfTls(version))];
}

/** Suites of SSLv3 to TLS 1.2 that the registry has for others of these versions than `version`. */
function restOfTls(version: number): number[] {
  const all = cipherSuites().filter(({ max_version }) => max_version >= SSL3 && max_version <= TLS1_2);
  return all.map(({ code }) => code).filter((code) => isOutOfRange(version, code));
}

function commonFirst(codes: readonly number[]): readonly number[] {
  const there = new Set(codes);
  const common = COMMON.filter((code) => there.has(code));
  return [...new Set([...common, ...codes])];
}

/** What most mail servers have: a server that can't read a long hello is asked about these first. */
const COMMON: readonly number[] = [
  ...[0xc02f, 0xc030, 0xc02b, 0xc02c, 0xcca8, 0xcca9, 0x009e, 0x009f, 0xccaa, 0x009c, 0x009d],
  ...[0xc013, 0xc014, 0xc009, 0xc00a, 0xc027, 0xc028, 0xc023, 0xc024, 0x0033, 0x0039, 0x0067, 0x006b],
  ...[0x002f, 0x0035, 0x003c, 0x003d, 0x000a, 0x0016, 0xc012, 0x0005, 0x0004, 0x0041, 0x0084, 0x0045, 0x0088],
  ...[0x0009, 0x0015, 0x0003, 0x0006, 0x0008, 0x0014, 0x0034, 0x003a, 0x0018, 0xc018, 0xc019, 0x0001, 0x0002],
];
