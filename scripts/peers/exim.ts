/**
 * Debian's Exim, unpacked and not installed, with folders of its own: one daemon on unprivileged ports of 127.0.0.1,
 * which reads what each port is to be by `$received_port`. Every recipient is refused. It links GnuTLS, and ignores
 * tls_dhparam for that ("for GnuTLS version 3.6.0 and later … the library manages parameter negotiation internally").
 */
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GnutlsConfiguration } from './gnutls.ts';
import { allListen, freePorts, type RunningServer, startServer } from './running-server.ts';
import { missingUnpacked, serverAccount, unpackedFile } from './unpacked-packages.ts';

/** What one port offers. */
export interface EximPort {
  implicit: boolean;
  /** Null for no TLS. */
  tls: (GnutlsConfiguration & { dh: 'built-in' }) | null;
}

/** What to do where Exim can't run; undefined where it can. */
export function missingExim(): string | undefined {
  const missing = existsSync(NSS_WRAPPER) ? undefined : 'libnss-wrapper is not installed (apt-get install)';
  return missing ?? missingUnpacked('exim', [EXIM]);
}

/** Starts Exim in `folder`, which must be empty; `ports[i]` is that of `services[i]`. */
export async function startExim(
  folder: string,
  services: readonly EximPort[],
): Promise<RunningServer & { ports: number[] }> {
  const ports = await freePorts(services.length);
  makeFolders(folder, services);
  writeFileSync(join(folder, 'exim.conf'), configuration(folder, ports, services));
  // The daemon stays in the foreground and starts no queue runners.
  const command = ['env', ...account(folder), EXIM, '-bdf', '-C', join(folder, 'exim.conf')];
  try {
    return { ...(await startServer(command, () => allListen(ports))), ports };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${eximLog(folder)}`);
  }
}

/** What Exim logged. */
export function eximLog(folder: string): string {
  const files = ['main', 'panic'].map((name) => join(folder, 'log', `${name}log`));
  return files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')).join('');
}

/** Exim puts down root's rights before it reads keys and writes logs. */
function makeFolders(folder: string, services: readonly EximPort[]): void {
  const { uid, gid } = serverAccount();
  chmodSync(folder, 0o755);
  for (const name of ['spool', 'log']) {
    mkdirSync(join(folder, name));
    chownSync(join(folder, name), uid, gid);
  }
  const keys = services.flatMap(({ tls }) => tls?.keys ?? []);
  for (const { key } of keys) {
    chmodSync(dirname(key), 0o755);
    chownSync(key, uid, gid);
  }
}

/** The account that Debian's Exim insists on: a name for whoever runs it, in this process only (nss_wrapper(1)). */
function account(folder: string): string[] {
  const { uid, gid } = serverAccount();
  const [passwd, group] = [join(folder, 'passwd'), join(folder, 'group')];
  writeFileSync(passwd, `root:x:0:0::/:/bin/false\nDebian-exim:x:${uid}:${gid}::/:/bin/false\n`);
  writeFileSync(group, `root:x:0:\nDebian-exim:x:${gid}:\n`);
  return [`LD_PRELOAD=${NSS_WRAPPER}`, `NSS_WRAPPER_PASSWD=${passwd}`, `NSS_WRAPPER_GROUP=${group}`];
}

function configuration(folder: string, ports: readonly number[], services: readonly EximPort[]): string {
  const byPort = (value: (tls: GnutlsConfiguration) => string) =>
    services.reduceRight((rest, { tls }, index) => {
      const own = tls ? value(tls) : '';
      return `\${if eq{$received_port}{${ports[index]}}{${own}}{${rest}}}`;
    }, '');
  const lists = (paths: string[]) => paths.join(':');
  const settings = {
    ...QUIET,
    spool_directory: join(folder, 'spool'),
    log_file_path: join(folder, 'log', '%slog'),
    pid_file_path: join(folder, 'spool', 'exim.pid'),
    daemon_smtp_ports: ports.join(' : '),
    tls_on_connect_ports: ports.filter((_, index) => services[index]!.implicit).join(' : '),
    tls_advertise_hosts: byPort(() => '*'),
    tls_certificate: byPort(({ keys }) => lists(keys.map(({ chain }) => chain))),
    tls_privatekey: byPort(({ keys }) => lists(keys.map(({ key }) => key))),
    tls_require_ciphers: byPort(({ priority }) => priority),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  return lines.join('');
}

const EXIM = unpackedFile('exim4-daemon-light', 'usr/sbin/exim4');
const NSS_WRAPPER = '/usr/lib/x86_64-linux-gnu/libnss_wrapper.so';

/** Names are never looked up; without an ACL for RCPT, Exim refuses all of them. */
const QUIET = {
  primary_hostname: 'mx.census.invalid',
  smtp_banner: '$primary_hostname ESMTP census peer',
  local_interfaces: '127.0.0.1',
  keep_environment: '',
  host_lookup: '',
  rfc1413_query_timeout: '0s',
  smtp_accept_max: '0',
  message_size_limit: '12345678',
};
