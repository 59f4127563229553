/** `openssl s_server` on a free port of 127.0.0.1: implicit TLS with no mail behind it, which is all that a scan asks. */
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { cipherString, type TlsConfiguration } from './expected-answers.ts';
import type { KeyMaterial } from './openssl.ts';
import { type RunningServer, startServer } from './running-server.ts';

/** Starts s_server with exactly this configuration, and `further` options. It serves one connection at a time. */
export async function startOpensslServer(
  configuration: TlsConfiguration,
  further: readonly string[] = [],
): Promise<RunningServer & { port: number }> {
  // -www: an HTTP answer to whoever asks, and nothing read from standard input.
  const command = [
    'openssl',
    's_server',
    '-accept',
    '127.0.0.1:0',
    '-www',
    ...options(configuration),
    ...further,
  ];
  const server = await startServer(command, (output) => LISTENING.test(output));
  return { ...server, port: Number(LISTENING.exec(server.output())![1]) };
}

function options(configuration: TlsConfiguration): string[] {
  const { versions, ciphersuites, dh, groups } = configuration;
  const off = VERSIONS.filter(([version]) => !versions.includes(version)).map(([, option]) => option);
  return [
    ...off,
    // The library's own minimum may be higher (openssl.cnf, MinProtocol): said, it is what we say.
    ...['-min_protocol', 'TLSv1', '-cipher', cipherString(configuration), '-groups', groups.join(':')],
    ...(ciphersuites === undefined ? [] : ['-ciphersuites', ciphersuites]),
    ...(dh === null ? ['-no_dhe'] : dh === 'auto' ? [] : ['-dhparam', dh.file]),
    ...certificates(configuration),
  ];
}

/** Up to two, of different key types; -xcert, which takes more, drops those of -cert. */
function certificates({ keys }: TlsConfiguration): string[] {
  if (keys.length > 2) throw new Error('s_server takes two certificates');
  return keys.length === 0
    ? ['-nocert']
    : keys.flatMap((key, index) => certificate(index === 0 ? '' : 'd', key));
}

function certificate(prefix: string, { leaf, key, issuer }: KeyMaterial): string[] {
  const own = [`-${prefix}cert`, leaf, `-${prefix}key`, key];
  return issuer === null ? own : [...own, `-${prefix}cert_chain`, issuer];
}

const LISTENING = /^ACCEPT 127\.0\.0\.1:(\d+)/m;
const VERSIONS = [
  [TLS1_0, '-no_tls1'],
  [TLS1_1, '-no_tls1_1'],
  [TLS1_2, '-no_tls1_2'],
  [TLS1_3, '-no_tls1_3'],
] as const;
