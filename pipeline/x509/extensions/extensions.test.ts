import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { der, derHex } from '../../../scripts/testing/der-bytes.ts';
import { toHex } from '../../base/hex.ts';
import { DerReader } from '../der.ts';
import { readCertificate } from '../index.ts';
import { ProblemLog } from '../problem-log.ts';
import { type ExtensionFacts, extensionFacts } from './extensions.ts';

const SAMPLES = join(import.meta.dirname, '../samples');
const file = (name: string) => join(SAMPLES, `${name}.der`);
const facts = (name: string) => readCertificate(readFileSync(file(name)));

describe('facts of extensions', () => {
  it.each<[string, Partial<ExtensionFacts> & { problem: string | null }]>([
    [
      'ca-issued-scts',
      {
        is_ca: false,
        path_length: null,
        subject_alt_names: 'mail.example.net *.mail.example.net 198.51.100.7',
        key_usage: 'digitalSignature keyEncipherment',
        extended_key_usage: '1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.2 1.3.6.1.5.5.7.3.13',
        ocsp_urls: 'http://ocsp.example.net http://ocsp2.example.net/a%20b',
        ca_issuers_urls: 'http://ca.example.net/issuing.cer',
        sct_count: 3,
        sct_log_ids: ['a1', 'b2', 'c3'].map((octet) => octet.repeat(32)).join(' '),
        problem: null,
      },
    ],
    [
      'ca-path-length',
      { is_ca: true, path_length: 1, key_usage: 'keyCertSign cRLSign', sct_count: 0, problem: null },
    ],
    [
      'all-usages',
      {
        path_length: null,
        key_usage:
          'digitalSignature nonRepudiation keyEncipherment dataEncipherment keyAgreement keyCertSign cRLSign encipherOnly decipherOnly',
        extended_key_usage:
          '1.3.6.1.5.5.7.3.1 1.3.6.1.5.5.7.3.4 1.3.6.1.4.1.311.10.3.3 2.16.840.1.113730.4.1 2.5.29.37.0',
        problem: null,
      },
    ],
    [
      'bad-extensions',
      {
        is_ca: true,
        path_length: null,
        key_usage: null,
        extended_key_usage: null,
        ocsp_urls: null,
        sct_count: null,
        problem: expect.stringMatching(/^path length at byte \d+: expected a small number, found a negative/),
      },
    ],
    [
      'extension-twice',
      { is_ca: false, problem: expect.stringMatching(/^extension 2\.5\.29\.19 is there twice at byte \d+$/) },
    ],
    ['v1', { is_ca: false, sct_count: 0, key_usage: null, problem: null }],
  ])('%s', (name, expected) => expect(facts(name)).toMatchObject(expected));

  it('are the same in node:crypto', () => {
    for (const name of ['ca-issued-scts', 'ca-path-length', 'all-usages', 'rsa2048-san']) {
      const node = new X509Certificate(readFileSync(file(name)));
      const ours = facts(name);
      expect(ours.extended_key_usage?.split(' ')).toEqual(node.keyUsage);
      const names = node.subjectAltName?.split(', ').filter((one) => /^(DNS|IP)/.test(one)) ?? [];
      expect(ours.subject_alt_names?.split(' ').length ?? 0).toBe(names.length);
      const access = node.infoAccess?.split('\n').filter((line) => line.includes('URI:')) ?? [];
      const urls = (method: string) =>
        access.filter((line) => line.startsWith(method)).map((line) => line.split('URI:')[1]);
      expect(ours.ocsp_urls?.split(' ') ?? []).toEqual(urls('OCSP'));
      expect(ours.ca_issuers_urls?.split(' ') ?? []).toEqual(urls('CA Issuers'));
    }
  });
});

const openssl = spawnSync('openssl', ['version']).status === 0;

test('openssl prints the same', (context) => {
  if (!openssl && process.env['CENSUS_REQUIRE_PEERS'] === '1') expect.fail('openssl is not installed');
  if (!openssl) context.skip('the command openssl is not installed');
  for (const name of ['ca-issued-scts', 'ca-path-length', 'all-usages', 'rsa1024-exponent3']) {
    const args = ['x509', '-inform', 'DER', '-in', file(name), '-noout', '-text'];
    expect(fromText(execFileSync('openssl', args, { encoding: 'utf8' }))).toEqual(forText(facts(name)));
  }
});

/** What `openssl x509 -text` says of extensions and RSA numbers, in its own words. */
function fromText(output: string) {
  const after = (title: string) => new RegExp(`${title}:(?: critical)?\\s*\\n +(.*)\\n`).exec(output)?.[1];
  const constraints = after('X509v3 Basic Constraints') ?? '';
  const modulus = /Modulus:\n((?: +[0-9a-f:]+\n)+)/.exec(output)?.[1]?.replaceAll(/[\s:]/g, '');
  const logs = [...output.matchAll(/Log ID +: ([0-9A-F:]+)\s+([0-9A-F:]+)/g)];
  return {
    is_ca: constraints.includes('CA:TRUE'),
    path_length: /pathlen:(\d+)/.exec(constraints)?.[1] ?? null,
    usages: after('X509v3 Key Usage')?.split(', ').length ?? 0,
    purposes: after('X509v3 Extended Key Usage')?.split(', ').length ?? 0,
    modulus: modulus?.replace(/^00/, '') ?? null,
    exponent: /Exponent: (\d+)/.exec(output)?.[1] ?? null,
    logs: logs.map(([, first, second]) => `${first}${second}`.replaceAll(':', '').toLowerCase()),
  };
}

function forText(found: ReturnType<typeof readCertificate>): ReturnType<typeof fromText> {
  const { is_ca, path_length, key_usage, extended_key_usage, rsa_exponent_hex, sct_log_ids } = found;
  return {
    is_ca: is_ca!,
    path_length: path_length === null ? null : String(path_length),
    usages: key_usage?.split(' ').length ?? 0,
    purposes: extended_key_usage?.split(' ').length ?? 0,
    modulus: found.rsa_modulus_hex,
    exponent: rsa_exponent_hex === null ? null : String(Number.parseInt(rsa_exponent_hex, 16)),
    logs: sct_log_ids?.split(' ') ?? [],
  };
}

describe('hostile extensions', () => {
  it('any bytes as value of any extension: facts or null, never another error', () => {
    const value = fc.uint8Array({ maxLength: 80 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(OIDS)), value, (oid, bytes) => {
        const { found } = read([extension(oid, Buffer.from(bytes))]);
        expect(Object.keys(found)).toHaveLength(9);
      }),
      { numRuns: 500 },
    );
  });

  it('a list without end is cut at a word, and that is noted', () => {
    const name = der(0x82, Buffer.from('x'.repeat(60)));
    const { found, log } = read([extension(OIDS.names, der(0x30, ...Array(10_000).fill(name)))]);
    expect(found.subject_alt_names!.length).toBeLessThanOrEqual(65_536);
    expect(new Set(found.subject_alt_names!.split(' '))).toEqual(new Set(['x'.repeat(60)]));
    expect(log.first).toMatch(/^subject alternative names: more than 65536 characters at byte \d+$/);
  });

  it('more extensions than there are in the world: those behind the bound are not known', () => {
    const others = Array.from({ length: 256 }, (_, index) =>
      extension(`2a${toHex(Buffer.of(0x80 | (index >> 7), index & 0x7f))}`, derHex('0500')),
    );
    const { found, log } = read([...others, extension(OIDS.constraints, der(0x30))]);
    expect(found).toMatchObject({ is_ca: null, sct_count: null });
    expect(log.first).toMatch(/^more than 256 extensions at byte \d+$/);
  });

  it('names with blanks and control characters stay one word', () => {
    const name = der(0x82, Buffer.from('a b\0c\n\\d\x7f.example'));
    const { found } = read([extension(OIDS.names, der(0x30, name))]);
    expect(found.subject_alt_names).toBe('a\\20b\\00c\\0a\\5cd\\7f.example');
  });
});

const OIDS = {
  usage: '551d0f',
  names: '551d11',
  constraints: '551d13',
  purposes: '551d25',
  access: '2b06010505070101',
  timestamps: '2b06010401d679020402',
};

/** Facts of these extensions, in order. */
function read(extensions: Buffer[]): { found: ExtensionFacts; log: ProblemLog } {
  const log = new ProblemLog();
  const element = new DerReader(der(0xa3, der(0x30, ...extensions)), log).any('extensions');
  return { found: extensionFacts(element, log), log };
}

function extension(oid: string, value: Buffer): Buffer {
  return der(0x30, der(6, derHex(oid)), der(4, value));
}
