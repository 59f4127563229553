/**
 * NSS by its own programs: `selfserv`, and `tstclnt` as the client that finds out suite by suite what a server accepts.
 * selfserv has no option for the address that it listens on: it gets a network of its own, or where this machine has none to
 * give, listens on all addresses as long as the test runs.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openssl } from './openssl.ts';
import { hasOwnNetworks, startInOwnNetwork } from './own-network.ts';
import { allListen, freePorts, startServer } from './running-server.ts';
import { type Accepted, acceptedOf, type StackKeys, type StackPeer, type StackServer } from './stack-peer.ts';

export const nssPeer: StackPeer = {
  name: 'NSS',
  configurations: ['modern', 'old', 'odd'],
  takesNames: true,
  missing,
  start,
  ask,
};

function missing(): string | undefined {
  const there = spawnSync('selfserv', ['-Y']).error === undefined;
  return there ? undefined : 'selfserv is not installed (apt-get install libnss3-tools)';
}

async function start(configuration: string, keys: StackKeys) {
  const [port] = await freePorts(1);
  const names = configuration === 'odd' ? ['-n', 'rsa'] : ['-n', 'rsa', '-e', 'ecdsa'];
  const words = ['-d', database(keys), '-p', `${port}`, ...names, ...OPTIONS[configuration]!];
  const command = ['selfserv', ...words];
  if (hasOwnNetworks()) return startInOwnNetwork(command, port!);
  return { ...(await startServer(command, () => allListen([port!]))), port: port! };
}

/** A database of NSS with both keys, made once a folder. */
function database({ folder, rsa, ecdsa }: StackKeys): string {
  const path = join(folder, 'nss');
  if (mkdirSync(path, { recursive: true }) === undefined) return `sql:${path}`;
  nss('certutil', '-N', '-d', `sql:${path}`, '--empty-password');
  for (const [name, { key, chain }] of Object.entries({ rsa, ecdsa })) {
    const file = join(path, `${name}.p12`);
    const words = ['-inkey', key, '-in', chain, '-name', name, '-passout', 'pass:census', '-out', file];
    openssl('pkcs12', '-export', ...words);
    nss('pk12util', '-i', file, '-d', `sql:${path}`, '-W', 'census', '-K', '');
  }
  return `sql:${path}`;
}

function nss(...[program, ...words]: [string, ...string[]]): void {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stdout}${stderr}`);
}

async function ask({ port }: StackServer): Promise<Accepted> {
  const found: [number, number][] = [];
  for (const [name, version] of VERSIONS) {
    for (const code of SUITES) {
      const fits = version === 0x0304 ? code >> 8 === 0x13 : code >> 8 !== 0x13;
      if (fits && (await finishes(port, name, code))) found.push([version, code]);
    }
  }
  return acceptedOf(found);
}

/** tstclnt stays connected for as long as selfserv does: what selfserv says inside TLS is enough. `-o` takes any certificate. */
function finishes(port: number, version: string, code: number): Promise<boolean> {
  const server = ['-4', '-h', '127.0.0.1', '-p', `${port}`, '-D', '-o'];
  const child = spawn('tstclnt', [...server, '-V', `${version}:${version}`, '-c', letter(code)], {
    timeout: LIMIT_MS,
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk;
    if (text.includes(ECHO_ENDS)) child.kill();
  });
  child.stdin.on('error', () => child.stdin.destroy()).end('GET / HTTP/1.0\r\n\r\n');
  return new Promise((resolve) => child.once('close', () => resolve(text.includes(ECHO_ENDS))));
}

const letter = (code: number) => `:${code.toString(16).toUpperCase().padStart(4, '0')}`;

/** Names of the programs; SSLv3 and TLS 1.3 can't be had together. */
const VERSIONS = [
  ['ssl3', 0x0300],
  ['tls1.0', 0x0301],
  ['tls1.1', 0x0302],
  ['tls1.2', 0x0303],
  ['tls1.3', 0x0304],
] as const;

/** SSL_ImplementedCiphers of NSS 3.87. */
const SUITES: readonly number[] = [
  ...[
    0x1301, 0x1303, 0x1302, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030, 0xc00a, 0xc009, 0xc013, 0xc023,
    0xc027,
  ],
  ...[
    0xc014, 0xc024, 0xc028, 0xc008, 0xc012, 0xc007, 0xc011, 0x009e, 0xccaa, 0x00a2, 0x009f, 0x00a3, 0x0033,
    0x0032,
  ],
  ...[
    0x0067, 0x0040, 0x0045, 0x0044, 0x0039, 0x0038, 0x006b, 0x006a, 0x0088, 0x0087, 0x0016, 0x0013, 0x0066,
    0xc004,
  ],
  ...[
    0xc00e, 0xc005, 0xc00f, 0xc003, 0xc00d, 0xc002, 0xc00c, 0x009c, 0x009d, 0x002f, 0x003c, 0x0041, 0x0035,
    0x003d,
  ],
  ...[
    0x0084, 0x0096, 0x000a, 0x0005, 0x0004, 0x0015, 0x0012, 0x0009, 0xc006, 0xc010, 0xc00b, 0xc001, 0x0002,
    0x003b,
  ],
  0x0001,
];
const ECHO_ENDS = 'EOF';
const LIMIT_MS = 10_000;

const ALL = SUITES.map(letter).join('');
const OPTIONS: Record<string, readonly string[]> = {
  modern: ['-V', 'tls1.2:tls1.3'],
  old: ['-V', 'ssl3:tls1.2', '-H', '1', '-W', '1', '-c', ALL],
  named: ['-V', 'tls1.2:tls1.3', '-a', 'mx.test'],
  odd: ['-V', 'tls1.1:tls1.3', '-I', 'P384', '-c', ':C02F:1303'],
};
