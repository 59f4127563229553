/**
 * What the certificate of a number is: self-signed, signed by an authority of the population, or malformed in one of the
 * ways that pipeline/x509 names; its key, names, serial number and validity. A function of the seed and the number.
 */
import { draws, words } from '../mixing.ts';
import { publishedShare } from '../published-answers.ts';
import type { PublishedCertificate } from './published-certificates.ts';
import { EC_P256, RSA_1024, RSA_2048, RSA_4096 } from './worthless-keys.ts';

export type Malformation = (typeof MALFORMATIONS)[number];
export const MALFORMATIONS = [
  'cut_short',
  'bytes_after_it',
  'negative_serial',
  'unknown_version',
  'no_such_date',
  'bytes_not_of_string_type',
] as const;

export type KeyKind = 'rsa1024' | 'rsa2048' | 'rsa4096' | 'p256';

export interface CertificatePlan {
  kind: 'self_signed' | 'by_authority' | Malformation;
  /** Public key, and where it is self-signed the one that signs. */
  key: string;
  key_kind: KeyKind;
  /** Place of the authority that signs it, unless it signs itself. */
  authority: number;
  digest: 'sha1' | 'sha256';
  serial: Buffer;
  common_name: string;
  organizational_unit: string | null;
  organization: string | null;
  /** Milliseconds since 1970. */
  not_before: number;
  not_after: number;
}

/** Distinct names of authorities. */
export const AUTHORITIES = 3;
/** When the made scan began: nothing of it was asked of anybody, in any month. */
export const MADE_AT = Date.UTC(2015, 3, 1);

export type PlanOf = (certificate: number) => CertificatePlan;

/** Certificates below `named.length` are these, the rest are others. */
export function certificatePlans(
  seed: string,
  named: readonly PublishedCertificate[],
): PlanOf & { withEcKey: PlanOf } {
  const kindOf = kinds(seed);
  const bits = words(seed, 'certificate');
  const high = words(seed, 'serial');
  const planned = (certificate: number, kind: Kind): CertificatePlan => {
    const word = bits(certificate);
    const published = named[certificate];
    const serial = Buffer.alloc(8);
    serial.writeUInt32BE((high(certificate) & 0x7fffffff) | 0x01000000);
    serial.writeUInt32BE(certificate, 4);
    const not_before = MADE_AT - DAY * (1 + (word % 1000));
    return {
      ...kind,
      ...namesOf(certificate, word, published),
      key: KEYS[kind.key_kind][word % KEYS[kind.key_kind].length]!,
      authority: word % AUTHORITIES,
      digest: word & 0x100 ? 'sha1' : 'sha256',
      serial,
      not_before,
      not_after: not_before + DAY * 365 * YEARS[(word >>> 9) % YEARS.length]!,
    };
  };
  const plan: PlanOf = (certificate) => {
    const published = named[certificate];
    return planned(certificate, published ? publishedKind(published) : kindOf(certificate));
  };
  return Object.assign(plan, {
    withEcKey: (certificate: number) => planned(certificate, { kind: 'by_authority', key_kind: 'p256' }),
  });
}

function publishedKind({ key_bits }: PublishedCertificate): Kind {
  return { kind: 'self_signed', key_kind: key_bits === 1024 ? 'rsa1024' : 'rsa2048' };
}

type Kind = Pick<CertificatePlan, 'kind' | 'key_kind'>;

/**
 * Self-signed or malformed as many as were published ("more than"), RSA and 4096 bits too ("less than"). Authorities sign
 * all keys but those of 1024 bits. How many are malformed, and how many of the self-signed have 2048 bits (which take eight
 * times as long to make), is ours to choose.
 */
function kinds(seed: string): (certificate: number) => Kind {
  const rank = draws(seed, 'kind of certificate');
  const pick = words(seed, 'kind of key');
  const ownOrBad = publishedShare('certificate_trust', 0, 'self-signed or malformed') + MORE_THAN;
  const rsa = publishedShare('certificate_keys', 0, 'RSA leaves');
  const big = publishedShare('certificate_keys', 0, 'RSA leaves with 4096 bits') - MORE_THAN;
  return (certificate) => {
    const place = rank(certificate);
    if (place < MALFORMED_SHARE)
      return { kind: MALFORMATIONS[pick(certificate) % MALFORMATIONS.length]!, key_kind: 'rsa1024' };
    if (place < ownOrBad)
      return { kind: 'self_signed', key_kind: pick(certificate) % 16 === 0 ? 'rsa2048' : 'rsa1024' };
    if (place >= rsa) return { kind: 'by_authority', key_kind: 'p256' };
    return { kind: 'by_authority', key_kind: place >= rsa - big ? 'rsa4096' : 'rsa2048' };
  };
}

const MORE_THAN = 0.01;
const MALFORMED_SHARE = 0.06;
const DAY = 86_400_000;
const YEARS = [1, 2, 5, 10];

const KEYS: Record<KeyKind, readonly string[]> = {
  rsa1024: RSA_1024,
  rsa2048: RSA_2048,
  rsa4096: RSA_4096,
  p256: EC_P256,
};

function namesOf(certificate: number, word: number, published: PublishedCertificate | undefined) {
  if (published) {
    const { common_name, organizational_unit, organization } = published;
    return { common_name, organizational_unit, organization };
  }
  const isHosting = word & 0x400;
  return {
    common_name: `mail${certificate}.invalid`,
    organizational_unit: null,
    organization: isHosting ? `Hosting ${word % 5000}` : null,
  };
}
