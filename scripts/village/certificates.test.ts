import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha1Hex, sha256Hex } from '../../pipeline/base/hex.ts';
import {
  type CertificateEntry,
  certificateDer,
  certificateEntry,
  certificatePem,
  certificatesFolder,
  keyPem,
} from './certificates.ts';
import { ENDPOINTS } from './endpoints/index.ts';

const entries = JSON.parse(
  readFileSync(join(certificatesFolder, 'index.json'), 'utf8'),
) as CertificateEntry[];

test('the index names every certificate there is', () => {
  const files = readdirSync(certificatesFolder).filter((file) => /^(?!.*\.key).*\.pem$/.test(file));
  expect(entries.map(({ name }) => `${name}.pem`).sort()).toEqual(files.sort());
});

describe.each(entries)('$name', ({ name, key, key_algorithm, key_bits, sha1, sha256 }) => {
  test('is what the index says', () => {
    const certificate = new X509Certificate(certificatePem(name));
    expect(Buffer.from(certificateDer(name)).equals(certificate.raw)).toBe(true);
    expect([sha1Hex(certificate.raw), sha256Hex(certificate.raw)]).toEqual([sha1, sha256]);
    expect(certificate.fingerprint.replaceAll(':', '').toLowerCase()).toBe(sha1);
    expect(certificate.checkPrivateKey(createPrivateKey(keyPem(key)))).toBe(true);
    expect(certificate.publicKey.asymmetricKeyType).toBe(key_algorithm.toLowerCase());
    const { modulusLength, namedCurve } = certificate.publicKey.asymmetricKeyDetails ?? {};
    const bits = modulusLength ?? { prime256v1: 256, secp384r1: 384 }[namedCurve ?? ''] ?? 255;
    expect(bits).toBe(key_bits);
  });
});

test('chains hold together', () => {
  const chains = ENDPOINTS.flatMap(({ server }) => (server.kind === 'real' ? server.chains : []));
  for (const chain of chains) {
    const [leaf, issuer = leaf] = chain.map((name) => new X509Certificate(certificatePem(name)));
    expect(leaf!.checkIssued(issuer!)).toBe(true);
  }
});

test('expired ones are expired, the others are not for a long time', () => {
  for (const { name } of entries) {
    const over = ['plesk-expired', 'expired-chain', 'appliance-512'].includes(name);
    const end = new Date(new X509Certificate(certificatePem(name)).validTo).getUTCFullYear();
    expect(end, name).toBe(over ? 2014 : 2045);
  }
});

test('the hostile one has what it takes', () => {
  const { subject } = certificateEntry('hostile');
  expect(subject).toContain('\\<script\\>alert(1)');
  expect(subject).toContain('\u001b[31m');
  expect(subject).toContain('\u202e');
});

test('an unknown name is a bug', () => {
  expect(() => certificateEntry('nobody')).toThrow('no certificate nobody');
});
