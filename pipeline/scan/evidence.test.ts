import { createDiffieHellman, createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { bitLength, dhGroupRecord, Evidence } from './evidence.ts';

test('a group is told without leading zeros, whatever was sent', () => {
  const prime = createDiffieHellman(512).getPrime();
  const padded = Buffer.concat([Buffer.alloc(3), prime]);
  const group = dhGroupRecord(padded, Uint8Array.of(0, 2));
  expect(group).toEqual(dhGroupRecord(prime, Uint8Array.of(2)));
  expect(group).toMatchObject({ bits: 512, prime_hex: prime.toString('hex'), generator_hex: '02' });
  expect(group.prime_sha256).toBe(createHash('sha256').update(prime).digest('hex'));
  expect(group.dh_group_id).toBe(
    createHash('sha256')
      .update(`${prime.toString('hex')}:02`)
      .digest('hex'),
  );
});

test.each([
  [[], 0],
  [[0, 0], 0],
  [[1], 1],
  [[0, 0x80, 0], 16],
  [[0x7f, 0xff], 15],
])('bits of %j', (bytes, bits) => {
  expect(bitLength(Uint8Array.from(bytes))).toBe(bits);
});

test('a chain is named by its certificates in order, and each is kept once', () => {
  const evidence = new Evidence();
  const [leaf, issuer] = [Buffer.from('leaf'), Buffer.from('issuer')];
  const hash = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
  const id = evidence.chain([leaf, issuer]);
  expect(id).toBe(hash(`${hash(leaf)}\n${hash(issuer)}`));
  expect(evidence.chain([Buffer.from('leaf'), issuer])).toBe(id);
  expect(evidence.chain([issuer, leaf])).not.toBe(id);
  expect(evidence.chain([])).toBeNull();
  expect([...evidence.certificates.keys()]).toEqual([hash(leaf), hash(issuer)]);
  expect(evidence.chains.get(id!)).toEqual([hash(leaf), hash(issuer)]);
});
