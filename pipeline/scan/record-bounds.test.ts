/** The largest record that a server can bring about: made of what it may send at most, in each of its handshakes. */
import { expect, test } from 'vitest';
import type { ServerFlight } from '../tls/index.ts';
import { Evidence } from './evidence.ts';
import { suitesToOffer } from './offer-lists.ts';
import { VersionTally } from './version-tally.ts';

const TYPES = Array.from({ length: 16_383 }, (_, type) => ({ type: 65_535 - type, data: new Uint8Array(0) }));

function flight(version: number, cipher_suite: number, seed: number): ServerFlight {
  const certificates = Array.from({ length: 40 }, (_, index) => Buffer.from([seed >> 8, seed, index]));
  const prime = Buffer.alloc(8_000, 0xff);
  prime.writeUInt32BE(0xff000000 + seed, 0);
  return {
    kind: 'server_hello',
    version,
    legacy_version: version,
    cipher_suite,
    random: new Uint8Array(32),
    compression_method: 0,
    session_id: new Uint8Array(0),
    extensions: TYPES,
    selected_version: null,
    selected_group: null,
    hello_retry_request: false,
    certificates,
    ephemeral_key: { kind: 'dh', prime, generator: prime, public_value: prime },
    signature_scheme: 0xffff,
    complete: false,
    broken_by: null,
  } as unknown as ServerFlight;
}

test('stays below 8 MiB, and so do the certificates and groups', () => {
  const evidence = new Evidence();
  let [bytes, seed] = [0, 0];
  for (const [version, suites] of suitesToOffer('iana')) {
    const tally = new VersionTally(version, suites);
    for (const suite of suites) {
      const verdict = { kind: 'accepted', cipher_suites: [suite], broken_by: '\u0001'.repeat(5000) } as const;
      tally.accept(
        {
          ...verdict,
          cipher_suites: [suite],
          flight: flight(version, suite, seed++),
          flight_bytes: Buffer.alloc(9000, seed),
        },
        evidence,
        999_999,
      );
      tally.fail(
        {
          cipher_suites: [],
          error_kind: 'closed',
          error_detail: '\u2028"\\'.repeat(999),
          duration_ms: 9,
          flight_bytes: Buffer.alloc(9000, seed),
        },
        evidence,
      );
    }
    for (const { extensions } of tally.handshakeRecords) {
      expect(extensions.length).toBeLessThanOrEqual(64);
      expect(new Set(extensions).size).toBe(extensions.length);
    }
    bytes += Buffer.byteLength(JSON.stringify(tally.handshakeRecords));
  }
  bytes += Buffer.byteLength(JSON.stringify([...evidence.chains]));
  const shown = [...evidence.certificates.values()].reduce((sum, der) => sum + der.length, 0);
  const groups = Buffer.byteLength(JSON.stringify([...evidence.dhGroups.values()]));
  expect(seed).toBeGreaterThan(800);
  expect(shown + groups).toBeLessThan(4.2 * 1024 * 1024);
  expect(bytes).toBeLessThan(8 * 1024 * 1024);
});
