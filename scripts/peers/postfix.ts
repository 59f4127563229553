/**
 * Debian's Postfix with folders of its own: one master on unprivileged ports of 127.0.0.1, one smtpd service a
 * configuration. Nothing is delivered or relayed. master(8) runs as root only.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyMaterial } from './openssl.ts';
import { allListen, freePorts, type RunningServer, startServer } from './running-server.ts';

/** A service in master.cf: main.cf parameters that are its own. */
export type SmtpdService = Readonly<Record<string, string>>;

/** What to do where Postfix can't run; undefined where it can. */
export function missingPostfix(): string | undefined {
  if (!existsSync(MASTER)) return 'postfix is not installed (apt-get install postfix)';
  return process.getuid?.() === 0
    ? undefined
    : 'postfix runs as root only (its master process sets user ids)';
}

/** The value that Postfix has where main.cf says nothing. */
export function postfixDefault(parameter: string): string {
  const { status, stdout, stderr } = spawnSync('postconf', ['-dh', parameter], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`postconf ${parameter}: ${stderr}`);
  return stdout.trim();
}

/** The parameters that hand `keys` to smtpd: a key and its chain a file pair (postconf(5), smtpd_tls_chain_files). */
export function postfixCertificates(keys: readonly KeyMaterial[]): SmtpdService {
  return { smtpd_tls_chain_files: keys.flatMap(({ key, chain }) => [key, chain]).join(', ') };
}

/** Starts Postfix in `folder`, which must be empty; `ports[i]` is that of `services[i]`. */
export async function startPostfix(
  folder: string,
  services: readonly SmtpdService[],
): Promise<RunningServer & { ports: number[] }> {
  const ports = await freePorts(services.length);
  makeFolders(folder);
  writeFileSync(join(folder, 'config', 'main.cf'), mainCf(folder));
  writeFileSync(join(folder, 'config', 'master.cf'), masterCf(ports, services));
  // -d keeps it in our process group.
  const command = [MASTER, '-d', '-c', join(folder, 'config')];
  try {
    return { ...(await startServer(command, () => allListen(ports))), ports };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${postfixLog(folder)}`);
  }
}

/** What Postfix logged. */
export function postfixLog(folder: string): string {
  const file = join(folder, 'log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** The parts of a Postfix queue that an smtpd needs, with the owners that it insists on. */
function makeFolders(folder: string): void {
  chmodSync(folder, 0o755);
  const postfix = idOf('-u');
  for (const name of ['config', 'queue', 'queue/pid', 'queue/private', 'queue/public', 'data']) {
    mkdirSync(join(folder, name), { mode: 0o755 });
  }
  for (const name of ['queue/private', 'queue/public', 'data'])
    chownSync(join(folder, name), postfix, idOf('-g'));
}

function idOf(option: '-u' | '-g'): number {
  return Number(spawnSync('id', [option, 'postfix'], { encoding: 'utf8' }).stdout);
}

function mainCf(folder: string): string {
  const parameters = {
    ...QUIET,
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    maillog_file: join(folder, 'log'),
    maillog_file_prefixes: folder,
  };
  return Object.entries(parameters)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

function masterCf(ports: readonly number[], services: readonly SmtpdService[]): string {
  const smtpd = services.map((service, index) => {
    const options = Object.entries(service).map(([name, value]) => `    -o { ${name} = ${value} }\n`);
    return `127.0.0.1:${ports[index]} inet n - n - - smtpd\n${options.join('')}`;
  });
  return [...smtpd, SERVICES].join('');
}

const MASTER = '/usr/lib/postfix/sbin/master';

/** What EHLO says is fixed here; names are never looked up, mail is refused. */
const QUIET = {
  compatibility_level: '3.6',
  myhostname: 'mx.census.invalid',
  mydestination: '',
  alias_maps: '',
  inet_interfaces: '127.0.0.1',
  inet_protocols: 'ipv4',
  smtpd_peername_lookup: 'no',
  smtpd_banner: '$myhostname ESMTP census peer',
  smtpd_client_restrictions: '',
  smtpd_relay_restrictions: 'reject',
  disable_vrfy_command: 'yes',
  message_size_limit: '12345678',
  smtpd_discard_ehlo_keywords: 'etrn, chunking, dsn',
};

const SERVICES = `
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
`;
