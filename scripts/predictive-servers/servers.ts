/**
 * Real TLS servers on loopback, of as many stacks as this machine has, with settings of today and of before: what the
 * strategy `predictive` may infer of them with a prior of 2015 is held against what `adaptive` finds. OpenSSL by s_server,
 * Node, Python and stunnel; GnuTLS; Go; JSSE; and the scripted peers of the village, which have what no library of today has.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { tlsServer } from '../../pipeline/scan/testing/servers.ts';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { startCleartextServer } from '../peers/cleartext-server.ts';
import type { TlsConfiguration } from '../peers/expected-answers.ts';
import { missingGnutls } from '../peers/gnutls.ts';
import { startGnutlsServer } from '../peers/gnutls-server.ts';
import { missingJava, startJsseServer } from '../peers/jsse-server.ts';
import { type KeyMaterial, missingOpenssl, NEW_KEYS, selfSignedKey } from '../peers/openssl.ts';
import { startOpensslServer } from '../peers/openssl-server.ts';
import { startServer } from '../peers/running-server.ts';
import { missingStunnel, startStunnel } from '../peers/stunnel.ts';
import { certificateEntry, certificatePem, keyPem } from '../village/certificates.ts';
import type { EndpointSpec } from '../village/endpoint-spec.ts';
import { startVillage } from '../village/index.ts';
import { OAKLEY_2, OPENSSL_512 } from '../village/primes.ts';

/** One that runs: `port` is the nominal one, which says how TLS is begun. */
export interface TestedServer {
  stack: string;
  name: string;
  port: number;
  connect_port: number;
}

export interface Fleet {
  servers: TestedServer[];
  /** Stacks that this machine lacks, with what to install. */
  missing: string[];
  stop(): Promise<void>;
}

interface Started {
  servers: TestedServer[];
  stop(): Promise<void>;
}

/** Starts all; keys are made in `folder`. */
export async function startFleet(folder: string): Promise<Fleet> {
  const key = selfSignedKey(folder, 'fleet', NEW_KEYS.rsa);
  const missing: string[] = [];
  const started: Started[] = [];
  for (const [lack, start] of STACKS) {
    const why = lack();
    if (why !== undefined) missing.push(why);
    else started.push(await start(folder, key));
  }
  return {
    servers: started.flatMap(({ servers }) => servers),
    missing,
    stop: async () => {
      await Promise.all(started.map(({ stop }) => stop()));
    },
  };
}

type Stack = [lack: () => string | undefined, start: (folder: string, key: KeyMaterial) => Promise<Started>];

const at993 = (stack: string, name: string, connect_port: number): TestedServer => {
  return { stack, name, port: 993, connect_port };
};

async function opensslServers(_folder: string, key: KeyMaterial): Promise<Started> {
  const running = await Promise.all(
    OPENSSL.map(async ([versions, security_level, ciphers]) => {
      const server = await startOpensslServer({
        ...opensslConfiguration(key),
        versions,
        security_level,
        ciphers,
      });
      return { server, name: `${ciphers} ${versions.length} versions` };
    }),
  );
  return {
    servers: running.map(({ server, name }) => at993('openssl s_server', name, server.port)),
    stop: async () => void (await Promise.all(running.map(({ server }) => server.stop()))),
  };
}

function opensslConfiguration(key: KeyMaterial): TlsConfiguration {
  const groups = ['X25519', 'P-256', 'P-384'] as const;
  return { versions: ALL, ciphers: 'ALL', security_level: 0, keys: [key], dh: 'auto', groups };
}

async function nodeServers(): Promise<Started> {
  const running = await Promise.all(
    NODE.map(async ([minVersion, maxVersion, ciphers]) => {
      const identity = {
        cert: certificatePem('imap-example'),
        key: keyPem(certificateEntry('imap-example').key),
      };
      const versions = { minVersion, maxVersion } as { minVersion: 'TLSv1'; maxVersion: 'TLSv1.3' };
      const server = await tlsServer({ ...identity, ...versions, ciphers, dhparam: 'auto' });
      return { server, name: `${ciphers} ${minVersion} to ${maxVersion}` };
    }),
  );
  return {
    servers: running.map(({ server, name }) => at993('node:tls', name, server.port)),
    stop: async () => void (await Promise.all(running.map(({ server }) => server.close()))),
  };
}

async function gnutlsServers(_folder: string, key: KeyMaterial): Promise<Started> {
  const running = await Promise.all(
    GNUTLS.map(async (priority) => {
      const server = await startGnutlsServer({ priority, keys: [key], dh: 'built-in', anonymous: true });
      return { server, priority };
    }),
  );
  return {
    servers: running.map(({ server, priority }) => at993('gnutls-serv', priority, server.port)),
    stop: async () => void (await Promise.all(running.map(({ server }) => server.stop()))),
  };
}

async function stunnelServers(folder: string, key: KeyMaterial): Promise<Started> {
  const backend = await startCleartextServer('imap');
  const services = STUNNEL.map(([versions, ciphers]) => ({
    ...{ protocol: null, backend: backend.port, settings: { ciphers, securityLevel: '0' } },
    tls: { ...opensslConfiguration(key), versions },
  }));
  const server = await startStunnel(folder, services);
  return {
    servers: STUNNEL.map(([, ciphers], at) => at993('stunnel', ciphers, server.ports[at]!)),
    stop: async () => {
      await server.stop();
      await backend.close();
    },
  };
}

async function jsseServers(folder: string, key: KeyMaterial): Promise<Started> {
  const groups = ['secp256r1', 'secp384r1', 'x25519'];
  const server = await startJsseServer(folder, { keys: [key], groups, dh_size: 1024 });
  return { servers: [at993('JSSE', 'everything', server.port)], stop: () => server.stop() };
}

async function goServers(folder: string, key: KeyMaterial): Promise<Started> {
  const program = join(folder, 'tls-server');
  const built = spawnSync('go', ['build', '-o', program, join(import.meta.dirname, 'tls-server.go')], {
    encoding: 'utf8',
    env: { ...process.env, GOFLAGS: '-mod=mod', GO111MODULE: 'off' },
  });
  if (built.status !== 0) throw new Error(`go build: ${built.stderr}`);
  const words = GO.map(([name, text]) => `${name}=${text}`);
  return printing('Go', [program, key.chain, key.key, ...words]);
}

function pythonServers(_folder: string, key: KeyMaterial): Promise<Started> {
  const words = PYTHON.map(([name, text]) => `${name}=${text}`);
  return printing('Python ssl', [
    'python3',
    join(import.meta.dirname, 'tls-server.py'),
    key.chain,
    key.key,
    ...words,
  ]);
}

/** A program that says `NAME PORT` of each of its servers. */
async function printing(stack: string, command: string[]): Promise<Started> {
  const server = await startServer(command, (output) => /^READY$/m.test(output));
  const lines = server.output().matchAll(/^(\S+) (\d+)$/gm);
  const servers = [...lines].map(([, name, port]) => at993(stack, name!, Number(port)));
  return { servers, stop: () => server.stop() };
}

async function scriptedServers(): Promise<Started> {
  const village = await startVillage(SCRIPTED);
  const servers = village.endpoints.map(({ what, port, connect_port }) => {
    return { stack: 'scripted', name: what, port, connect_port };
  });
  return { servers, stop: () => village.stop() };
}

function lacks(program: string, option: string, name: string): () => string | undefined {
  return () =>
    spawnSync(program, [option]).status === 0
      ? undefined
      : `${program} is not installed (apt-get install ${name})`;
}

const STACKS: readonly Stack[] = [
  [missingOpenssl, opensslServers],
  [() => undefined, nodeServers],
  [missingGnutls, gnutlsServers],
  [missingStunnel, stunnelServers],
  [missingJava, jsseServers],
  [lacks('go', 'version', 'golang-go'), goServers],
  [lacks('python3', '--version', 'python3'), pythonServers],
  [() => undefined, scriptedServers],
];

const ALL = [TLS1_0, TLS1_1, TLS1_2, TLS1_3];
const UP_TO_1_2 = [TLS1_0, TLS1_1, TLS1_2];

/** Versions, security level, cipher string. */
const OPENSSL: readonly [number[], number, string][] = [
  [[TLS1_2, TLS1_3], 2, 'DEFAULT'],
  [ALL, 0, 'DEFAULT'],
  [ALL, 0, 'ALL:COMPLEMENTOFALL'],
  [UP_TO_1_2, 0, 'DEFAULT'],
  [UP_TO_1_2, 0, 'ALL'],
  [UP_TO_1_2, 0, 'ALL:eNULL'],
  [UP_TO_1_2, 0, 'ALL:!aNULL:!SEED'],
  [UP_TO_1_2, 0, 'kRSA'],
  [UP_TO_1_2, 0, 'HIGH:!CAMELLIA'],
  [UP_TO_1_2, 0, 'ALL:!ECDH'],
  [[TLS1_0], 0, 'ALL'],
  [[TLS1_0], 0, 'AES128-SHA:AES256-SHA'],
  [[TLS1_0], 0, 'kRSA:kDHE:!aNULL'],
  [[TLS1_0, TLS1_1], 0, 'ALL:!aNULL'],
];
const NODE: readonly [string, string, string][] = [
  ['TLSv1', 'TLSv1.3', 'DEFAULT:@SECLEVEL=0'],
  ['TLSv1', 'TLSv1.2', 'ALL:@SECLEVEL=0'],
  ['TLSv1', 'TLSv1.2', 'HIGH:!aNULL:!kRSA:@SECLEVEL=0'],
  ['TLSv1', 'TLSv1', 'ALL:eNULL:@SECLEVEL=0'],
  ['TLSv1', 'TLSv1.1', 'AES:!aNULL:@SECLEVEL=0'],
  ['TLSv1.2', 'TLSv1.3', 'DEFAULT'],
  ['TLSv1.2', 'TLSv1.2', 'ALL:!SHA1:@SECLEVEL=0'],
];
const GNUTLS: readonly string[] = [
  'NORMAL',
  'NORMAL:+VERS-TLS1.0:+VERS-TLS1.1:%COMPAT',
  'LEGACY',
  'NORMAL:-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.1:+VERS-TLS1.2:+ARCFOUR-128:+MD5:+3DES-CBC:+DHE-RSA:+RSA:+CAMELLIA-128-CBC:+CAMELLIA-256-CBC',
  'NORMAL:-VERS-ALL:+VERS-TLS1.0:+ARCFOUR-128:+MD5:+3DES-CBC:+DHE-RSA:+RSA',
  'NORMAL:-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.1:+VERS-TLS1.2:+3DES-CBC:+DHE-RSA:-ECDHE-RSA:-ECDHE-ECDSA',
  'PERFORMANCE:-VERS-ALL:+VERS-TLS1.0:+VERS-TLS1.2:+ARCFOUR-128:+SHA256:+AES-128-CBC:+AES-256-CBC',
];
const STUNNEL: readonly [number[], string][] = [
  [ALL, 'HIGH:!aNULL:!DH'],
  [UP_TO_1_2, 'ALL:!aNULL'],
  [[TLS1_0], 'DEFAULT'],
];
const GO: readonly [string, string][] = [
  ['today', '0303,0304,'],
  ['all-versions', '0301,0304,'],
  ['up-to-1.2', '0301,0303,'],
  ['1.0-rc4-3des', '0301,0301,0005+000a+002f+0035+c011+c012+c013+c014'],
  ['up-to-1.2-rc4-3des', '0301,0303,0005+000a+002f+0035+c011+c012+c013+c014+009c+009d+c02f+c030+003c+c027'],
  ['1.0-aes', '0301,0301,002f+0035'],
  ['1.0-3des', '0301,0301,000a+002f+0035'],
];
const PYTHON: readonly [string, string][] = [
  ['all-versions', 'TLSv1,TLSv1_3,ALL:@SECLEVEL=0'],
  ['up-to-1.1', 'TLSv1,TLSv1_1,ALL:!SEED:@SECLEVEL=0'],
  ['1.0-no-camellia', 'TLSv1,TLSv1,HIGH:!CAMELLIA:!aNULL:@SECLEVEL=0'],
];

const AES_RSA = [0x002f, 0x0035];
const AES_DHE = [0x0033, 0x0039];
const TRIPLE_DES = [0x000a, 0x0016];
const RC4 = [0x0004, 0x0005];
const DES = [0x0009, 0x0015];
const EXPORT = [0x0003, 0x0006, 0x0008, 0x0014];
const CAMELLIA = [0x0041, 0x0045, 0x0084, 0x0088];
const SEED = [0x0096, 0x009a];
const ANONYMOUS = [0x0034, 0x003a, 0x001b, 0x0018, 0x001a];

/** Versions and suites: of before, and the same with classes of suites taken away. */
const SCRIPTED: readonly EndpointSpec[] = (
  [
    ['TLS 1.0 of 2012', [TLS1_0], [...AES_RSA, ...AES_DHE, ...TRIPLE_DES, ...RC4]],
    ['the same without RC4', [TLS1_0], [...AES_RSA, ...AES_DHE, ...TRIPLE_DES]],
    ['the same without 3DES', [TLS1_0], [...AES_RSA, ...AES_DHE, ...RC4]],
    ['the same without both', [TLS1_0], [...AES_RSA, ...AES_DHE]],
    ['OpenSSL 0.9.8', [0x0300, TLS1_0], [...AES_RSA, ...AES_DHE, ...TRIPLE_DES, ...RC4, ...DES, ...EXPORT]],
    ['the same without export', [0x0300, TLS1_0], [...AES_RSA, ...AES_DHE, ...TRIPLE_DES, ...RC4, ...DES]],
    ['the same without export and DES', [0x0300, TLS1_0], [...AES_RSA, ...AES_DHE, ...TRIPLE_DES, ...RC4]],
    [
      'the same without AES-256',
      [0x0300, TLS1_0],
      [0x002f, 0x0033, ...TRIPLE_DES, ...RC4, ...DES, ...EXPORT],
    ],
    [
      'the same and anonymous',
      [0x0300, TLS1_0],
      [...AES_RSA, ...AES_DHE, ...TRIPLE_DES, ...RC4, ...DES, ...EXPORT, ...ANONYMOUS, 0x0017, 0x0019],
    ],
    [
      'anonymous without RC4 and export',
      [0x0300, TLS1_0],
      [...AES_RSA, ...AES_DHE, ...TRIPLE_DES, ...DES, 0x0034, 0x003a, 0x001b, 0x001a],
    ],
    ['RC4 and 3DES alone', [TLS1_0], [...RC4, 0x000a]],
    ['RC4-SHA and 3DES alone', [TLS1_0], [0x0005, 0x000a]],
    [
      'OpenSSL 1.0.0',
      [0x0300, TLS1_0],
      [...AES_RSA, ...AES_DHE, ...TRIPLE_DES, ...RC4, ...CAMELLIA, ...SEED, 0x0007],
    ],
    [
      'the same without RC4',
      [0x0300, TLS1_0],
      [...AES_RSA, ...AES_DHE, ...TRIPLE_DES, ...CAMELLIA, ...SEED, 0x0007],
    ],
    [
      'the same without IDEA, SEED',
      [0x0300, TLS1_0],
      [...AES_RSA, ...AES_DHE, ...TRIPLE_DES, ...RC4, ...CAMELLIA],
    ],
    [
      'the same without Camellia',
      [0x0300, TLS1_0],
      [...AES_RSA, ...AES_DHE, ...TRIPLE_DES, ...RC4, ...SEED, 0x0007],
    ],
    [
      'a static key alone',
      [0x0300, TLS1_0],
      [...AES_RSA, 0x000a, 0x0007, ...RC4, 0x0009, 0x0003, 0x0006, 0x0008],
    ],
    ['the same in TLS 1.0 to 1.2', [TLS1_0, TLS1_1, TLS1_2], [...AES_RSA, 0x000a, 0x0007, ...RC4]],
  ] as [string, number[], number[]][]
).map(([what, versions, suites]) => ({
  port: 993,
  what,
  dialogue: { software: null, banner: 'ready', capabilities: [], starttls: 'absent' },
  server: {
    kind: 'legacy',
    versions,
    suites,
    preference: 'client',
    chain: ['courier-pop3'],
    dh: OAKLEY_2,
    export_dh: OPENSSL_512,
    temporary_rsa_bits: 512,
    when_unsupported: 'alert',
    records: 'one_a_message',
  } as EndpointSpec['server'],
}));
