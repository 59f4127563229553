/** Java's TLS stack with everything on that it has: what a scan says is what its own client found. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EndpointRecord, HandshakeRecord } from '../../pipeline/formats/raw-record.ts';
import { SSL3, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { Answers } from './expected-answers.ts';
import { type JsseAnswer, missingJava, startJsseServer } from './jsse-server.ts';
import { missingOpenssl, NEW_KEYS, selfSignedKey, signedKey } from './openssl.ts';
import { scanPeers, suitesToTry, tls13Chain } from './scanned-answers.ts';

describeUnless(missingOpenssl() ?? missingJava(), 'JSSE', () => {
  const folder = temporaryFolder('jsse');
  let server: Awaited<ReturnType<typeof startJsseServer>>;

  const ports = () => [{ port: 993, connect_port: server.port }];

  beforeAll(async () => {
    const keys = [
      signedKey(folder, 'rsa', NEW_KEYS.rsa),
      selfSignedKey(folder, 'ecdsa', NEW_KEYS.ecdsa),
      selfSignedKey(folder, 'dsa', NEW_KEYS.dsa),
    ];
    server = await startJsseServer(folder, { keys, groups: ['secp256r1', 'ffdhe3072'], dh_size: 'legacy' });
  });
  afterAll(() => server?.stop());

  test('it is an old server: SSLv3, export suites, DES, NULL, three kinds of keys', () => {
    const names = new Set(server.answers.map(({ name }) => name));
    for (const part of ['EXPORT', '_DES_', '_NULL_', '_anon_', 'DSS', 'ECDSA']) {
      expect([...names].some((name) => name.includes(part))).toBe(true);
    }
    expect(server.answers.filter(({ version }) => version === SSL3).length).toBeGreaterThan(40);
    expect(server.answers.length).toBeGreaterThan(200);
  });

  for (const strategy of ['adaptive', 'exhaustive'] as const) {
    test(`${strategy}: versions, suites, sizes of keys, curve, chains`, async () => {
      const some = strategy === 'adaptive' ? {} : { suites: suitesToTry(asAnswers(server.answers), 8) };
      const scan = await scanPeers(ports(), strategy, some);
      const record = scan.records[0]!;
      for (const { version, errors, not_tested } of record.versions) {
        expect({ errors, not_tested }, `${version}`).toEqual({ errors: 0, not_tested: 0 });
      }
      const whole = accepted(record).filter(({ flight_complete }) => flight_complete !== false);
      expect(sorted(whole.map((one) => shown(record, one)))).toEqual(sorted(server.answers.map(expected)));
      expect(record.groups.find(({ version }) => version === TLS1_3)?.accepted.toSorted()).toEqual([23, 257]);
      expect(server.answers.map(({ chain }) => chain)).toContainEqual(tls13Chain(record));
    }, 120_000);
  }

  // JSSE can't sign with a DSA key below TLS 1.2: after ServerHello and Certificate it says internal_error.
  test('DHE_DSS below TLS 1.2 is accepted, and its flight breaks off', async () => {
    const dss = new Map([SSL3, TLS1_1, TLS1_2].map((version) => [version, [0x0013, 0x0032]]));
    const record = (await scanPeers(ports(), 'adaptive', { suites: dss })).records[0]!;
    for (const one of accepted(record)) {
      const complete = one.version === TLS1_2;
      expect(one).toMatchObject({ flight_complete: complete, error_detail: complete ? null : BROKEN });
    }
    expect(accepted(record)).toHaveLength(6);
  });
});

/** One line a suite: version, suite, bits of the temporary key, its group, certificates. */
type Shown = readonly [number, number, number | null, number | null, readonly string[] | null];

function shown(record: EndpointRecord, one: HandshakeRecord): Shown {
  const { version, cipher_suite, key_bits, named_group, chain_id } = one;
  if (version === TLS1_3) return [version, cipher_suite!, null, null, null];
  const chain = record.chains.find((each) => each.chain_id === chain_id)?.certificates ?? [];
  return [version, cipher_suite!, key_bits, named_group, chain];
}

function expected({ version, cipher_suite, name, chain }: JsseAnswer): Shown {
  if (version === TLS1_3) return [version, cipher_suite, null, null, null];
  if (/_ECDHE_|_ECDH_anon/.test(name)) return [version, cipher_suite, 256, 23, chain];
  if (name.includes('_EXPORT_') && name !== UNLIMITED) return [version, cipher_suite, 512, null, chain];
  return [version, cipher_suite, /_DHE_|_DH_anon/.test(name) ? 768 : null, null, chain];
}

function sorted(lines: readonly Shown[]): string[] {
  return lines.map((line) => JSON.stringify(line)).sort();
}

function accepted(record: EndpointRecord): HandshakeRecord[] {
  return record.handshakes.filter(({ outcome }) => outcome === 'accepted');
}

function asAnswers(answers: readonly JsseAnswer[]): Answers {
  const suites: Answers['suites'] = {};
  for (const { version, cipher_suite, chain } of answers) {
    suites[version] ??= {};
    suites[version][cipher_suite] = { chain, prime_hex: null, named_group: null };
  }
  return { suites, tls13_groups: [] };
}

/** OpenJDK 17 has this one with the key exchange of DH_anon: CipherSuite.java says K_DH_ANON, not K_DH_ANON_EXPORT. */
const UNLIMITED = 'SSL_DH_anon_EXPORT_WITH_RC4_40_MD5';

const BROKEN = 'alert 80 (internal_error)';
