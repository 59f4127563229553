/**
 * Debian's Cyrus, unpacked and not installed, with folders of its own: IMAP and POP3, with STARTTLS and implicit TLS,
 * on unprivileged ports of 127.0.0.1. It has no mailboxes and no users. It links OpenSSL.
 */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { KeyMaterial } from './openssl.ts';
import { allListen, freePorts, type RunningServer, startServer } from './running-server.ts';
import type { PeerPort } from './scanned-answers.ts';
import { missingUnpacked, serverAccount, unpackedFile } from './unpacked-packages.ts';

/** What to do where Cyrus can't run; undefined where it can. */
export function missingCyrus(): string | undefined {
  return missingUnpacked('cyrus', [MASTER, IMAPD, POP3D]);
}

/** Starts Cyrus in `folder` with `settings` of imapd.conf(5); `keys` are to be readable by its account. */
export async function startCyrus(
  folder: string,
  keys: readonly KeyMaterial[],
  settings: Readonly<Record<string, string>>,
): Promise<RunningServer & { ports: PeerPort[] }> {
  const free = await freePorts(NOMINAL.length);
  const ports = NOMINAL.map((port, index) => ({ port, connect_port: free[index]! }));
  makeFolders(folder, keys);
  const imapd = join(folder, 'imapd.conf');
  writeFileSync(imapd, imapdConf(folder, keys, settings));
  writeFileSync(join(folder, 'cyrus.conf'), cyrusConf(imapd, ports));
  const files = ['-M', join(folder, 'cyrus.conf'), '-C', imapd, '-p', join(folder, 'pid')];
  const command = ['env', `LD_LIBRARY_PATH=${LIBRARIES}`, MASTER, '-D', '-L', join(folder, 'log'), ...files];
  const server = await startServer(command, () => allListen(free));
  return { ...server, ports };
}

/** Cyrus puts down root's rights before it reads keys. */
function makeFolders(folder: string, keys: readonly KeyMaterial[]): void {
  const { uid, gid } = serverAccount();
  chmodSync(folder, 0o755);
  for (const name of ['conf', 'conf/socket', 'conf/proc', 'conf/db', 'conf/lock', 'spool']) {
    mkdirSync(join(folder, name));
    chownSync(join(folder, name), uid, gid);
  }
  for (const { key } of keys) {
    chmodSync(dirname(key), 0o755);
    chownSync(key, uid, gid);
  }
}

function imapdConf(
  folder: string,
  keys: readonly KeyMaterial[],
  settings: Readonly<Record<string, string>>,
): string {
  const own = {
    configdirectory: join(folder, 'conf'),
    defaultpartition: 'default',
    'partition-default': join(folder, 'spool'),
    cyrus_user: process.getuid!() === 0 ? 'nobody' : userInfo().username,
    servername: 'mail.census.invalid',
    sasl_pwcheck_method: 'auxprop',
    sasl_mech_list: 'PLAIN LOGIN',
    tls_server_cert: keys.map(({ chain }) => chain).join(','),
    tls_server_key: keys.map(({ key }) => key).join(','),
    tls_session_timeout: '0',
  };
  const lines = Object.entries({ ...own, ...settings }).map(([name, value]) => `${name}: ${value}\n`);
  return lines.join('');
}

/** Services don't get the master's -C. */
function cyrusConf(imapd: string, ports: readonly PeerPort[]): string {
  const programs = [IMAPD, `${IMAPD} -s`, POP3D, `${POP3D} -s`];
  const services = programs.map((program, index) => {
    const listen = `127.0.0.1:${ports[index]!.connect_port}`;
    return `  service${index} cmd="${program} -C ${imapd}" listen="${listen}" prefork=0\n`;
  });
  return `START {\n}\nSERVICES {\n${services.join('')}}\nEVENTS {\n}\n`;
}

const MASTER = unpackedFile('cyrus-common', 'usr/lib/cyrus/bin/master');
const IMAPD = unpackedFile('cyrus-imapd', 'usr/lib/cyrus/bin/imapd');
const POP3D = unpackedFile('cyrus-pop3d', 'usr/lib/cyrus/bin/pop3d');
const LIBRARIES = unpackedFile('cyrus-common', 'usr/lib/x86_64-linux-gnu');
const NOMINAL = [143, 993, 110, 995];
