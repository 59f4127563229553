/** Real TLS stacks on loopback: what a scan says is what they are configured to do. */

import { constants } from 'node:crypto';
import type { SecureVersion, TlsOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { certificateEntry, certificatePem, keyPem } from '../../scripts/village/certificates.ts';
import { cipherSuites } from '../formats/datasets.ts';
import type { EndpointRecord } from '../formats/raw-record.ts';
import { SCAN_DEFAULTS } from './index.ts';
import { acceptedAt, local, scanLocal, scanOne } from './testing/scan-local.ts';
import { tlsServer, withServer } from './testing/servers.ts';

const [TLS1_0, TLS1_1, TLS1_2, TLS1_3] = [0x0301, 0x0302, 0x0303, 0x0304];

function server(ciphers: string, min: SecureVersion, max: SecureVersion, more: TlsOptions = {}) {
  const certificate = more.cert
    ? {}
    : { cert: certificatePem('imap-example'), key: keyPem(certificateEntry('imap-example').key) };
  return tlsServer({
    ...certificate,
    ciphers: `${ciphers}:@SECLEVEL=0`,
    minVersion: min,
    maxVersion: max,
    ...more,
  });
}

const scanned = (starting: ReturnType<typeof tlsServer>, overrides = {}) =>
  withServer(starting, (running) => scanOne(local(993, running.port), overrides));

function versionOf(record: EndpointRecord, version: number) {
  return record.versions.find((counts) => counts.version === version)!;
}

describe('node:tls', () => {
  test('TLS 1.0 to 1.2, DHE and ECDHE, two handshakes a version more than suites, and one control', async () => {
    const ciphers = 'DHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA:AES128-SHA:AES128-GCM-SHA256';
    const record = await scanned(
      server(ciphers, 'TLSv1', 'TLSv1.2', { dhparam: 'auto', ecdhCurve: 'P-384' }),
    );
    expect(record.outcome).toBe('tls');
    expect(acceptedAt(record, TLS1_0)).toEqual([0x2f, 0x33, 0xc014]);
    expect(acceptedAt(record, TLS1_1)).toEqual([0x2f, 0x33, 0xc014]);
    expect(acceptedAt(record, TLS1_2)).toEqual([0x2f, 0x33, 0x9c, 0xc014]);
    expect(versionOf(record, TLS1_2)).toMatchObject({ errors: 0, not_tested: 0 });
    // TLS 1.2, 1.3, 1.1, 1.0, SSLv3, SSLv2. A control follows the last refusal of TLS 1.0.
    const handshakes = record.versions.map((counts) => counts.handshakes);
    expect(handshakes).toEqual([4 + 2, 2, 3 + 2, 3 + 2 + 1, 2, 2]);
    expect(record.effort.handshakes).toBe(handshakes.reduce((all, count) => all + count, 0));
    expect(record).toMatchObject({ contradictions: [], hello_tolerance: { refused: [] } });
    expect(versionOf(record, TLS1_3)).toMatchObject({ accepted: 0, errors: 0 });
    const ecdhe = record.handshakes.filter((one) => one.cipher_suite === 0xc014);
    expect(ecdhe.map((one) => [one.named_group, one.key_bits])).toEqual([
      [24, 384],
      [24, 384],
      [24, 384],
    ]);
    expect(record.chains[0]!.certificates).toEqual([certificateEntry('imap-example').sha256]);
  });

  test('TLS 1.3 alone, without x25519: suites by HelloRetryRequest, groups, chain', async () => {
    const suites = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ALL';
    const record = await scanned(server(suites, 'TLSv1.3', 'TLSv1.3', { ecdhCurve: 'P-521:P-256' }), {
      probes: SCAN_DEFAULTS.probes,
    });
    expect(acceptedAt(record, TLS1_3)).toEqual([0x1302, 0x1303]);
    expect(record.handshakes.map((one) => one.hello_retry_request)).toEqual([true, true]);
    expect([...record.groups[0]!.accepted].sort()).toEqual([23, 25]);
    expect(record.groups[0]).toMatchObject({ errors: 0 });
    expect(record.handshakes[0]).toMatchObject({
      cipher_suite: 0x1302,
      chain_id: record.chains[0]!.chain_id,
    });
    expect(record.handshakes[1]!.chain_id).toBeNull();
  });

  test('the server name goes along', async () => {
    const names: string[] = [];
    const SNICallback: TlsOptions['SNICallback'] = (name, done) =>
      done(null, void names.push(name) as undefined);
    const running = server('AES128-SHA', 'TLSv1.2', 'TLSv1.3', { SNICallback });
    await withServer(running, (one) =>
      scanLocal([local(993, one.port, 'mx.example')], { probes: ['secured-session', 'tls13-groups'] }),
    );
    expect(new Set(names)).toEqual(new Set(['mx.example']));
    // One for each accepted hello of TLS 1.2 and 1.3, groups and the finished handshake included.
    expect(names.length).toBeGreaterThan(10);
  });

  test('an ECDSA certificate allows ECDSA suites only', async () => {
    const key = { cert: certificatePem('ec-p384'), key: keyPem('ec-p384') };
    const record = await scanned(
      server('ALL:COMPLEMENTOFALL', 'TLSv1.2', 'TLSv1.2', { ...key, honorCipherOrder: true }),
    );
    const kinds = new Map(cipherSuites().map((suite) => [suite.code, suite.authentication]));
    const authentication = new Set(acceptedAt(record, TLS1_2).map((code) => kinds.get(code)));
    expect([...authentication].sort()).toEqual(['ECDSA', 'anon']);
  });

  test('exhaustive says the same as adaptive, one suite a handshake, and a few that confirm', async () => {
    const options: TlsOptions = { dhparam: 'auto', secureOptions: constants.SSL_OP_NO_TLSv1_1 };
    await withServer(server('ALL:COMPLEMENTOFALL', 'TLSv1', 'TLSv1.3', options), async ({ port }) => {
      const adaptive = await scanOne(local(993, port), { suites: 'study' });
      const exhaustive = await scanOne(local(993, port), { suites: 'study', strategy: 'exhaustive' });
      const counts = (record: EndpointRecord) => record.versions.map(({ handshakes: _, ...rest }) => rest);
      expect(counts(exhaustive)).toEqual(counts(adaptive));
      expect(acceptedAt(exhaustive, TLS1_2)).toEqual(acceptedAt(adaptive, TLS1_2));
      expect(acceptedAt(adaptive, TLS1_2).length).toBeGreaterThan(20);
      const more = exhaustive.versions.map(({ offered, handshakes }) => handshakes - offered);
      // What is refused in one way is asked once more, together: at TLS 1.1 some by an alert, the rest by TLS 1.0. At TLS 1.2
      // a control with as many suites comes to that, at TLS 1.0 one after the last refusal.
      expect(more).toEqual([1 + 1, 2, 1 + 1, 1, 1]);
    });
  });
});
