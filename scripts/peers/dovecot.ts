/**
 * Debian's Dovecot with folders of its own: IMAP and POP3, with STARTTLS and implicit TLS, on unprivileged ports of
 * 127.0.0.1. It has no mailboxes and no users. Runs as root, as packaged, or as an ordinary user, without chroots.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { allListen, freePorts, type RunningServer, startServer } from './running-server.ts';
import type { PeerPort } from './scanned-answers.ts';

/** What to do where Dovecot can't run; undefined where it can. */
export function missingDovecot(): string | undefined {
  const there = ['/usr/sbin/dovecot', `${LIBEXEC}/imap-login`, `${LIBEXEC}/pop3-login`].every(existsSync);
  return there ? undefined : 'dovecot is not installed (apt-get install dovecot-imapd dovecot-pop3d)';
}

/** The value that Dovecot has where its configuration says nothing. */
export function dovecotDefault(setting: string): string {
  const { status, stdout, stderr } = spawnSync('doveconf', ['-d', '-h', setting], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`doveconf ${setting}: ${stderr}`);
  return stdout.trim();
}

/** Starts Dovecot in `folder` with `settings` beside those that keep it to itself. */
export async function startDovecot(
  folder: string,
  settings: Readonly<Record<string, string>>,
): Promise<RunningServer & { ports: PeerPort[] }> {
  chmodSync(folder, 0o755);
  const free = await freePorts(NOMINAL.length);
  const all = NOMINAL.map((port, index) => ({ port, connect_port: free[index]! }));
  // With ssl=no the listeners for implicit TLS are not opened.
  const ports = settings['ssl'] === 'no' ? all.filter(({ port }) => port < 200) : all;
  const listening = ports.map(({ connect_port }) => connect_port);
  const file = join(folder, 'dovecot.conf');
  writeFileSync(join(folder, 'users'), '');
  writeFileSync(file, configuration(folder, all, settings));
  try {
    const server = await startServer(['/usr/sbin/dovecot', '-F', '-c', file], () => allListen(listening));
    return { ...server, ports };
  } catch (error) {
    const log = join(folder, 'log');
    throw new Error(`${(error as Error).message}\n${existsSync(log) ? readFileSync(log, 'utf8') : ''}`);
  }
}

function configuration(
  folder: string,
  ports: readonly PeerPort[],
  settings: Readonly<Record<string, string>>,
): string {
  const own = {
    base_dir: join(folder, 'run'),
    state_dir: join(folder, 'state'),
    log_path: join(folder, 'log'),
    protocols: 'imap pop3',
    listen: '127.0.0.1',
    login_greeting: 'census peer ready',
    auth_mechanisms: 'plain login',
    ...users(),
  };
  const lines = Object.entries({ ...own, ...settings }).map(([name, value]) => `${name} = ${value}\n`);
  const authentication = `passdb {\n  driver = passwd-file\n  args = ${join(folder, 'users')}\n}\n`;
  return [...lines, authentication, ...services(ports)].join('');
}

/** Dovecot wants accounts for its parts: the package's for root, one's own for anyone else. */
function users(): Record<string, string> {
  if (isRoot()) return {};
  const { username } = userInfo();
  const group = spawnSync('id', ['-gn'], { encoding: 'utf8' }).stdout.trim();
  return { default_internal_user: username, default_login_user: username, default_internal_group: group };
}

function services(ports: readonly PeerPort[]): string[] {
  const unrooted = isRoot() ? '' : '  chroot =\n';
  const login = ['imap', 'pop3'].map((protocol, index) => {
    const [plain, tls] = ports.slice(2 * index);
    const listeners = [
      `  inet_listener ${protocol} {\n    port = ${plain!.connect_port}\n  }\n`,
      `  inet_listener ${protocol}s {\n    port = ${tls!.connect_port}\n    ssl = yes\n  }\n`,
    ];
    // One process for many connections: Dovecot's own default starts one for each.
    return `service ${protocol}-login {\n${unrooted}  service_count = 0\n${listeners.join('')}}\n`;
  });
  return isRoot() ? login : [...login, `service anvil {\n${unrooted}}\n`, `service stats {\n${unrooted}}\n`];
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

const LIBEXEC = '/usr/lib/dovecot';
const NOMINAL = [143, 993, 110, 995];
