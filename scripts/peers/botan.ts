/**
 * Botan 2 by its own program: `botan tls_server` under a policy file, and `botan tls_client` under a policy that leaves one
 * suite as the client that finds out what a server accepts. The program knows TLS 1.0 to 1.2.
 */
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suiteCode } from '../testing/suite-key-exchange.ts';
import { hasOwnNetworks, startInOwnNetwork } from './own-network.ts';
import { allListen, freePorts, startServer } from './running-server.ts';
import { type Accepted, acceptedOf, type StackKeys, type StackPeer, type StackServer } from './stack-peer.ts';

export const botanPeer: StackPeer = {
  name: 'Botan',
  configurations: ['modern', 'old', 'odd'],
  missing,
  start,
  ask,
};

function missing(): string | undefined {
  const { status, stdout } = spawnSync('botan', ['--version'], { encoding: 'utf8' });
  if (status !== 0) return 'botan is not installed (apt-get install botan)';
  return stdout.startsWith('2.')
    ? undefined
    : `botan is of version ${stdout.trim()}, and this is written for 2`;
}

/** It shows one certificate: RSA, but for `modern`, which has the ECDSA one. */
async function start(configuration: string, { folder, rsa, ecdsa }: StackKeys) {
  const [port] = await freePorts(1);
  const { chain, key } = configuration === 'modern' ? ecdsa : rsa;
  const file = join(folder, `botan-${configuration}.policy`);
  writeFileSync(file, POLICIES[configuration]!);
  const command = ['botan', 'tls_server', chain, key, `--port=${port}`, `--policy=${file}`];
  if (hasOwnNetworks()) return startInOwnNetwork(command, port!);
  return { ...(await startServer(command, () => allListen([port!]))), port: port! };
}

async function ask({ port }: StackServer): Promise<Accepted> {
  const folder = await mkdtemp(join(tmpdir(), 'census-botan-'));
  const [everything, one] = [join(folder, 'all.policy'), join(folder, 'one.policy')];
  await writeFile(everything, POLICIES['old']!);
  const found: [number, number][] = [];
  for (const [option, version] of VERSIONS) {
    for (const name of suitesUnder(everything, option)) {
      await writeFile(one, policyOf(name));
      if (await finishes(port, one, option, name)) found.push([version, suiteCode(`TLS_${name}`)]);
    }
  }
  await rm(folder, { recursive: true });
  return acceptedOf(found);
}

function suitesUnder(policy: string, version: string): string[] {
  const words = ['tls_ciphers', `--policy=${policy}`, `--version=${version}`];
  const { status, stdout, stderr } = spawnSync('botan', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`botan ${words.join(' ')}: ${stderr}`);
  // CECPQ1 and the suites of OCB have no number at IANA.
  return stdout
    .trim()
    .split('\n')
    .filter((name) => !/CECPQ1|_OCB_/.test(name));
}

function finishes(port: number, policy: string, version: string, name: string): Promise<boolean> {
  const words = [
    '127.0.0.1',
    `--port=${port}`,
    `--policy=${policy}`,
    `--${version}`,
    '--skip-system-cert-store',
  ];
  return new Promise((resolve) => {
    const child = execFile('botan', ['tls_client', ...words], { timeout: LIMIT_MS }, (_error, stdout) =>
      resolve(stdout.includes(name)),
    );
    child.stdin!.end();
  });
}

function policyOf(name: string): string {
  const [, exchange, key, cipher, mac] = NAME.exec(name) ?? fail(`no policy for ${name}`);
  const aead = /GCM|CCM|CHACHA/.test(cipher!);
  return policy({
    ciphers: CIPHERS[cipher!] ?? fail(`no cipher for ${name}`),
    macs: aead ? 'AEAD' : mac === 'SHA' ? 'SHA-1' : mac!.replace('SHA', 'SHA-'),
    key_exchange_methods: { ECDHE: 'ECDH', DHE: 'DH' }[exchange!] ?? 'RSA',
    signature_methods: { RSA: 'RSA', ECDSA: 'ECDSA', DSS: 'DSA' }[key!] ?? 'IMPLICIT',
  });
}

function fail(message: string): never {
  throw new Error(message);
}

/** Everything that the library can do, but for what `own` says. */
function policy(own: Record<string, string>): string {
  return Object.entries({ ...EVERYTHING, ...own })
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('');
}

const VERSIONS = [
  ['tls1.0', 0x0301],
  ['tls1.1', 0x0302],
  ['tls1.2', 0x0303],
] as const;

const NAME = /^(ECDHE|DHE|RSA)_(?:(RSA|ECDSA|DSS)_)?WITH_(.*?)(?:_(SHA\d*))?$/;
const CIPHERS: Record<string, string> = {
  '3DES_EDE_CBC': '3DES',
  SEED_CBC: 'SEED',
  CHACHA20_POLY1305: 'ChaCha20Poly1305',
  ...Object.fromEntries(
    ['AES_128', 'AES_256', 'CAMELLIA_128', 'CAMELLIA_256', 'ARIA_128', 'ARIA_256'].flatMap((name) => {
      const cipher = name.replace('_', '-').replace('CAMELLIA', 'Camellia');
      return [
        [`${name}_CBC`, cipher],
        [`${name}_GCM`, `${cipher}/GCM`],
        [`${name}_CCM`, `${cipher}/CCM`],
        [`${name}_CCM_8`, `${cipher}/CCM(8)`],
      ];
    }),
  ),
};

const EVERYTHING = {
  allow_tls10: 'true',
  allow_tls11: 'true',
  allow_tls12: 'true',
  ciphers: Object.values(CIPHERS)
    .filter((cipher) => !/(ARIA|Camellia).*CCM/.test(cipher))
    .join(' '),
  macs: 'AEAD SHA-1 SHA-256 SHA-384',
  signature_hashes: 'SHA-512 SHA-384 SHA-256 SHA-1',
  signature_methods: 'ECDSA RSA DSA IMPLICIT',
  key_exchange_methods: 'ECDH DH RSA',
  key_exchange_groups: 'secp256r1 x25519 secp384r1 ffdhe/ietf/2048',
  minimum_dh_group_size: '1024',
  minimum_rsa_bits: '1024',
  minimum_signature_strength: '80',
  require_cert_revocation_info: 'false',
};

const POLICIES: Record<string, string> = {
  modern: 'allow_tls10 = false\nallow_tls11 = false\nallow_tls12 = true\n',
  old: policy({}),
  odd: policy({
    allow_tls10: 'false',
    ciphers: 'AES-128/GCM',
    key_exchange_methods: 'ECDH',
    key_exchange_groups: 'secp384r1',
  }),
};
const LIMIT_MS = 10_000;
