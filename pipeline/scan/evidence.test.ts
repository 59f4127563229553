import { createDiffieHellman, createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { bitLength, CHAIN_LIMIT, dhGroupRecord, EVIDENCE_BYTES, Evidence } from './evidence.ts';

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

test('a chain of 43,000 tiny certificates is cut, says so, and costs milliseconds', () => {
  const evidence = new Evidence();
  const many = Array.from({ length: 43_000 }, (_, index) => Buffer.from(index.toString(36).padStart(3, '0')));
  const losses: string[] = [];
  const started = performance.now();
  for (let handshake = 0; handshake < 100; handshake++) evidence.chain(many, (what) => losses.push(what));
  expect(performance.now() - started).toBeLessThan(1000);
  expect(evidence.certificates.size).toBe(CHAIN_LIMIT);
  expect(losses).toHaveLength(100);
  expect(losses[0]).toBe('chain cut: 32 of 43000 kept');
});

test('what an endpoint shows is kept up to a bound; what was kept before stays known', () => {
  const evidence = new Evidence();
  const losses: string[] = [];
  const big = (fill: number) => Buffer.alloc(250_000, fill);
  const ids = Array.from({ length: 30 }, (_, index) =>
    evidence.chain([big(index)], (one) => losses.push(one)),
  );
  const kept = ids.filter((id) => id !== null);
  const base64 = [...evidence.certificates.values()].reduce((sum, der) => sum + (der.length * 4) / 3, 0);
  expect(base64).toBeLessThan(EVIDENCE_BYTES);
  expect(kept.length).toBeGreaterThan(10);
  expect(losses).toHaveLength(30 - kept.length);
  expect(losses[0]).toMatch(/^chain not kept: over 4194304 bytes/);
  expect(evidence.chain([big(0)])).toBe(ids[0]);
});
