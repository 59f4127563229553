/** Key shares are public values that a server can compute with. */
import { createECDH, diffieHellman, generateKeyPairSync, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { SECP256R1, SECP384R1, SECP521R1 } from '../../tls/index.ts';
import { keyShare, SHAREABLE_GROUPS } from './key-shares.ts';

test.each([
  [SECP256R1, 'prime256v1'],
  [SECP384R1, 'secp384r1'],
  [SECP521R1, 'secp521r1'],
])('of group %i it is the generator of %s', (group, curve) => {
  const ecdh = createECDH(curve);
  ecdh.setPrivateKey('01', 'hex');
  const [share] = keyShare(group, randomBytes);
  expect(Buffer.from(share!.key_exchange).toString('hex')).toBe(ecdh.getPublicKey('hex'));
});

test.each([
  [29, 'x25519', 32],
  [30, 'x448', 56],
] as const)('of group %i it is as long as a public value of %s', (group, curve, length) => {
  const [share] = keyShare(group, randomBytes);
  const { privateKey, publicKey } = generateKeyPairSync(curve as 'x25519');
  const x = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  expect(x).toHaveLength(length);
  expect(share!.key_exchange).toHaveLength(length);
  expect(diffieHellman({ privateKey, publicKey })).toHaveLength(length);
});

test('there is one for each group that is called shareable, and none for others', () => {
  for (const group of SHAREABLE_GROUPS) expect(keyShare(group, randomBytes)[0]!.named_group).toBe(group);
  expect(() => keyShare(256, randomBytes)).toThrow('no key share for group 256');
});
