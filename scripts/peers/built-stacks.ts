/**
 * Stacks whose programs `build-stacks.sh` makes: crypto/tls of Go, rustls, Mbed TLS, wolfSSL. Each program is both server and
 * client; its head says what its configurations are.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { askOpenssl } from './openssl-client.ts';
import { startServer } from './running-server.ts';
import { acceptedIn, type StackKeys, type StackPeer } from './stack-peer.ts';

/** Go leaves the choice among suites of TLS 1.3 to no one: another client asks about these. */
export const goPeer: StackPeer = {
  ...builtPeer('go', 'Go', ['modern', 'old', 'odd']),
  ask: async ({ port }) => ({ ...(await askProgram('go', port)), ...(await askOpenssl(port, ['-tls1_3'])) }),
};
export const rustlsPeer = builtPeer('rustls', 'rustls', ['modern', 'tls12', 'odd']);
export const mbedtlsPeer = builtPeer('mbedtls', 'Mbed TLS', ['modern', 'old', 'odd']);
export const wolfsslPeer = builtPeer('wolfssl', 'wolfSSL', ['modern', 'old', 'odd']);

function builtPeer(program: string, name: string, configurations: readonly string[]): StackPeer {
  return {
    name,
    configurations,
    takesNames: true,
    missing: () =>
      existsSync(built(program))
        ? undefined
        : `${built(program)} is not built (scripts/peers/build-stacks.sh)`,
    start: (configuration, keys) => start(program, configuration, keys),
    ask: ({ port }) => askProgram(program, port),
  };
}

async function start(program: string, configuration: string, { rsa, ecdsa }: StackKeys) {
  const files = [rsa.chain, rsa.key, ecdsa.chain, ecdsa.key];
  const command = [built(program), 'server', configuration, ...files];
  const server = await startServer(command, (output) => LISTENING.test(output));
  return { ...server, port: Number(LISTENING.exec(server.output())![1]) };
}

async function askProgram(program: string, port: number) {
  const { stdout } = await run(built(program), ['client', `${port}`], { timeout: ASK_LIMIT_MS });
  return acceptedIn(stdout);
}

function built(program: string): string {
  const own = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const cache = process.getuid!() === 0 ? '/var/cache' : own;
  return join(process.env['CENSUS_STACKS'] || join(cache, 'mail-tls-census', 'stacks'), program);
}

const run = promisify(execFile);
const LISTENING = /^LISTENING (\d+)$/m;

/** Mbed TLS takes 12 s on a quiet machine: it computes Diffie-Hellman groups of 2,048 bits without assembler. */
const ASK_LIMIT_MS = 100_000;
