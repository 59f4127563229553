/**
 * `jsse-server.java` on the JDK that is installed: SSLv3 to TLS 1.3 with export, anonymous, NULL and DES suites, RSA,
 * ECDSA and DSA keys. What it accepts is what it told of itself before it began to listen.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { SSL3, TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { suiteCode } from '../testing/suite-key-exchange.ts';
import { type KeyMaterial, openssl } from './openssl.ts';
import { type RunningServer, startServer } from './running-server.ts';

export interface JsseConfiguration {
  keys: readonly KeyMaterial[];
  /** Groups by JSSE's names (jdk.tls.namedGroups). */
  groups: readonly string[];
  /** jdk.tls.ephemeralDHKeySize: `legacy` is 768 bits; 512 for export suites in any case. */
  dh_size: 'legacy' | 1024 | 2048;
  /** A regular expression: whoever asks for another name is refused. Any name will do where it is left out. */
  names?: string;
  /** Further options of java: see the head of `jsse-server.java`. */
  options?: readonly string[];
}

/** A suite that JSSE's own client could finish a handshake with: SHA-256 of the certificates that it was shown. */
export interface JsseAnswer {
  version: number;
  cipher_suite: number;
  name: string;
  chain: string[];
}

/** What to do where Java is missing; undefined where it is there. */
export function missingJava(): string | undefined {
  const there = spawnSync('javac', ['-version']).status === 0;
  return there ? undefined : 'no JDK is installed (apt-get install openjdk-17-jdk-headless)';
}

/** Starts the server, which takes some seconds: it shakes hands with itself first. */
export async function startJsseServer(
  folder: string,
  { keys, groups, dh_size, names, options = [] }: JsseConfiguration,
): Promise<RunningServer & { port: number; answers: JsseAnswer[] }> {
  const stores = keys.map((key, index) => pkcs12(key, join(folder, `${index}.p12`)));
  const settings = [
    `-Djdk.tls.namedGroups=${groups.join(',')}`,
    `-Djdk.tls.ephemeralDHKeySize=${dh_size}`,
    ...(names === undefined ? [] : [`-Dcensus.name=${names}`]),
    // No network addresses but the loopback's, no cache in the home folder.
    ...['-Djava.net.preferIPv4Stack=true', '-Xshare:auto', '-Xmx256m'],
    ...options,
  ];
  const command = ['java', ...settings, join(import.meta.dirname, 'jsse-server.java'), ...stores];
  const server = await startServer(command, (output) => LISTENING.test(output), START_LIMIT_MS);
  const port = Number(LISTENING.exec(server.output())![1]);
  return { ...server, port, answers: answersIn(server.output()) };
}

function pkcs12({ key, chain }: KeyMaterial, file: string): string {
  openssl('pkcs12', '-export', '-in', chain, '-inkey', key, '-passout', 'pass:census', '-out', file);
  return file;
}

/** What a server said of itself, out of all that it printed. */
export function answersIn(output: string): JsseAnswer[] {
  const lines = output.split('\n').filter((line) => /^(SSL|TLS)v\S+ /.test(line));
  return lines.map((line) => {
    const [version, name, ...chain] = line.split(' ');
    return { version: VERSIONS[version!]!, cipher_suite: suiteCode(name!), name: name!, chain };
  });
}

const LISTENING = /^LISTENING (\d+)$/m;

/** Some 8 s of CPU time, on a machine that has other things to do. */
const START_LIMIT_MS = 100_000;

const VERSIONS: Record<string, number> = {
  SSLv3: SSL3,
  TLSv1: TLS1_0,
  'TLSv1.1': TLS1_1,
  'TLSv1.2': TLS1_2,
  'TLSv1.3': TLS1_3,
};
