/**
 * What a server that links GnuTLS 3.7 must answer, from its configuration alone: never from what a scan saw. Suites,
 * versions and groups of a priority string are asked of the library (`gnutls-cli --list`), the built-in parameters of
 * `certtool`; the rest are rules. PSK, SRP and GOST need secrets or keys that no peer here has, and are left out.
 */
import { spawnSync } from 'node:child_process';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3, TLS12_GROUPS } from '../../pipeline/tls/index.ts';
import type { Answers, SuiteAnswer } from './expected-answers.ts';
import type { DhParameters, KeyMaterial } from './openssl.ts';

export interface GnutlsConfiguration {
  /** GnuTLS priority string. */
  priority: string;
  keys: readonly KeyMaterial[];
  /** Configured parameters, or those of RFC 7919 that the library has at level MEDIUM. */
  dh: DhParameters | 'built-in';
  /** Whether anonymous suites of the priority string work: they need credentials, which not every server sets. */
  anonymous: boolean;
}

/** What to do where GnuTLS' programs are missing; undefined where they are there. */
export function missingGnutls(): string | undefined {
  const there = spawnSync('gnutls-serv', ['--version']).status === 0;
  return there ? undefined : 'gnutls-serv is not installed (apt-get install gnutls-bin)';
}

/** What the server is to answer to a hello that offers everything. */
export function gnutlsAnswers(configuration: GnutlsConfiguration): Answers {
  const listing = list(configuration.priority);
  const suites: Answers['suites'] = {};
  for (const [name, version] of VERSIONS) {
    const known = listing.suites.filter((suite) => isOf(suite, version));
    const answers = known.map((suite) => [suite.code, answer(configuration, listing, suite)] as const);
    const kept = answers.filter((entry): entry is [number, SuiteAnswer] => entry[1] !== null);
    suites[version] = listing.protocols.includes(name) ? Object.fromEntries(kept) : {};
  }
  const tls13 = Object.keys(suites[TLS1_3]!).length > 0;
  return { suites, tls13_groups: tls13 ? listing.groups.toSorted((left, right) => left - right) : [] };
}

interface ListedSuite {
  code: number;
  name: string;
  /** Least version that it is for. */
  version: number;
}

interface Listing {
  suites: ListedSuite[];
  protocols: string[];
  groups: number[];
  signatures: string[];
}

function isOf(suite: ListedSuite, version: number): boolean {
  return version === TLS1_3 ? suite.version === TLS1_3 : suite.version <= version;
}

/** Null where the server lacks what the suite needs. */
function answer(
  configuration: GnutlsConfiguration,
  listing: Listing,
  suite: ListedSuite,
): SuiteAnswer | null {
  const { keys, anonymous } = configuration;
  const none = { chain: null, prime_hex: null, named_group: null };
  if (suite.version === TLS1_3) return keys.some((key) => signsInTls13(key, listing)) ? none : null;
  const [, exchange, authentication] = KEY_EXCHANGE.exec(suite.name) ?? [];
  if (authentication === undefined) return null;
  const key = keys.find(({ kind }) => kind === KEY_KIND[authentication!]);
  if (authentication === 'ANON' ? !anonymous : key === undefined) return null;
  const chain = key?.sha256 ?? null;
  if (exchange === undefined) return { ...none, chain };
  if (exchange.startsWith('DH')) return { ...none, chain, prime_hex: prime(configuration) };
  const named_group = TLS12_GROUPS.find((group) => listing.groups.includes(group));
  return named_group === undefined ? null : { ...none, chain, named_group };
}

/** RFC 8446, 4.2.3: a scheme of TLS 1.3 names the curve, and RSA keys sign by PSS. Keys here are RSA or P-256. */
function signsInTls13({ kind }: KeyMaterial, { signatures }: Listing): boolean {
  if (kind === 'ecdsa') return signatures.includes('SIGN-ECDSA-SECP256R1-SHA256');
  return kind === 'rsa' && signatures.some((name) => name.startsWith('SIGN-RSA-PSS-RSAE-'));
}

function prime({ dh }: GnutlsConfiguration): string {
  if (dh !== 'built-in') return dh.prime_hex;
  const text = run('certtool', '--get-dh-params', '--sec-param', 'medium');
  const [, hex] = /^prime:\n((?:\s+[0-9a-f:]+\n)+)/m.exec(text)!;
  return hex!.replaceAll(/[^0-9a-f]/g, '').replace(/^0+/, '');
}

/** A suite a line, `TLS_RSA_AES_128_CBC_SHA1 <tab> 0x00, 0x2f <tab> TLS1.0`, then `Protocols: …`, `Groups: …`. */
function list(priority: string): Listing {
  const text = run('gnutls-cli', '--list', '--priority', priority);
  const rows = text.matchAll(/^(TLS_\w+)\s+0x(..), 0x(..)\s+(\S+)$/gm);
  const suites = [...rows].map(([, name, high, low, version]) => ({
    code: Number.parseInt(`${high}${low}`, 16),
    name: name!,
    version: versionOf(`VERS-${version}`),
  }));
  const groups = items(text, 'Groups').map((name) => GROUPS[name] ?? fail(`no number for ${name}`));
  const signatures = items(text, 'PK-signatures');
  return { suites, protocols: items(text, 'Protocols'), groups, signatures };
}

function items(text: string, title: string): string[] {
  const [, line] = new RegExp(`^${title}: (.*)$`, 'm').exec(text) ?? fail(`gnutls-cli lists no ${title}`);
  return line === 'none' ? [] : line!.split(', ');
}

function versionOf(name: string): number {
  const [, version] = VERSIONS.find(([known]) => known === name) ?? fail(`no number for ${name}`);
  return version;
}

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? stdout : fail(`${program} ${args.join(' ')}: ${stderr}`);
}

function fail(message: string): never {
  throw new Error(message);
}

const VERSIONS = [
  ['VERS-TLS1.0', TLS1_0],
  ['VERS-TLS1.1', TLS1_1],
  ['VERS-TLS1.2', TLS1_2],
  ['VERS-TLS1.3', TLS1_3],
] as const;

/** GnuTLS' names: TLS_RSA_…, TLS_DHE_RSA_…, TLS_DHE_DSS_…, TLS_ECDHE_ECDSA_…, TLS_DH_ANON_…, but not TLS_RSA_PSK_…. */
const KEY_EXCHANGE = /^TLS_(?:((?:EC)?DHE?)_)?(RSA|DSS|ECDSA|ANON)_(?!PSK)/;
const KEY_KIND: Record<string, string> = { RSA: 'rsa', ECDSA: 'ecdsa', DSS: 'dsa' };

/** IANA TLS Supported Groups. */
const GROUPS: Record<string, number> = {
  'GROUP-SECP192R1': 19,
  'GROUP-SECP224R1': 21,
  'GROUP-SECP256R1': 23,
  'GROUP-SECP384R1': 24,
  'GROUP-SECP521R1': 25,
  'GROUP-X25519': 29,
  'GROUP-X448': 30,
  'GROUP-FFDHE2048': 256,
  'GROUP-FFDHE3072': 257,
  'GROUP-FFDHE4096': 258,
  'GROUP-FFDHE6144': 259,
  'GROUP-FFDHE8192': 260,
};
