/**
 * `openssl s_server` with the GOST engine (Debian's libengine-gost-openssl): a stack that accepts a suite at versions
 * which the registry does not have it for. RFC 9189 defines 0xc102 for TLS 1.2; this server takes it at TLS 1.0 too.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningServer, startServer } from './running-server.ts';

/** TLS_GOSTR341112_256_WITH_28147_CNT_IMIT */
export const GOST_SUITE = 0xc102;

/** What to do where the engine is missing; undefined where it is there. */
export function missingGost(): string | undefined {
  const { stdout } = spawnSync('openssl', ['engine', 'gost'], { encoding: 'utf8' });
  return stdout?.includes('(gost)') ? undefined : 'no GOST engine (apt-get install libengine-gost-openssl)';
}

/** Starts a server with this one suite, TLS 1.0 to 1.2. Its key is made in `folder`. */
export async function startGostServer(folder: string): Promise<RunningServer & { port: number }> {
  const settings = join(folder, 'gost.cnf');
  writeFileSync(settings, SETTINGS);
  const environment = ['env', `OPENSSL_CONF=${settings}`, 'openssl'];
  const [key, certificate] = [join(folder, 'gost.key.pem'), join(folder, 'gost.pem')];
  const newKey = ['-newkey', 'gost2012_256', '-pkeyopt', 'paramset:A', '-nodes', '-keyout', key];
  run([...environment, 'req', '-x509', ...newKey, '-subj', '/CN=gost.example', '-out', certificate]);
  const suites = ['-cipher', 'IANA-GOST2012-GOST8912-GOST8912:@SECLEVEL=0', '-min_protocol', 'TLSv1'];
  const keys = ['-cert', certificate, '-key', key];
  const command = [
    ...environment,
    's_server',
    '-accept',
    '127.0.0.1:0',
    '-www',
    '-no_tls1_3',
    ...suites,
    ...keys,
  ];
  const server = await startServer(command, (output) => LISTENING.test(output));
  return { ...server, port: Number(LISTENING.exec(server.output())![1]) };
}

function run([program, ...args]: string[]): void {
  const { status, stderr } = spawnSync(program!, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

const LISTENING = /^ACCEPT 127\.0\.0\.1:(\d+)/m;

const SETTINGS = `openssl_conf = conf
[conf]
engines = engines
[engines]
gost = gost
[gost]
engine_id = gost
default_algorithms = ALL
[req]
distinguished_name = name
[name]
`;
