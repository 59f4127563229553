/**
 * Primes of finite-field Diffie-Hellman that mail servers ship, as villagers use them; the generator is 2 throughout.
 * Facts from the published parameters of the software named; as OpenSSL wants them: PEM "DH PARAMETERS" (PKCS #3).
 */

export interface VillagePrime {
  bits: number;
  /** Lower case, without leading zeros. */
  hex: string;
}

/** DHParameter ::= SEQUENCE { prime INTEGER, base INTEGER } in PEM (PKCS #3, 9). */
export function dhParametersPem(prime: VillagePrime): string {
  const der = derValue(0x30, Buffer.concat([derInteger(prime.hex), derInteger('02')]));
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return `-----BEGIN DH PARAMETERS-----\n${lines.join('\n')}\n-----END DH PARAMETERS-----\n`;
}

/** A non-negative INTEGER whose highest bit may be set: a zero byte keeps it positive. */
function derInteger(hex: string): Buffer {
  return derValue(0x02, Buffer.from(Number.parseInt(hex.slice(0, 2), 16) >= 0x80 ? `00${hex}` : hex, 'hex'));
}

function derValue(tag: number, value: Buffer): Buffer {
  if (value.length < 0x80) return Buffer.concat([Buffer.from([tag, value.length]), value]);
  return Buffer.concat([Buffer.from([tag, 0x82, value.length >> 8, value.length & 0xff]), value]);
}

function prime(bits: number, hex: string): VillagePrime {
  return { bits, hex };
}

/** Postfix 512-bit, 2.2 (2005) to the 3.1 snapshot of 2015-07-21. */
export const POSTFIX_512: VillagePrime = prime(
  512,
  '883f00affc0c8ab835cde5c20f55df063f1607bfce1335e41c1e03f3ab17f6635063673e10d73eb4eb468c4050e691a5' +
    '6e0145dec9b11f6454fad9ab4f70ba5b',
);

/** OpenSSL 512-bit, also the sendmail 512-bit default. */
export const OPENSSL_512: VillagePrime = prime(
  512,
  'da583c16d9852289d0e4af756f4cca92dd4be533b804fb0fed94ef9c8a4403ed574650d36999db29d776276ba2d3d412' +
    'e218f4dd1e084cf6d8003e7c4774e833',
);

/** Oakley 1 from RFC 2409, 768-bit. */
export const OAKLEY_1: VillagePrime = prime(
  768,
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
    'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a3620ffffffffffffffff',
);

/** Postfix 1024-bit, 2.2 (2005) to the 3.1 snapshot of 2015-07-21. */
export const POSTFIX_1024: VillagePrime = prime(
  1024,
  'b0feb4cfd45507e7cc88590d1726c50ca54a92238178da88aa4c1306bf5d2f9ebc96b851009d0c0d75adfd3bb17e714f' +
    '3f91541444b830251cebdf729c4cf1890d683f948ea4fb768918b29116900199668c53814e273d99e75a7aafd5ece27e' +
    'faed0118c2782559065c39f6cd4954afc1b1ea4af953d0df6dafd493e7baae9b',
);

/** Apache httpd 1024-bit. */
export const APACHE_1024: VillagePrime = prime(
  1024,
  'd67de440cbbbdc1936d693d34afd0ad50c84d239a45f520bb88174cb98bce951849f912e639c72fb13b4b4d7177e16d5' +
    '5ac179ba420b2a29fe324a467a635e81ff5901377beddcfd33168a461aad3b72dae8860078045b07a7dbca7874087d15' +
    '10ea9fcc9ddd330507dd62db88aeaa747de0f4d6e2bd68b0e7393e0f24218eb3',
);

/** Oakley 2 from RFC 2409, 1024-bit. */
export const OAKLEY_2: VillagePrime = prime(
  1024,
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
    'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed' +
    'ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff',
);

/** Postfix 2048-bit, from 2015-07-21. */
export const POSTFIX_2048: VillagePrime = prime(
  2048,
  'bf281b6869902f379f5a5023732c11f2ac7c3e58b9233e02074dbad92cc19ef9c42fbc8d864b2a878693320f7240fe7e' +
    'a2c132f0659cc319252deb6a4994792da1be0526ac8d69dc2e7eb5fd3c2b7d432253f61e0445d75384fd6b12724704af' +
    'a4ac4b55b6794240885448d54d3ab2bf6c269529dd8b9eedb8608eb535b622441ffb5674fef02ce60c22c935b31b96bb' +
    '0a5ac309a0cca540900f59a289692a6979e4d324c68cdabc983a5b16ae636c0b434ff32ec8a96b586aa98e64093d8844' +
    '4f972c1d98b0a9c0b68d19371fb7c986a8dc374d6427f3f52b7b6b76843fc123972d71f7b6c235281096d6690c2e1f9f' +
    'df8281575739a5f2812957f92fd003ab',
);

/** 2048-bit MODP from RFC 3526. */
export const MODP_2048: VillagePrime = prime(
  2048,
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
    'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed' +
    'ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f' +
    '83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b' +
    'e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510' +
    '15728e5a8aacaa68ffffffffffffffff',
);

/** 2048-bit FFDHE group from RFC 7919. */
export const FFDHE_2048: VillagePrime = prime(
  2048,
  'ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695a9e13641146433fbcc939dce249b3ef9' +
    '7d2fe363630c75d8f681b202aec4617ad3df1ed5d5fd65612433f51f5f066ed0856365553ded1af3b557135e7f57c935' +
    '984f0c70e0e68b77e2a689daf3efe8721df158a136ade73530acca4f483a797abc0ab182b324fb61d108a94bb2c8e3fb' +
    'b96adab760d7f4681d4f42a3de394df4ae56ede76372bb190b07a7c8ee0a6d709e02fce1cdf7e2ecc03404cd28342f61' +
    '9172fe9ce98583ff8e4f1232eef28183c3fe3b1b4c6fad733bb5fcbc2ec22005c58ef1837d1683b2c6f34a26c1b2effa' +
    '886b423861285c97ffffffffffffffff',
);
