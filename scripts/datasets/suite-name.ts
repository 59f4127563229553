/**
 * What a cipher suite's IANA name says of it: `TLS_<key exchange>_WITH_<encryption>_<hash>` up to TLS 1.2,
 * `TLS_<AEAD>_<hash>` in TLS 1.3 (RFC 5246, A.5; RFC 8446, B.4), and Netscape's SSL_CK_… kinds of SSLv2.
 * Names that do not follow the pattern are read by the tables at the end.
 */

export interface SuiteTraits {
  key_exchange: string;
  authentication: string;
  encryption: string;
  encryption_bits: number;
  mac: string;
  export: boolean;
  min_version: number;
  max_version: number;
}

/** The traits of the suite called `name`. Throws Error for a name that follows no known pattern. */
export function suiteTraits(name: string): SuiteTraits {
  if (name.startsWith('SSL_CK_')) return ssl2Traits(name.slice('SSL_CK_'.length));
  const plain = name.replace(/_OLD$/, '');
  const [, keyPart, cipherPart] = /^(?:TLS|SSL)_(.+?)_WITH_(.+)$/.exec(plain) ?? [];
  if (keyPart === undefined || cipherPart === undefined) return tls13Traits(plain.replace(/^TLS_/, ''));
  if (/_MGM_[LS]$/.test(cipherPart)) return tls13Traits(cipherPart);
  const key = KEY_PARTS[keyPart.replace(/_EXPORT(1024)?$/, '')];
  if (!key) throw new Error(`${name}: unknown key exchange ${keyPart}`);
  const [key_exchange, authentication] = key;
  const cipher = splitCipher(cipherPart);
  return {
    key_exchange,
    authentication,
    ...cipher,
    export: /_EXPORT(1024)?$/.test(keyPart),
    min_version: keyPart === 'GOSTR341112_256' && plain === name ? 771 : lowestVersion(key_exchange, cipher),
    max_version: 771,
  };
}

function ssl2Traits(name: string): SuiteTraits {
  const [, cipher, , mac] = /^(.+?)(_EXPORT40)?_WITH_(MD5|SHA)$/.exec(name) ?? [];
  const encryption = cipher && SSL2_ENCRYPTION[cipher];
  if (!encryption || !mac) throw new Error(`SSL_CK_${name}: unknown SSLv2 cipher kind`);
  const isExport = name.includes('_EXPORT40');
  const [tls_name, bits] = encryption;
  return {
    key_exchange: 'RSA',
    authentication: 'RSA',
    encryption: isExport ? tls_name.replace('128', '40').replace(/CBC$/, 'CBC_40') : tls_name,
    encryption_bits: isExport ? 40 : bits,
    mac: hashName(mac),
    export: isExport,
    min_version: 2,
    max_version: 2,
  };
}

function tls13Traits(name: string): SuiteTraits {
  const integrityOnly = /^(SHA\d+)_SHA\d+$/.exec(name)?.[1];
  const encryption = integrityOnly ? 'NULL' : name.replace(/_(SHA\d+|SM3)$/, '');
  return {
    key_exchange: 'TLS13',
    authentication: 'any',
    encryption,
    encryption_bits: strength(encryption),
    mac: integrityOnly ?? 'AEAD',
    export: false,
    min_version: 772,
    max_version: 772,
  };
}

interface Cipher {
  encryption: string;
  encryption_bits: number;
  mac: string;
}

function splitCipher(part: string): Cipher {
  const [, before, hash] = /^(.+?)(?:_(MD5|SHA|SHA256|SHA384|OMAC|IMIT|GOSTR3411|NULL))?$/.exec(part) ?? [];
  const encryption = before === undefined ? part : before;
  const aead = /GCM|CCM|POLY1305/.test(encryption);
  const mac = aead ? 'AEAD' : hashName(hash ?? '');
  if (mac === '') throw new Error(`${part}: neither a hash nor an AEAD`);
  return { encryption, encryption_bits: strength(encryption), mac };
}

function hashName(hash: string): string {
  return hash === 'SHA' ? 'SHA1' : hash;
}

/** The lowest version on whose wire a suite of before TLS 1.3 can stand. */
function lowestVersion(keyExchange: string, { mac, encryption }: Cipher): number {
  if (mac === 'AEAD' || keyExchange === 'ECCPWD') return 771;
  if (keyExchange === 'GOST') return 769;
  if (mac !== 'SHA256' && mac !== 'SHA384') return 768;
  // RFC 5487, 3.1 and RFC 5489, 3.2 let these stand below TLS 1.2, with the PRF of that version.
  return keyExchange.endsWith('PSK') && !encryption.startsWith('ARIA') ? 769 : 771;
}

function strength(encryption: string): number {
  const known = STRENGTHS.find(([pattern]) => pattern.test(encryption));
  const bits = known ? known[1] : Number(/_(40|56|128|256)(?:_|L|$)/.exec(encryption)?.[1]);
  if (!Number.isInteger(bits)) throw new Error(`${encryption}: unknown key size`);
  return bits;
}

/** Key exchange and authentication by the part of the name before _WITH_. */
const KEY_PARTS: Record<string, [key_exchange: string, authentication: string]> = {
  NULL: ['NULL', 'NULL'],
  RSA: ['RSA', 'RSA'],
  RSA_FIPS: ['RSA', 'RSA'],
  RSA_OLDFIPS: ['RSA', 'RSA'],
  DH_DSS: ['DH', 'DSS'],
  DH_RSA: ['DH', 'RSA'],
  DH_anon: ['DH_anon', 'anon'],
  DHE_DSS: ['DHE', 'DSS'],
  DHE_RSA: ['DHE', 'RSA'],
  ECDH_ECDSA: ['ECDH', 'ECDSA'],
  ECDH_RSA: ['ECDH', 'RSA'],
  ECDH_anon: ['ECDH_anon', 'anon'],
  ECDHE_ECDSA: ['ECDHE', 'ECDSA'],
  ECDHE_RSA: ['ECDHE', 'RSA'],
  PSK: ['PSK', 'PSK'],
  DHE_PSK: ['DHE_PSK', 'PSK'],
  PSK_DHE: ['DHE_PSK', 'PSK'],
  ECDHE_PSK: ['ECDHE_PSK', 'PSK'],
  RSA_PSK: ['RSA_PSK', 'RSA'],
  SRP_SHA: ['SRP', 'SRP'],
  SRP_SHA_RSA: ['SRP', 'RSA'],
  SRP_SHA_DSS: ['SRP', 'DSS'],
  KRB5: ['KRB5', 'KRB5'],
  ECCPWD: ['ECCPWD', 'ECCPWD'],
  GOSTR341094: ['GOST', 'GOST'],
  GOSTR341001: ['GOST', 'GOST'],
  GOSTR341112_256: ['GOST', 'GOST'],
};

/** Ciphers whose name lacks the size of their key, or whose key is weaker than its size (3DES). */
const STRENGTHS: [RegExp, number][] = [
  [/^NULL$/, 0],
  [/^DES40_|^DES_CBC_40$/, 40],
  [/^DES_CBC$/, 56],
  [/^3DES_/, 112],
  [/^(IDEA|SEED|SM4)_|^RC2_CBC$/, 128],
  [/^(28147|KUZNYECHIK|MAGMA|CHACHA20)_/, 256],
];

/** SSLv2's ciphers by the names that the same ciphers have in TLS. */
const SSL2_ENCRYPTION: Record<string, [encryption: string, bits: number]> = {
  RC4_128: ['RC4_128', 128],
  RC4_64: ['RC4_64', 64],
  RC2_128_CBC: ['RC2_CBC', 128],
  IDEA_128_CBC: ['IDEA_CBC', 128],
  DES_64_CBC: ['DES_CBC', 56],
  DES_192_EDE3_CBC: ['3DES_EDE_CBC', 112],
};
