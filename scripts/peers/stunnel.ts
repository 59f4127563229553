/**
 * Debian's stunnel in front of a mail server that knows no TLS: `protocol = smtp | imap | pop3` makes it speak
 * STARTTLS for that server. One process, a service a port of 127.0.0.1. It links OpenSSL.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import type { TlsConfiguration } from './expected-answers.ts';
import { allListen, freePorts, type RunningServer, startServer } from './running-server.ts';

/** A service: the protocol that it starts TLS in, or none for implicit TLS. */
export interface StunnelService {
  protocol: 'smtp' | 'imap' | 'pop3' | null;
  tls: TlsConfiguration;
  /** Settings beside those that follow from `tls`. */
  settings: Readonly<Record<string, string>>;
  /** Port of 127.0.0.1 where the mail server listens. */
  backend: number;
}

/** What to do where stunnel can't run; undefined where it can. */
export function missingStunnel(): string | undefined {
  return existsSync(STUNNEL) ? undefined : 'stunnel is not installed (apt-get install stunnel4)';
}

/** Starts stunnel in `folder`; `ports[i]` is that of `services[i]`. */
export async function startStunnel(
  folder: string,
  services: readonly StunnelService[],
): Promise<RunningServer & { ports: number[] }> {
  const ports = await freePorts(services.length);
  const sections = services.map((service, index) => section(folder, service, ports[index]!, index));
  const file = join(folder, 'stunnel.conf');
  writeFileSync(file, `foreground = yes\npid =\nsyslog = no\ndebug = warning\n${sections.join('')}`);
  return { ...(await startServer([STUNNEL, file], () => allListen(ports))), ports };
}

function section(folder: string, service: StunnelService, port: number, index: number): string {
  const { protocol, tls, settings, backend } = service;
  const pems = [tls.keys[0]!.key, tls.keys[0]!.chain, ...(tls.dh && tls.dh !== 'auto' ? [tls.dh.file] : [])];
  const cert = join(folder, `service-${index}.pem`);
  writeFileSync(cert, pems.map((pem) => readFileSync(pem, 'utf8')).join(''), { mode: 0o600 });
  const lines = Object.entries({
    accept: `127.0.0.1:${port}`,
    connect: `127.0.0.1:${backend}`,
    ...(protocol && { protocol }),
    cert,
    sslVersionMin: VERSION_NAMES[Math.min(...tls.versions)]!,
    sslVersionMax: VERSION_NAMES[Math.max(...tls.versions)]!,
    curves: tls.groups.join(':'),
    ...settings,
  });
  return `[service-${index}]\n${lines.map(([name, value]) => `${name} = ${value}\n`).join('')}`;
}

const STUNNEL = '/usr/bin/stunnel4';

const VERSION_NAMES: Record<number, string> = {
  [TLS1_0]: 'TLSv1',
  [TLS1_1]: 'TLSv1.1',
  [TLS1_2]: 'TLSv1.2',
  [TLS1_3]: 'TLSv1.3',
};
