/** What a scan offers: suites per version and groups, from the datasets, common ones first. */
import {
  type CipherSuite,
  cipherSuites,
  namedGroups,
  studySuites,
  suitesOfVersion,
} from '../formats/datasets.ts';
import { SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2, TLS1_3, TLS12_GROUPS, TLS13_GROUPS } from '../tls/index.ts';
import type { SuiteChoice } from './options.ts';

/** Order of asking: what is most often there comes first, so that a dead endpoint is known early. */
export const VERSION_ORDER: readonly number[] = [TLS1_2, TLS1_3, TLS1_1, TLS1_0, SSL3, SSL2];

/** supported_groups up to TLS 1.2: all curves. No ffdhe groups: servers are to show their own primes. */
export const ECDH_GROUPS = TLS12_GROUPS;

/** supported_groups of TLS 1.3: with brainpool (RFC 8734) and the hybrids with ML-KEM and Kyber. */
export const GROUPS_1_3: readonly number[] = [...TLS13_GROUPS, 31, 32, 33, 4587, 4588, 4589, 25497];

/** Versions in the order of asking, with the suites to offer; versions without suites are left out. */
export function suitesToOffer(choice: SuiteChoice): Map<number, readonly number[]> {
  const lists = VERSION_ORDER.map((version) => [version, commonFirst(chosen(choice, version))] as const);
  return new Map(lists.filter(([, suites]) => suites.length > 0));
}

/** How a suite exchanges keys: what the codec needs in order to read ServerKeyExchange. */
export function suiteOf(code: number): CipherSuite | undefined {
  suites ??= new Map(cipherSuites().map((suite) => [suite.code, suite]));
  return suites.get(code);
}

/** Field or prime size of a named group; null for one that the dataset doesn't know. */
export function groupBits(group: number): number | null {
  groups ??= new Map(namedGroups().map((entry) => [entry.code, entry.bits]));
  return groups.get(group) || null;
}

let suites: Map<number, CipherSuite> | undefined;
let groups: Map<number, number> | undefined;

function chosen(choice: SuiteChoice, version: number): readonly number[] {
  if (typeof choice !== 'string') return choice.get(version) ?? [];
  const offered = choice === 'iana' ? suitesOfVersion(version) : studySuites(version);
  return offered.map((suite) => suite.code);
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
