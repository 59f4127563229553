import { describe, expect, it } from 'vitest';
import { der, derHex } from '../../scripts/testing/der-bytes.ts';
import { boundedText, WordList } from './bounded-text.ts';
import { readCertificate } from './index.ts';
import { ProblemLog } from './problem-log.ts';

describe('boundedText', () => {
  it('leaves what fits, and cuts what does not between characters', () => {
    const log = new ProblemLog();
    expect(boundedText('abcd', 4, 'name', 7, log)).toBe('abcd');
    expect(log.first).toBeNull();
    expect(boundedText('abc𝔐', 4, 'name', 7, log)).toBe('abc');
    expect(log.first).toBe('name is longer than 4 characters at byte 7');
  });
});

describe('WordList', () => {
  it('takes words until there is no more room', () => {
    const log = new ProblemLog();
    const words = new WordList('list', log);
    expect(words.text).toBeNull();
    expect(words.add('x'.repeat(65_000), 1)).toBe(true);
    expect(words.add('y'.repeat(1000), 2)).toBe(false);
    expect(words.text).toBe('x'.repeat(65_000));
    expect(log.first).toBe('list: more than 65536 characters at byte 2');
  });
});

describe('a certificate of hostile texts', () => {
  const name = (attributes: Buffer[]) => der(0x30, ...attributes.map((one) => der(0x31, one)));
  const commonName = (tag: number, value: Buffer) => der(0x30, derHex('0603550403'), der(tag, value));
  const certificate = (subject: Buffer) => {
    const algorithm = derHex('300506032b6570');
    const time = der(0x30, der(0x17, Buffer.from('150401123456Z')), der(0x17, Buffer.from('250401123456Z')));
    const key = der(0x30, algorithm, der(3, Buffer.alloc(33)));
    const tbs = der(0x30, der(2, Buffer.of(1)), algorithm, subject, time, subject, key);
    return der(0x30, tbs, algorithm, der(3, Buffer.alloc(65)));
  };

  it.each<[string, Buffer, number]>([
    ['one value of half a mebibyte', name([commonName(0x0c, Buffer.alloc(500_000, 'ä'))]), 1040],
    ['a value that is no text', name([commonName(0x04, Buffer.alloc(500_000, 1))]), 1040],
    ['twenty thousand attributes', name(Array(20_000).fill(commonName(0x0c, Buffer.from('é')))), 4096],
    ['quotes only', name(Array(200).fill(commonName(0x0c, Buffer.alloc(900, '"')))), 4096],
    [
      'characters of two units',
      name(Array(9).fill(commonName(0x1c, Buffer.alloc(3600, '\0\x01\xd5\x10', 'latin1')))),
      4096,
    ],
  ])('%s', (_what, subject, most) => {
    const started = performance.now();
    const facts = readCertificate(certificate(subject));
    expect(performance.now() - started).toBeLessThan(500);
    expect(facts.problem).toMatch(/longer than|more than/);
    expect(facts.key_bits).toBe(255);
    expect(facts.subject!.length).toBeLessThanOrEqual(most);
    expect(facts.subject_cn?.length ?? 0).toBeLessThanOrEqual(1024);
    expect(facts.subject).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
  });

  it('a modulus of half a mebibyte is measured, not kept', () => {
    const numbers = der(0x30, der(2, Buffer.alloc(400_000, 0x55)), der(2, Buffer.of(3)));
    const key = der(0x30, derHex('300d06092a864886f70d0101010500'), der(3, Buffer.of(0), numbers));
    const algorithm = derHex('300d06092a864886f70d01010b0500');
    const time = der(0x30, der(0x17, Buffer.from('150401123456Z')), der(0x17, Buffer.from('250401123456Z')));
    const empty = der(0x30);
    const tbs = der(0x30, der(2, Buffer.of(1)), algorithm, empty, time, empty, key);
    const facts = readCertificate(der(0x30, tbs, algorithm, der(3, Buffer.alloc(257))));
    expect(facts).toMatchObject({ key_bits: 3_199_999, rsa_modulus_hex: null, rsa_exponent_hex: null });
    expect(facts.problem).toMatch(/^RSA modulus at byte \d+: expected at most 2048 bytes/);
  });
});
