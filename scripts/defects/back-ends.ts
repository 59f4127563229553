/**
 * The real servers behind the fronts: `openssl s_server` in three configurations, a few processes each, and the truth of
 * each: from its configuration, and held against OpenSSL's own client suite by suite.
 */
import { execFile } from 'node:child_process';
import { cipherSuites } from '../../pipeline/formats/datasets.ts';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { expectedAnswers, type TlsConfiguration } from '../peers/expected-answers.ts';
import { type KeyMaterial, NEW_KEYS, selfSignedKey } from '../peers/openssl.ts';
import { startOpensslServer } from '../peers/openssl-server.ts';
import type { RunningServer } from '../peers/running-server.ts';
import type { BackEndName } from './front/conditions.ts';
import type { BackEnd } from './front/front.ts';

/** Suites that are accepted, by version. */
export type Truth = ReadonlyMap<number, ReadonlySet<number>>;

export interface BackEnds {
  ports: Readonly<Record<BackEndName, BackEnd>>;
  truth: Readonly<Record<BackEndName, Truth>>;
  stop(): Promise<void>;
}

/** Starts all of them; keys are made in `folder`. */
export async function startBackEnds(folder: string): Promise<BackEnds> {
  const configurations = backEndConfigurations(selfSignedKey(folder, 'back-end', NEW_KEYS.rsa));
  const running: RunningServer[] = [];
  const ports: Record<BackEndName, number[]> = { whole: [], modern: [], old: [] };
  const start = async (name: BackEndName) => {
    const server = await startOpensslServer(configurations[name]);
    running.push(server);
    ports[name].push(server.port);
  };
  const stop = async () => void (await Promise.all(running.map((server) => server.stop())));
  try {
    await Promise.all(NAMES.flatMap((name) => Array.from({ length: PROCESSES[name] }, () => start(name))));
  } catch (error) {
    await stop();
    throw error;
  }
  const truth = { whole: EMPTY, modern: EMPTY, old: EMPTY };
  for (const name of NAMES) truth[name] = truthOf(configurations[name]);
  return { ports, truth, stop };
}

/** What OpenSSL's client gets from the server at `port`, against `truth`: a line for each difference. */
export async function differencesToClient(port: number, truth: Truth): Promise<string[]> {
  const differences: string[] = [];
  for (const [version, suites] of truth) {
    for (const suite of suites) {
      const answer = await clientHandshake(port, version, [suite]);
      if (answer !== opensslName(suite))
        differences.push(`${VERSIONS.get(version)} ${opensslName(suite)}: ${answer}`);
    }
    const answer = await clientHandshake(port, version, await otherSuites(version, suites));
    if (answer !== null) differences.push(`${VERSIONS.get(version)} ${answer} is accepted`);
  }
  return differences;
}

/** The suite that is used where the client offers `suites` at `version` alone; null where the server refuses. */
async function clientHandshake(
  port: number,
  version: number,
  suites: readonly number[],
): Promise<string | null> {
  const names = suites.map(opensslName).join(':');
  const offer = version === TLS1_3 ? ['-ciphersuites', names] : ['-cipher', `${names}:@SECLEVEL=0`];
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, `-${VERSIONS.get(version)}`, ...offer];
  const said = await output([...args, '-brief']);
  return /^Ciphersuite: (\S+)/m.exec(said)?.[1] ?? null;
}

/** All that OpenSSL has for the version and that are not among `suites`; those with PSK and SRP need a secret. */
async function otherSuites(version: number, suites: ReadonlySet<number>): Promise<number[]> {
  const all = version === TLS1_3 ? 'TLS13' : 'ALL:COMPLEMENTOFALL:eNULL:@SECLEVEL=0';
  const tls13 = ['-ciphersuites', TLS13_SUITES.join(':')];
  const said = await output(['ciphers', '-s', '-V', `-${VERSIONS.get(version)}`, ...tls13, all]);
  const codes = [...said.matchAll(/0x(..),0x(..) -/g)].map(([, high, low]) =>
    Number.parseInt(`${high}${low}`, 16),
  );
  const isOf13 = (code: number) => code >> 8 === 0x13;
  return codes.filter((code) => !suites.has(code) && isOf13(code) === (version === TLS1_3));
}

/** Both streams of `openssl ARGS`, however it ends. */
function output(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile('openssl', args, (_, stdout, stderr) => resolve(stdout + stderr));
    child.stdin!.end();
  });
}

function truthOf(configuration: TlsConfiguration): Truth {
  const { suites } = expectedAnswers(configuration);
  return new Map(
    [...VERSIONS.keys()].map((version) => [version, new Set(Object.keys(suites[version]!).map(Number))]),
  );
}

function opensslName(code: number): string {
  names ??= new Map(cipherSuites().map((suite) => [suite.code, suite.openssl_name]));
  return names.get(code)!;
}
let names: Map<number, string> | undefined;

/** Suites that stand all over a scan's lists, common ones and rare ones; all of them cheap. */
function backEndConfigurations(key: KeyMaterial): Record<BackEndName, TlsConfiguration> {
  const common = { security_level: 0, keys: [key], dh: 'auto', groups: ['X25519', 'P-256'] } as const;
  const all13 = TLS13_SUITES.join(':');
  return {
    whole: {
      ...common,
      versions: [TLS1_0, TLS1_1, TLS1_2, TLS1_3],
      ciphers:
        'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-SHA:AES128-SHA:AES256-SHA256:' +
        'CAMELLIA128-SHA:ARIA256-GCM-SHA384:AES128-CCM8:AECDH-AES128-SHA:ECDHE-RSA-NULL-SHA:NULL-MD5:DHE-RSA-AES128-SHA',
      ciphersuites: 'TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_8_SHA256',
    },
    modern: {
      ...common,
      versions: [TLS1_2, TLS1_3],
      ciphers:
        'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305:AES128-SHA',
      ciphersuites: all13,
    },
    old: {
      ...common,
      versions: [TLS1_0, TLS1_1, TLS1_2],
      ciphers: 'AES128-SHA:AES256-SHA:CAMELLIA128-SHA:NULL-SHA:AECDH-AES128-SHA:AES128-SHA256',
    },
  };
}

const TLS13_SUITES = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_AES_128_GCM_SHA256',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'TLS_AES_128_CCM_8_SHA256',
];
const VERSIONS = new Map([
  [TLS1_0, 'tls1'],
  [TLS1_1, 'tls1_1'],
  [TLS1_2, 'tls1_2'],
  [TLS1_3, 'tls1_3'],
]);
const NAMES: readonly BackEndName[] = ['whole', 'modern', 'old'];
const PROCESSES: Record<BackEndName, number> = { whole: 4, modern: 2, old: 2 };
const EMPTY: Truth = new Map();
