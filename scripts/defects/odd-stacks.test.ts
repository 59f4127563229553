/**
 * Real stacks that surprise scanners: OpenSSL with the GOST engine, which takes a suite at versions that the registry
 * does not have it for (openssl/openssl issue 5810), and OpenJDK 17, which refuses names by RFC 952's letters
 * (jetty/jetty.project issue 6624) and by its own list.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import { acceptedAt, local, scanOne } from '../../pipeline/scan/testing/scan-local.ts';
import { GOST_SUITE, missingGost, startGostServer } from '../peers/gost-server.ts';
import { missingJava, startJsseServer } from '../peers/jsse-server.ts';
import { missingOpenssl, NEW_KEYS, selfSignedKey } from '../peers/openssl.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

describeUnless(missingOpenssl() ?? missingGost(), 'OpenSSL with the GOST engine', () => {
  const folder = temporaryFolder('gost');
  let server: Awaited<ReturnType<typeof startGostServer>>;

  beforeAll(async () => {
    server = await startGostServer(folder);
  });
  afterAll(() => server?.stop());

  test('its one suite is found at TLS 1.0, 1.1 and 1.2, and all else is a no', async () => {
    const record = await scanOne(local(465, server.port, 'mx.test'));
    const accepted = record.versions.map(({ version }) => [version, acceptedAt(record, version)] as const);
    expect(Object.fromEntries(accepted.filter(([, suites]) => suites.length > 0))).toEqual({
      769: [GOST_SUITE],
      770: [GOST_SUITE],
      771: [GOST_SUITE],
    });
    expect(record.versions.filter(({ errors, not_tested }) => errors + not_tested > 0)).toEqual([]);
  });
});

describeUnless(missingOpenssl() ?? missingJava(), 'JSSE and names', () => {
  const folder = temporaryFolder('jsse-names');

  describe.each([
    ['as it comes', undefined],
    ['with a list of names', 'mx[.]test'],
  ] as const)('%s', (title, names) => {
    let server: Awaited<ReturnType<typeof startJsseServer>>;

    beforeAll(async () => {
      const keys = [selfSignedKey(folder, title.replaceAll(' ', '-'), NEW_KEYS.rsa)];
      server = await startJsseServer(folder, {
        keys,
        groups: ['x25519'],
        dh_size: 2048,
        ...(names && { names }),
      });
    });
    afterAll(() => server?.stop());

    // Without a name it takes anyone: that is how a client gets in whose name it refuses (RFC 6066, 3).
    test.each(['mx.test', 'mx_1.test', 'other.test', undefined])(
      'scanned as %s: complete',
      async (host) => {
        const record = await scanOne(local(465, server.port, host), { timeouts: TIMEOUTS });
        expect(record.versions.filter(({ errors, not_tested }) => errors + not_tested > 0)).toEqual([]);
        expect(acceptedPairs(record)).toEqual(
          server.answers.map(({ version, cipher_suite }) => `${version} ${cipher_suite}`).sort(),
        );
      },
      120_000,
    );
  });
});

function acceptedPairs(record: EndpointRecord): string[] {
  const accepted = record.handshakes.filter(({ outcome }) => outcome === 'accepted');
  return accepted.map(({ version, cipher_suite }) => `${version} ${cipher_suite}`).sort();
}

const TIMEOUTS = { connect_ms: 5000, read_ms: 5000, endpoint_ms: 120_000 };
