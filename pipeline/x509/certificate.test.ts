import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readCaptures } from '../../scripts/testing/captures.ts';
import { describeWithShared } from '../../scripts/testing/shared-data.ts';
import { fromHex } from '../base/hex.ts';
import { type CertificateFacts, readCertificate } from './index.ts';

const SAMPLES = join(import.meta.dirname, 'samples');
const names = readdirSync(SAMPLES)
  .filter((file) => file.endsWith('.der'))
  .map((file) => file.slice(0, -'.der'.length));
const sample = (name: string) => new Uint8Array(readFileSync(join(SAMPLES, `${name}.der`)));
const facts = (name: string) => readCertificate(sample(name));

describe('every sample', () => {
  it.each(names)('%s gives its recorded facts', async (name) => {
    await expect(`${JSON.stringify(facts(name), null, 2)}\n`).toMatchFileSnapshot(
      join(SAMPLES, `${name}.json`),
    );
  });

  it.each(names)('%s agrees with node:crypto', (name) => {
    compareWithNode(sample(name), facts(name));
  });

  const untrailed = names.filter((name) => name !== 'trailing-bytes');
  it.each(untrailed)('%s gives true facts or null when cut short', (name) => {
    const der = sample(name);
    const all = facts(name);
    const wrong = Array.from(der, (_, length) => falseFacts(readCertificate(der.subarray(0, length)), all));
    expect(wrong.flat()).toEqual([]);
  });
});

describe('facts that tables ask for', () => {
  it.each<[string, Partial<CertificateFacts>]>([
    ['rsa1024-sha1-ca', { key_bits: 1024, is_ca: true, self_signed: true, problem: null }],
    ['rsa512-md5', { key_bits: 512, signature_algorithm: '1.2.840.113549.1.1.4', self_signed: true }],
    ['rsa2048-pss', { signature_algorithm: '1.2.840.113549.1.1.10', self_signed: true }],
    ['ecdsa-p256', { key_bits: 256, key_curve: '1.2.840.10045.3.1.7', self_signed: true }],
    ['ecdsa-explicit', { key_bits: 256, key_curve: null, self_signed: null, problem: null }],
    ['ecdsa-sect283r1', { key_bits: 283, key_curve: '1.3.132.0.17' }],
    ['ed25519', { key_algorithm: '1.3.101.112', key_bits: 255, self_signed: true }],
    ['ed448', { key_bits: 448, self_signed: true }],
    ['dsa1024-sha1', { key_algorithm: '1.2.840.10040.4.1', key_bits: 1024, self_signed: true }],
    ['v1', { version: 1, is_ca: false, self_signed: true }],
    ['ca-signed', { self_issued: false, self_signed: false, serial_number: `${'ff00'.repeat(9)}ff` }],
    ['self-issued-only', { self_issued: true, self_signed: false }],
    ['expired', { not_before: '1999-01-01T00:00:00Z', not_after: '2004-12-31T23:59:59Z' }],
    ['far-future', { not_after: '9999-12-31T23:59:59Z' }],
    ['bmp-string', { subject: 'CN=почта.example,O=Пошта', subject_o: 'Пошта' }],
    ['t61-string', { subject_o: 'Müller' }],
    ['universal-string', { subject_o: '𝔐ail' }],
    ['no-subject', { subject: '', subject_cn: null, self_issued: true, problem: null }],
    [
      'rsa2048-san',
      {
        subject: 'CN=mail.example.org,OU=Second,OU=First,O=Example Ltd,C=AT',
        subject_ou: 'Second',
        subject_alt_names: 'mail.example.org *.example.org 192.0.2.25 2001:db8::25 ::1 2001:db8:0:1::1',
        is_ca: false,
      },
    ],
  ])('%s', (name, expected) => expect(facts(name)).toMatchObject(expected));

  it('escapes names as RFC 4514 says, and writes what has no short name as hexadecimal', () => {
    expect(facts('escapes').subject).toBe(
      'CN=\\ padded\\ ,1.2.3.4.5.6789=#0c066f7061717565,organizationIdentifier=VATAT-1,UID=u1,DC=example,' +
        'emailAddress=root@example.org,O=\\#1\\, \\"Plus+\\" \\<a\\;b\\>\\\\ = ü,C=AT+ST=Tirol'.replace(
          'Plus+',
          'Plus\\+',
        ),
    );
  });
});

describe('malformed certificates still give facts', () => {
  const plain = facts('ecdsa-p256');
  const { certificate_sha256: _, sha1: __, problem: ___, ...sameFacts } = plain;

  it.each([
    ['indefinite-length', 'certificate: indefinite length at byte 1'],
    ['long-length', 'certificate: length not in its shortest form at byte 1'],
    ['trailing-bytes', 'bytes after the certificate at byte 392'],
  ])('%s changes nothing but is noted', (name, problem) => {
    expect(facts(name)).toMatchObject({ ...sameFacts, problem });
  });

  it.each<[string, Partial<CertificateFacts>]>([
    ['bad-time', { not_before: null, not_after: plain.not_after, self_signed: false }],
    ['bad-utf8', { subject_cn: 'ecds\ufffd.example' }],
    ['nul-in-name', { subject: 'CN=ecds\\00.example', subject_cn: 'ecds\ufffd.example' }],
    ['negative-serial', { serial_number: 'fb', self_signed: true }],
  ])('%s', (name, expected) => {
    const found = facts(name);
    expect(found).toMatchObject(expected);
    expect(found.problem).toMatch(/at byte \d+/);
    expect(found.key_bits).toBe(256);
  });

  it('a signature that is wrong, and one that can not be checked', () => {
    expect(facts('broken-signature')).toMatchObject({ self_signed: false, problem: null });
    expect(facts('md4-signature')).toMatchObject({ self_signed: null, problem: null });
  });

  it('a certificate of a mebibyte, or of nothing but nesting, takes no time', () => {
    const nested = new Uint8Array(2 ** 21).fill(0x30).map((byte, index) => (index % 2 ? 0x80 : byte));
    const started = performance.now();
    expect(readCertificate(nested).problem).toMatch(/indefinite/);
    expect(readCertificate(new Uint8Array(2 ** 21).fill(0x30)).problem).not.toBeNull();
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('any bytes', () => {
  it('never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(readCertificate(bytes).problem).not.toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it('never throw where a certificate was changed in some places', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        (name, changes) => {
          const der = sample(name);
          for (const [at, value] of changes) der[at % der.length] = value;
          expect(Object.keys(readCertificate(der))).toEqual(Object.keys(facts('v1')));
        },
      ),
      { numRuns: 600 },
    );
  });
});

describeWithShared('captures', 'certificates of real servers', (folder) => {
  const truth: Record<string, { certs: Record<string, { cn: string; key: string }> }> = JSON.parse(
    readFileSync(join(folder, 'truth.json'), 'utf8'),
  );

  it.each(Object.keys(truth))('%s', (peer) => {
    const seen = capturedCertificates(folder, peer);
    const found = seen.map((der) => readCertificate(der));
    expect(found.map((one) => one.problem)).toEqual(found.map(() => null));
    for (const [index, der] of seen.entries()) compareWithNode(der, found[index]!);
    for (const { cn, key } of Object.values(truth[peer]!.certs)) {
      expect(found).toContainEqual(expect.objectContaining({ subject_cn: cn, key_bits: Number(key) }));
    }
  });
});

const openssl = spawnSync('openssl', ['version']).status === 0;

if (!openssl) {
  test('openssl reads the same', (context) => {
    if (process.env['CENSUS_REQUIRE_PEERS'] === '1') expect.fail('the command openssl is not installed');
    context.skip('the command openssl is not installed');
  });
}

describe.runIf(openssl)('openssl reads the same', () => {
  it('from certificates that it makes now', () => {
    const folder = mkdtempSync(join(tmpdir(), 'x509-'));
    try {
      for (const key of ['rsa:1024', 'ec -pkeyopt ec_paramgen_curve:secp384r1', 'ed25519']) {
        const file = join(folder, 'one.der');
        const make = `req -x509 -newkey ${key} -nodes -keyout /dev/null -subj /C=AT/O=Now/CN=now.example -outform DER -out ${file}`;
        execFileSync('openssl', make.split(' '), { stdio: 'ignore' });
        const der = new Uint8Array(readFileSync(file));
        const found = readCertificate(der);
        expect(found).toMatchObject({
          self_signed: true,
          problem: null,
          subject: 'CN=now.example,O=Now,C=AT',
        });
        compareWithOpenssl(file, found);
        compareWithNode(der, found);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('from the samples', () => {
    for (const name of names.filter((one) => !OPENSSL_DIFFERS.has(one))) {
      compareWithOpenssl(join(SAMPLES, `${name}.der`), facts(name));
    }
  });
});

/** OpenSSL hashes these as it would have written them. */
const RECODED = ['trailing-bytes', 'indefinite-length', 'long-length'];

/** It writes NUL and bad UTF-8 in another way, sorts the parts of a set, and refuses the time. */
const OPENSSL_DIFFERS = new Set(['nul-in-name', 'bad-utf8', 'escapes', 'bad-time', ...RECODED]);

function compareWithOpenssl(file: string, found: CertificateFacts): void {
  const args = `x509 -inform DER -in ${file} -noout -subject -issuer -dates -dateopt iso_8601 -fingerprint -sha256`;
  const options = ['-nameopt', 'RFC2253,utf8,-esc_msb'];
  const output = execFileSync('openssl', [...args.split(' '), ...options], { encoding: 'utf8' });
  const iso = (time: string | null) => time?.replace('T', ' ');
  expect(output.split('\n').slice(0, 5)).toEqual([
    `subject=${found.subject}`,
    `issuer=${found.issuer}`,
    `notBefore=${iso(found.not_before)}`,
    `notAfter=${iso(found.not_after)}`,
    `sha256 Fingerprint=${found.certificate_sha256.toUpperCase().match(/../g)!.join(':')}`,
  ]);
}

/** Where node can read the certificate at all, it says the same of it. */
function compareWithNode(der: Uint8Array, found: CertificateFacts): void {
  const node = loadNode(der);
  if (!node || found.problem !== null) return;
  expect(node.raw.equals(der)).toBe(true);
  expect(node.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(found.certificate_sha256);
  expect(node.fingerprint.replaceAll(':', '').toLowerCase()).toBe(found.sha1);
  expect(node.serialNumber.toLowerCase()).toBe(found.serial_number);
  expect(new Date(node.validFrom).toISOString()).toBe(found.not_before!.replace('Z', '.000Z'));
  expect(new Date(node.validTo).toISOString()).toBe(found.not_after!.replace('Z', '.000Z'));
  expect(node.ca).toBe(found.is_ca);
  const { modulusLength } = node.publicKey.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined) expect(found.key_bits).toBe(modulusLength);
  if (found.self_signed !== null) {
    expect(found.self_signed).toBe(found.self_issued && node.verify(node.publicKey));
  }
}

function loadNode(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

/** What a cut certificate says that the whole one does not: nothing but that it is cut, and hashes. */
function falseFacts(part: CertificateFacts, all: CertificateFacts): string[] {
  const silent = part.problem === null ? ['no problem noted'] : [];
  const differing = (Object.keys(all) as (keyof CertificateFacts)[]).filter(
    (field) => !MAY_DIFFER.has(field) && part[field] !== null && part[field] !== all[field],
  );
  return [...silent, ...differing];
}

const MAY_DIFFER = new Set<keyof CertificateFacts>(['certificate_sha256', 'sha1', 'problem']);

/** Distinct certificates in the servers' bytes: what begins like one, is long enough, and node takes for one. */
function capturedCertificates(folder: string, peer: string): Uint8Array[] {
  const found = new Map<string, Uint8Array>();
  for (const { exchange } of readCaptures(folder, peer)) {
    const hex = exchange.filter(({ from }) => from === 'server').map((part) => part.hex);
    const bytes = fromHex(hex.join(''));
    for (let at = 0; at + 4 < bytes.length; at++) {
      if (bytes[at] !== 0x30 || bytes[at + 1] !== 0x82 || bytes[at + 4] !== 0x30) continue;
      const der = bytes.subarray(at, at + 4 + bytes[at + 2]! * 256 + bytes[at + 3]!);
      const node = found.size < 8 ? loadNode(der) : undefined;
      if (node && node.raw.length === der.length) found.set(node.fingerprint256, der);
    }
  }
  return [...found.values()];
}
