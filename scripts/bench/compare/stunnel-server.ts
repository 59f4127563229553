/** Debian's stunnel speaking SMTP up to STARTTLS itself, in front of a backend that only greets. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { TlsConfiguration } from '../../peers/expected-answers.ts';
import { allListen, freePorts, type RunningServer, startServer } from '../../peers/running-server.ts';

export function missingStunnel(): string | undefined {
  return spawnSync('stunnel4', ['-version']).error ? 'stunnel4 is not installed' : undefined;
}

/** TLS 1.2 and 1.3 of the library with the configuration's suites, groups and first key. */
export async function startStunnel(
  folder: string,
  { ciphers, ciphersuites, security_level, groups, keys }: TlsConfiguration,
): Promise<RunningServer & { port: number }> {
  const backend = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => socket.write('250 mx.census.invalid\r\n'));
    socket.write('220 mx.census.invalid ESMTP\r\n');
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const [port] = await freePorts(1);
  const file = join(folder, 'stunnel.conf');
  const lines = [
    ...['foreground = yes', 'pid =', '[smtp]', 'protocol = smtp'],
    ...[`accept = 127.0.0.1:${port}`, `connect = 127.0.0.1:${(backend.address() as AddressInfo).port}`],
    ...[`cert = ${keys[0]!.chain}`, `key = ${keys[0]!.key}`],
    ...[`ciphers = ${ciphers}`, `ciphersuites = ${ciphersuites}`, `securityLevel = ${security_level}`],
    ...[`curves = ${groups.join(':')}`, 'sslVersionMin = TLSv1.2', ''],
  ];
  writeFileSync(file, lines.join('\n'));
  const server = await startServer(['stunnel4', file], () => allListen([port!]));
  const stop = async () => {
    await server.stop();
    await new Promise((resolve) => backend.close(resolve));
  };
  return { ...server, stop, port: port! };
}
