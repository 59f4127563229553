/**
 * IANA's TLS SignatureScheme (tls-signaturescheme.csv), and the pairs of hash and signature algorithm that TLS 1.2 has
 * besides (RFC 5246, 7.4.1.4.1; RFC 9189, 4.2) → `datasets/signature_schemes.csv`.
 * Left out: reserved, private and unassigned codes.
 */
import type { SignatureScheme } from '../../pipeline/formats/datasets.ts';
import { references } from './cipher-suites.ts';
import { fromCsv, toCsv } from './csv.ts';

export const SIGNATURE_SCHEME_COLUMNS = ['code', 'name', 'algorithm', 'hash', 'reference'] as const;

/** The CSV. Throws Error for a scheme whose name says no algorithm. */
export function makeSignatureSchemes(iana: string): string {
  const registered = fromCsv(iana).flatMap((row): SignatureScheme[] => {
    const name = row['Description'] ?? '';
    const assigned = /^0x[0-9a-f]{4}$/i.test(row['Value'] ?? '') && !/^(Reserved|Unassigned)/.test(name);
    return assigned ? [scheme(Number(row['Value']), name, references(row['Reference'] ?? ''))] : [];
  });
  const codes = new Set(registered.map(({ code }) => code));
  const pairs = PAIRS.map((pair) => scheme(...pair)).filter(({ code }) => !codes.has(code));
  return toCsv<SignatureScheme>(
    SIGNATURE_SCHEME_COLUMNS,
    [...registered, ...pairs].sort((a, b) => a.code - b.code),
  );
}

/** Algorithm and hash by a scheme's name; the hash is empty where the algorithm brings its own. */
export function schemeTraits(name: string): Pick<SignatureScheme, 'algorithm' | 'hash'> {
  const known = ALGORITHMS.find(([pattern]) => pattern.test(name));
  if (!known) throw new Error(`${name}: unknown signature algorithm`);
  const hash = /_(md5|sha1|sha224|sha256|sha384|sha512|sm3)(_legacy)?$/.exec(name)?.[1] ?? '';
  return { algorithm: known[1], hash: hash.toUpperCase() };
}

function scheme(code: number, name: string, reference: string): SignatureScheme {
  return { code, name, ...schemeTraits(name), reference };
}

const ALGORITHMS: readonly (readonly [RegExp, string])[] = [
  [/^rsa_pkcs1_/, 'RSA'],
  [/^rsa_pss_/, 'RSA-PSS'],
  [/^dsa_/, 'DSA'],
  [/^ecdsa_/, 'ECDSA'],
  [/^ed(25519|448)$/, 'EdDSA'],
  [/^mldsa\d+$/, 'ML-DSA'],
  [/^gostr34102012_/, 'GOST'],
  [/^sm2sig_/, 'SM2'],
  [/^(eccsi_|iso_)/, 'identity-based'],
];

/** Hash in the high byte (1 MD5 … 6 SHA-512), signature in the low one (1 RSA, 2 DSA, 3 ECDSA). */
const PAIRS: readonly (readonly [code: number, name: string, reference: string])[] = [
  [0x0101, 'rsa_pkcs1_md5', 'RFC5246'],
  [0x0102, 'dsa_md5', 'RFC5246'],
  [0x0103, 'ecdsa_md5', 'RFC5246'],
  [0x0202, 'dsa_sha1', 'RFC5246'],
  [0x0301, 'rsa_pkcs1_sha224', 'RFC5246'],
  [0x0302, 'dsa_sha224', 'RFC5246'],
  [0x0303, 'ecdsa_sha224', 'RFC5246'],
  [0x0402, 'dsa_sha256', 'RFC5246'],
  [0x0502, 'dsa_sha384', 'RFC5246'],
  [0x0602, 'dsa_sha512', 'RFC5246'],
  [0x0840, 'gostr34102012_256_intrinsic', 'RFC9189'],
  [0x0841, 'gostr34102012_512_intrinsic', 'RFC9189'],
];
