/**
 * Answers of a port from the published margins alone (datasets/published_2015.csv), for where no patterns are at hand.
 * What was published per port is which share of endpoints has SSLv2 and SSLv3 only, TLS 1.1 and 1.2 only, and no SSL; and
 * for all ports together the share of questions that were accepted. All else is combined as independent, what nothing
 * is known of in equal shares, so that it looks like no measurement: docs/simulate.md.
 */
import { type CipherSuite, publishedValues, studySuites } from '../formats/datasets.ts';
import { SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2 } from '../tls/versions.ts';
import type { Answer } from './answers.ts';

/** Answers by port, for `ports`. */
export function answersOfMargins(ports: readonly number[]): Map<number, Answer[]> {
  const long = shareOfLongLists(ports);
  return new Map(ports.map((port) => [port, answersOf(port, long)]));
}

/** A published share; of a range its middle. Throws where the study published none: a bug, or another dataset. */
export function publishedShare(table: string, port: number, item: string): number {
  const areas = [String(port), RETRIEVAL.includes(port) ? 'retrieval' : '', ''];
  const rows = publishedValues().filter(
    (row) => row.table_name === table && row.item.startsWith(item) && areas.includes(row.port),
  );
  const found = rows.find((row) => row.port !== '') ?? rows[0];
  if (!found) throw new Error(`published_2015.csv has no ${item} of ${table} for port ${port}`);
  const ends = found.value.split('-').map(Number);
  return ends.reduce((sum, end) => sum + end, 0) / ends.length;
}

/** Ports that the study put together as retrieval. */
export const RETRIEVAL: readonly number[] = [110, 143, 993, 995];

/** Sets of versions of a port, with their shares: 1 in all. */
function versionSets(port: number): { share: number; versions: readonly number[] }[] {
  const sslOnly = publishedShare('version_only', port, 'SSLv2 and SSLv3 only');
  const newOnly = publishedShare('version_only', port, 'TLSv1.1 and TLSv1.2 only');
  const upwards = publishedShare('version_only', port, 'TLSv1.0 upwards');
  const both = (share: number, one: readonly number[], other: readonly number[]) => [
    { share: share / 2, versions: one },
    { share: share / 2, versions: other },
  ];
  const old = [SSL3, TLS1_0];
  return [
    ...both(sslOnly, [SSL3], [SSL2, SSL3]),
    { share: newOnly, versions: [TLS1_1, TLS1_2] },
    ...both(upwards - newOnly, [TLS1_0], [TLS1_0, TLS1_1, TLS1_2]),
    ...both((1 - sslOnly - upwards) / 2, old, [...old, TLS1_1, TLS1_2]),
    ...both((1 - sslOnly - upwards) / 2, [SSL2, ...old], [SSL2, ...old, TLS1_1, TLS1_2]),
  ];
}

function answersOf(port: number, longShare: number): Answer[] {
  const shorts = shortLists(port);
  return versionSets(port).flatMap(({ share, versions }) => [
    ...shorts.map(([part, list]) => ({
      weight: share * (1 - longShare) * part,
      accepted: acceptedBy(list, versions),
    })),
    { weight: share * longShare, accepted: acceptedBy(LONG_LIST, versions) },
  ]);
}

/**
 * RSA key exchange alone; with DHE; with DHE and ECDHE: a third each, since no share is published. On port 25 as many of
 * those with DHE have export suites as show the published prime of 512 bits.
 */
function shortLists(port: number): (readonly [share: number, list: SuiteList])[] {
  const weak = port === 25 ? publishedShare('shared_primes', port, 'one 512-bit prime') : 0;
  const withExport = (share: number, list: SuiteList) => [
    [share * (1 - weak), list] as const,
    [share * weak, (suite: CipherSuite) => list(suite) || isExport(suite)] as const,
  ];
  const third = 1 / 3;
  const lists = [
    [third, isPlain] as const,
    ...withExport(third, isWithDhe),
    ...withExport(third, isWithEcdhe),
  ];
  return lists.filter(([share]) => share > 0);
}

function acceptedBy(list: SuiteList, versions: readonly number[]): Answer['accepted'] {
  return versions
    .map((version) => {
      const suites = studySuites(version).filter((suite) => canStand(suite, version) && list(suite));
      return { version, cipher_suites: suites.map(({ code }) => code) };
    })
    .filter(({ cipher_suites }) => cipher_suites.length > 0);
}

function canStand(suite: CipherSuite, version: number): boolean {
  return suite.min_version <= version && version <= suite.max_version;
}

/** How many endpoints must have the long list for the published mean of accepted questions; from 0 to 1. */
function shareOfLongLists(ports: readonly number[]): number {
  const offered = [SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2].reduce((sum, v) => sum + studySuites(v).length, 0);
  const wanted = publishedShare('data_overview', 0, 'accepted') * offered;
  const mean = (longShare: number): number =>
    ports.flatMap((port) => answersOf(port, longShare)).reduce((sum, a) => sum + a.weight * sizeOf(a), 0) /
    ports.length;
  const [least, most] = [mean(0), mean(1)];
  return Math.min(1, Math.max(0, (wanted - least) / (most - least)));
}

function sizeOf({ accepted }: Answer): number {
  return accepted.reduce((sum, { cipher_suites }) => sum + cipher_suites.length, 0);
}

type SuiteList = (suite: CipherSuite) => boolean;

const isPlain = ({ key_exchange, authentication, encryption, export: weak }: CipherSuite): boolean =>
  key_exchange === 'RSA' && authentication === 'RSA' && !weak && !/^NULL|^DES_CBC|IDEA|SEED/.test(encryption);
const isRsaSigned = ({ authentication, export: weak, encryption }: CipherSuite): boolean =>
  authentication === 'RSA' && !weak && !/^NULL|^DES_CBC/.test(encryption);

const isWithDhe: SuiteList = (suite) =>
  isPlain(suite) || (isRsaSigned(suite) && suite.key_exchange === 'DHE');
const isWithEcdhe: SuiteList = (suite) =>
  isPlain(suite) || (isRsaSigned(suite) && /^(EC)?DHE$/.test(suite.key_exchange));
const isExport: SuiteList = ({ key_exchange, authentication, export: weak }) =>
  weak && authentication === 'RSA' && /^(RSA|DHE)$/.test(key_exchange);

/** All that a library of 2015 has without DSS, ECDSA, PSK and SRP: export and anonymous suites too. */
const LONG_LIST: SuiteList = ({ key_exchange, authentication, encryption }) =>
  /^(RSA|DHE|ECDHE|DH_anon|ECDH_anon)$/.test(key_exchange) &&
  /^(RSA|anon)$/.test(authentication) &&
  encryption !== 'NULL';
