/** TLS 1.3 servers with several keys: each chain is seen, with the scheme that goes with it, and no handshake is wasted. */
import type { TlsOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { missingOpenssl, NEW_KEYS, selfSignedKey, signedKey } from '../../../scripts/peers/openssl.ts';
import { startOpensslServer } from '../../../scripts/peers/openssl-server.ts';
import { describeUnless } from '../../../scripts/testing/describe-unless.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { certificateEntry, certificatePem, keyPem } from '../../../scripts/village/certificates.ts';
import { postfix } from '../../../scripts/village/profiles.ts';
import { sha256Hex } from '../../base/hex.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { mailTlsServer } from '../secured/mail-tls-server.fixture.ts';
import { local, scanOne } from '../testing/scan-local.ts';

const TLS1_3 = 0x0304;
const SUITES = new Map([[TLS1_3, [0x1301, 0x1302]]]);
const WITHOUT_SCHEMES = ['secured-session', 'chains-by-scheme'];
const ALL = ['secured-session', 'tls13-groups', 'signature-schemes', 'chains-by-scheme'];
const [RSA, P384, ED25519] = ['dovecot-localhost', 'ec-p384', 'ed25519'];

async function scanned(names: string[], probes: string[], tls: TlsOptions = {}): Promise<EndpointRecord> {
  const cert = names.map((name) => certificatePem(name));
  const key = names.map((name) => keyPem(certificateEntry(name).key));
  const dialogue = postfix('mx.test');
  const options = { cert, key, minVersion: 'TLSv1.3', ...tls } as const;
  const server = await mailTlsServer({ protocol: 'smtp', implicit: true, dialogue, tls: options });
  try {
    return await scanOne(local(465, server.port), { suites: SUITES, probes });
  } finally {
    await server.close();
  }
}

const leafOf = (name: string) =>
  sha256Hex(Buffer.from(certificatePem(name).split('-----')[2]!.replace(/\s/g, ''), 'base64'));

/** The leaf of each chain of TLS 1.3, by its scheme; first the one of the server's own choice. */
function leaves({ handshakes, facts, chains }: EndpointRecord): [scheme: number | null, leaf: string][] {
  const shown = handshakes.filter(({ signature_scheme }) => signature_scheme !== null);
  return [...shown, ...facts.chains_by_scheme].map(({ signature_scheme, chain_id }) => [
    signature_scheme,
    chains.find((chain) => chain.chain_id === chain_id)!.certificates[0]!,
  ]);
}

const finished = (record: EndpointRecord, without: EndpointRecord) =>
  record.effort.handshakes - without.effort.handshakes;

describe('node:tls', () => {
  test('RSA beside ECDSA: both chains, for one handshake more', async () => {
    const record = await scanned([RSA, P384], ALL);
    expect(leaves(record)).toEqual([
      [0x0503, leafOf(P384)],
      [0x0804, leafOf(RSA)],
    ]);
    const without = await scanned([RSA, P384], ALL.slice(0, 3));
    expect(finished(record, without)).toBe(1);
  });

  test('three keys: three chains', async () => {
    const record = await scanned([RSA, P384, ED25519], ALL);
    expect(new Map(leaves(record))).toEqual(
      new Map([
        [0x0503, leafOf(P384)],
        [0x0804, leafOf(RSA)],
        [0x0807, leafOf(ED25519)],
      ]),
    );
  });

  test.each([RSA, P384, ED25519])('%s alone: nothing is asked', async (name) => {
    const record = await scanned([name], ALL);
    expect(leaves(record)).toEqual([[expect.any(Number), leafOf(name)]]);
    expect(finished(record, await scanned([name], ALL.slice(0, 3)))).toBe(0);
  });

  test('schemes that were not asked about: one handshake tells', async () => {
    const both = await scanned([RSA, P384], WITHOUT_SCHEMES);
    expect(leaves(both).map(([, leaf]) => leaf)).toEqual([leafOf(P384), leafOf(RSA)]);
    for (const name of [RSA, P384]) {
      const one = await scanned([name], WITHOUT_SCHEMES);
      expect(one.facts.chains_by_scheme).toEqual([]);
      expect(finished(one, await scanned([name], ['secured-session']))).toBe(1);
      expect(one.stop_reason).toBeNull();
    }
  });

  test('without a finished handshake there is no other to compare it with', async () => {
    const record = await scanned([RSA, P384], ['signature-schemes', 'chains-by-scheme']);
    expect(record.facts.chains_by_scheme).toEqual([]);
  });
});

describeUnless(missingOpenssl(), 'openssl s_server with -cert and -dcert', () => {
  const folder = temporaryFolder('chains-by-scheme');

  test('an RSA leaf below an ECDSA authority, and an ECDSA leaf', async () => {
    const keys = [signedKey(folder, 'rsa', NEW_KEYS.rsa), selfSignedKey(folder, 'ecdsa', NEW_KEYS.ecdsa)];
    const server = await startOpensslServer({
      ...{ versions: [TLS1_3], ciphers: 'DEFAULT', security_level: 2, dh: 'auto', groups: ['X25519'] },
      keys,
    });
    try {
      // There is no mail server behind it, whose greeting is waited for once.
      const timeouts = { connect_ms: 5000, read_ms: 1500, endpoint_ms: 60_000 };
      const record = await scanOne(local(993, server.port), { suites: SUITES, probes: ALL, timeouts });
      const [ecdsa, rsa] = [keys[1]!.sha256, keys[0]!.sha256];
      const { handshakes, facts, chains } = record;
      const certificates = (id: string | null) =>
        chains.find(({ chain_id }) => chain_id === id)?.certificates;
      const own = handshakes.find(({ signature_scheme }) => signature_scheme !== null)!;
      expect([own.signature_scheme, certificates(own.chain_id)]).toEqual([0x0403, ecdsa]);
      expect(facts.chains_by_scheme).toHaveLength(1);
      const [other] = facts.chains_by_scheme;
      expect([other!.signature_scheme, certificates(other!.chain_id)]).toEqual([0x0804, rsa]);
    } finally {
      await server.stop();
    }
  });
});
