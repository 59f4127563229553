/**
 * `gnutls-serv` on a free port: implicit TLS with no mail behind it. It has no option for the address that it listens on:
 * it gets a network of its own, or where this machine has none to give, listens on all addresses as long as the test runs.
 */
import type { GnutlsConfiguration } from './gnutls.ts';
import { hasOwnNetworks, startInOwnNetwork } from './own-network.ts';
import { allListen, freePorts, type RunningServer, startServer } from './running-server.ts';

/** Starts gnutls-serv with exactly this configuration; with `askForCertificate` it sends CertificateRequest, too; `options` come last. */
export async function startGnutlsServer(
  { priority, keys, dh }: GnutlsConfiguration,
  askForCertificate = false,
  options: readonly string[] = [],
): Promise<RunningServer & { port: number }> {
  const [port] = await freePorts(1);
  const certificates = keys.flatMap(({ chain, key }) => ['--x509certfile', chain, '--x509keyfile', key]);
  const command = [
    ...['gnutls-serv', '--echo', '--quiet', '--port', `${port}`, '--priority', priority, ...certificates],
    ...(dh === 'built-in' ? [] : ['--dhparams', dh.file]),
    ...(askForCertificate ? [] : ['--disable-client-cert']),
    ...options,
  ];
  if (hasOwnNetworks()) return startInOwnNetwork(command, port!);
  return { ...(await startServer(command, () => allListen([port!]))), port: port! };
}
