/** GnuTLS 3.7 as a stack: `gnutls-serv` with three priority strings, and `gnutls-cli` with one suite at a time for the truth. */
import { execFile, spawnSync } from 'node:child_process';
import { missingGnutls } from './gnutls.ts';
import { startGnutlsServer } from './gnutls-server.ts';
import { type Accepted, acceptedOf, type StackKeys, type StackPeer, type StackServer } from './stack-peer.ts';

export const gnutlsPeer: StackPeer = {
  name: 'GnuTLS',
  missing: missingGnutls,
  configurations: ['modern', 'old', 'odd'],
  takesNames: true,
  start,
  ask,
};

function start(configuration: string, { rsa, ecdsa }: StackKeys) {
  const keys = configuration === 'odd' ? [rsa] : [rsa, ecdsa];
  const own = { priority: PRIORITIES[configuration]!, keys, dh: 'built-in', anonymous: true } as const;
  const name = configuration === 'named' ? ['--sni-hostname=mx.test', '--sni-hostname-fatal'] : [];
  return startGnutlsServer(own, false, name);
}

async function ask({ port }: StackServer): Promise<Accepted> {
  const rows = EVERYTHING.flatMap((priority) => {
    const listed = spawnSync('gnutls-cli', ['--list', '--priority', priority], { encoding: 'utf8' }).stdout;
    return [...listed.matchAll(/^(TLS_\w+)\s+0x(..), 0x(..)\s+(\S+)$/gm)];
  });
  const found: [number, number][] = [];
  for (const [version, number] of VERSIONS) {
    for (const [, name, high, low, least] of rows) {
      const priority = priorityOf(name!, version);
      if (!fits(version, least!) || priority === undefined) continue;
      if (await finishes(port, priority)) found.push([number, Number.parseInt(`${high}${low}`, 16)]);
    }
  }
  return acceptedOf(found);
}

/** Suites of a later version are left out: gnutls-cli offers nothing then. */
function fits(version: string, least: string): boolean {
  if ((version === 'TLS1.3') !== (least === 'TLS1.3')) return false;
  return least.replace('SSL3.0', 'TLS1.0') <= version;
}

/** Undefined for suites of a secret. `TLS_ECDHE_ECDSA_AES_128_CBC_SHA256`: exchange, cipher, MAC; AEAD has a PRF in its place. */
function priorityOf(name: string, version: string): string | undefined {
  const [, exchange, cipher, hash] = NAME.exec(name) ?? [];
  if (cipher === undefined) return undefined;
  const aead = /GCM|CCM|POLY1305/.test(cipher);
  const kx = exchange === undefined ? '' : `:+${EXCHANGE[exchange] ?? exchange.replaceAll('_', '-')}`;
  const parts = [
    `+VERS-${version}`,
    `+${CIPHER[cipher] ?? cipher.replaceAll('_', '-')}`,
    `+${aead ? 'AEAD' : hash}`,
  ];
  return `NONE:${parts.join(':')}${kx}:+SIGN-ALL:+GROUP-ALL:+COMP-NULL:%VERIFY_ALLOW_SIGN_WITH_SHA1`;
}

function finishes(port: number, priority: string): Promise<boolean> {
  const words = ['--insecure', '--port', `${port}`, '--priority', priority, '127.0.0.1'];
  return new Promise((resolve) => {
    const child = execFile('gnutls-cli', words, { timeout: LIMIT_MS }, (_error, stdout) =>
      resolve(stdout.includes('- Handshake was completed')),
    );
    child.stdin!.end();
  });
}

const VERSIONS = [
  ['TLS1.0', 0x0301],
  ['TLS1.1', 0x0302],
  ['TLS1.2', 0x0303],
  ['TLS1.3', 0x0304],
] as const;

const NAME =
  /^TLS_(?:((?:EC)?DHE_(?:RSA|ECDSA|DSS)|RSA|DH_ANON|ECDH_ANON)_)?(?!PSK|SRP|(?:EC)?DHE_PSK|RSA_PSK|GOST)(\w+?)(?:_(MD5|SHA1|SHA256|SHA384))?$/;
const EXCHANGE: Record<string, string> = { DH_ANON: 'ANON-DH', ECDH_ANON: 'ANON-ECDH' };
const CIPHER: Record<string, string> = { ARCFOUR_128: 'ARCFOUR-128', '3DES_EDE_CBC': '3DES-CBC' };
const LIMIT_MS = 10_000;

const ALL =
  '+CIPHER-ALL:+ARCFOUR-128:+3DES-CBC:+NULL:+CAMELLIA-128-CBC:+CAMELLIA-256-CBC:+CAMELLIA-128-GCM:+CAMELLIA-256-GCM:+AES-128-CCM-8:+AES-256-CCM-8:+MAC-ALL:+MD5:+SHA256:+SHA384:+KX-ALL:+DHE-DSS:+ANON-DH:+ANON-ECDH:+SIGN-ALL:+GROUP-ALL:+COMP-NULL:%VERIFY_ALLOW_SIGN_WITH_SHA1';
/** Key exchanges of a password or secret keep TLS 1.3 off. */
const EVERYTHING = [
  `NONE:+VERS-TLS1.0:+VERS-TLS1.1:+VERS-TLS1.2:${ALL}`,
  'NONE:+VERS-TLS1.3:+CIPHER-ALL:+AES-128-CCM-8:+MAC-ALL:+SIGN-ALL:+GROUP-ALL',
];
const PRIORITIES: Record<string, string> = {
  modern: 'NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
  named: 'NORMAL:-VERS-TLS1.0:-VERS-TLS1.1',
  old: `NONE:+VERS-TLS1.0:+VERS-TLS1.1:+VERS-TLS1.2:${ALL}`,
  /** TLS 1.1 is on, and there is no suite for it. */
  odd: 'NONE:+VERS-TLS1.1:+VERS-TLS1.2:+VERS-TLS1.3:+AES-128-GCM:+AEAD:+ECDHE-RSA:+SIGN-ALL:+GROUP-SECP384R1:+COMP-NULL',
};
