/** Named groups that servers have had without, or before, a registration: code, name, reference. */
export type PrivateGroup = readonly [code: number, name: string, reference: string];

export const PRIVATE_GROUPS: readonly PrivateGroup[] = [
  [0x11ee, 'curveSM2MLKEM768', 'draft-yang-tls-hybrid-sm2-mlkem'],
  [0x4138, 'CECPQ2', 'BoringSSL 2019'],
  [0xfe30, 'X25519Kyber512Draft00', 'Cloudflare 2022'],
  [0xfe31, 'X25519Kyber768Draft00_OLD', 'Cloudflare 2022'],
  [0xfe32, 'SecP256r1Kyber768Draft00_OLD', 'Cloudflare 2022'],
];
