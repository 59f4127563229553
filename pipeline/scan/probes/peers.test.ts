/** The probes at `openssl s_server` and `gnutls-serv`: what they find is how these were started. */
import { beforeAll, expect, test } from 'vitest';
import { missingGnutls } from '../../../scripts/peers/gnutls.ts';
import { startGnutlsServer } from '../../../scripts/peers/gnutls-server.ts';
import { type KeyMaterial, missingOpenssl, NEW_KEYS, selfSignedKey } from '../../../scripts/peers/openssl.ts';
import { type RunningServer, startServer } from '../../../scripts/peers/running-server.ts';
import { describeUnless } from '../../../scripts/testing/describe-unless.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { TLS1_2, TLS1_3 } from '../../tls/index.ts';
import { local, scanOne } from '../testing/scan-local.ts';

/** All but the session that is finished, which waits for a greeting that these have none of. */
const PROBES = [
  ...['tls13-groups', 'tls12-groups', 'suite-preferences', 'fallback-scsv', 'version-tolerance'],
  ...['chains-by-name', 'signature-schemes', 'fingerprint'],
];

/** Two scans of the same server, the record of the last one; both with the same facts. */
async function probedTwice(starting: Promise<RunningServer & { port: number }>): Promise<EndpointRecord> {
  const server = await starting;
  try {
    const target = local(993, server.port, 'mx.example.org');
    const [first, second] = [
      await scanOne(target, { probes: PROBES }),
      await scanOne(target, { probes: PROBES }),
    ];
    expect(second.facts).toEqual(first.facts);
    expect(second.groups).toEqual(first.groups);
    expect(second.signature_schemes).toEqual(first.signature_schemes);
    expect(second.stop_reason).toBeNull();
    return second;
  } finally {
    await server.stop();
  }
}

function acceptedIn(counts: EndpointRecord['groups'], version: number): number[] {
  const found = counts.find((one) => one.version === version)!;
  expect(found.errors).toBe(0);
  return [...found.accepted].sort((left, right) => left - right);
}

/** `openssl s_server` with `options` beside its key. */
async function s_server(key: KeyMaterial, ...options: string[]): Promise<RunningServer & { port: number }> {
  const identity = ['-cert', key.leaf, '-key', key.key];
  const command = ['openssl', 's_server', '-accept', '127.0.0.1:0', '-www', ...identity, ...options];
  const server = await startServer(command, (output) => LISTENING.test(output));
  return { ...server, port: Number(LISTENING.exec(server.output())![1]) };
}

const LISTENING = /^ACCEPT 127\.0\.0\.1:(\d+)/m;

describeUnless(missingOpenssl(), 'openssl s_server', () => {
  const folder = temporaryFolder('probes-openssl');
  let key: KeyMaterial;
  beforeAll(() => {
    key = selfSignedKey(folder, 'rsa', NEW_KEYS.rsa);
  });

  test('as told: groups, schemes, order of the server, no tickets, no encrypt_then_mac', async () => {
    const record = await probedTwice(
      s_server(
        key,
        ...['-groups', 'P-384:X25519', '-sigalgs', 'RSA+SHA256:RSA-PSS+SHA384', '-serverpref'],
        ...[
          '-no_tls1',
          '-no_tls1_1',
          '-no_ticket',
          '-no_etm',
          '-no_dhe',
          '-cipher',
          'ECDHE-RSA-AES128-SHA:AES256-SHA:@SECLEVEL=0',
        ],
      ),
    );
    expect(acceptedIn(record.groups, TLS1_2)).toEqual([24, 29]);
    expect(acceptedIn(record.groups, TLS1_3)).toEqual([24, 29]);
    expect(acceptedIn(record.signature_schemes, TLS1_2)).toEqual([0x0401, 0x0805]);
    expect(acceptedIn(record.signature_schemes, TLS1_3)).toEqual([0x0805]);
    expect(record.facts).toMatchObject({
      session_ticket: false,
      encrypt_then_mac: false,
      extended_master_secret: true,
      secure_renegotiation: true,
      compression: false,
      heartbeat: false,
      ocsp_stapling: false,
      fallback_scsv: true,
      version_tolerant: true,
      long_hello_tolerant: true,
      explicit_curves: false,
      ecdh_public_value_repeated: false,
      suite_preferences: [
        { version: TLS1_2, by: 'server' },
        { version: TLS1_3, by: 'server' },
      ],
    });
    const own = record.handshakes.find(({ chain_id }) => chain_id !== null)!.chain_id;
    expect(record.facts.chains_by_name).toEqual([{ server_name: null, chain_id: own }]);
  });

  test('without -serverpref the order is the client’s, with ChaCha20 put first it is not', async () => {
    const ciphers = ['-cipher', 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305:AES128-GCM-SHA256'];
    const client = await probedTwice(s_server(key, ...ciphers));
    const server = await probedTwice(s_server(key, ...ciphers, '-serverpref', '-prioritize_chacha'));
    expect(client.facts.suite_preferences.map(({ by }) => by)).toEqual(['client', 'client']);
    expect(server.facts.suite_preferences.map(({ by }) => by)).toEqual(['server', 'server']);
    expect(client.facts.fingerprint!.sha256).not.toBe(server.facts.fingerprint!.sha256);
  });
});

describeUnless(missingOpenssl() ?? missingGnutls(), 'gnutls-serv', () => {
  const folder = temporaryFolder('probes-gnutls');
  let key: KeyMaterial;
  beforeAll(() => {
    key = selfSignedKey(folder, 'rsa', NEW_KEYS.rsa);
  });
  const start = (priority: string) =>
    startGnutlsServer({ priority, keys: [key], dh: 'built-in', anonymous: false });

  test('knows RFC 7919; groups and schemes as told', async () => {
    const groups = '-GROUP-ALL:+GROUP-SECP256R1:+GROUP-X25519:+GROUP-FFDHE2048:+GROUP-FFDHE3072';
    const schemes = '-SIGN-ALL:+SIGN-RSA-SHA512:+SIGN-RSA-PSS-RSAE-SHA256';
    const record = await probedTwice(start(`NORMAL:+DHE-RSA:${groups}:${schemes}`));
    expect(acceptedIn(record.groups, TLS1_2)).toEqual([23, 29, 256, 257]);
    expect(acceptedIn(record.groups, TLS1_3)).toEqual([23, 29, 256, 257]);
    expect(acceptedIn(record.signature_schemes, TLS1_2)).toEqual([0x0601, 0x0804]);
    expect(acceptedIn(record.signature_schemes, TLS1_3)).toEqual([0x0804]);
    expect(record.facts).toMatchObject({ explicit_curves: false, version_tolerant: true });
  });

  test('has another fingerprint than OpenSSL, and another one by its priorities', async () => {
    const prints = [
      await probedTwice(start('NORMAL')),
      await probedTwice(start('NORMAL:%SERVER_PRECEDENCE')),
      await probedTwice(s_server(key)),
    ].map(({ facts }) => facts.fingerprint!.sha256);
    expect(new Set(prints).size).toBe(3);
  });
});
