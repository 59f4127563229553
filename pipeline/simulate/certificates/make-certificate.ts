/**
 * A planned certificate to its DER (RFC 5280), signed for real. RSA with PKCS #1 v1.5 signs the same bytes the same way
 * each time; ECDSA does not, so that EC keys are certified by an RSA authority.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { sha256Hex } from '../../base/hex.ts';
import { AUTHORITIES, type CertificatePlan, MADE_AT } from './certificate-plan.ts';
import {
  bitString,
  element,
  explicit,
  integer,
  nothing,
  octetString,
  oid,
  sequence,
  set,
  text,
  time,
  yes,
} from './der-writer.ts';
import { RSA_1024, RSA_2048 } from './worthless-keys.ts';

/** A leaf with what an authority sends along, as it is shown. */
export interface MadeChain {
  /** SHA-256 of each certificate, the leaf first. */
  certificates: string[];
  /** SHA-256 of these, joined by line feeds. */
  chain_id: string;
  /** DER by SHA-256. */
  ders: [sha256: string, der: Buffer][];
}

/** The chain that shows the certificate of `plan`. */
export function makeChain(plan: CertificatePlan): MadeChain {
  const leaf = malformed(plan, leafOf(plan));
  const ders = plan.kind === 'by_authority' ? [leaf, authorityCertificate(plan.authority)] : [leaf];
  const named = ders.map((der): [string, Buffer] => [sha256Hex(der), der]);
  const certificates = named.map(([sha256]) => sha256);
  return { certificates, chain_id: sha256Hex(certificates.join('\n')), ders: named };
}

interface Certificate {
  version: number;
  serial: Buffer;
  issuer: Buffer;
  validity: Buffer;
  subject: Buffer;
  key: KeyPair;
  signer: KeyPair;
  digest: 'sha1' | 'sha256';
  extensions: readonly Buffer[];
}

function leafOf(plan: CertificatePlan): Buffer {
  const ownKey = keyPair(plan.key);
  const isSigned = plan.kind === 'by_authority';
  const subject = nameOf(plan, plan.kind === 'bytes_not_of_string_type');
  const bad = plan.kind === 'no_such_date';
  return certificate({
    version: plan.kind === 'unknown_version' ? 6 : 2,
    serial:
      plan.kind === 'negative_serial' ? element(0x02, Buffer.of(0xff), plan.serial) : integer(plan.serial),
    issuer: isSigned ? authorityName(plan.authority) : subject,
    validity: sequence(bad ? NO_SUCH_DATE : time(plan.not_before), time(plan.not_after)),
    subject,
    key: ownKey,
    signer: isSigned ? authorityKey(plan.authority) : ownKey,
    digest: plan.digest,
    extensions: isSigned ? [altName(plan.common_name)] : [],
  });
}

/** What is wrong outside of what is signed. */
function malformed({ kind }: CertificatePlan, der: Buffer): Buffer {
  if (kind === 'cut_short') return der.subarray(0, CUT_AT);
  if (kind === 'bytes_after_it') return Buffer.concat([der, Buffer.alloc(4)]);
  return der;
}

function certificate(parts: Certificate): Buffer {
  const algorithm = parts.digest === 'sha1' ? SHA1_WITH_RSA : SHA256_WITH_RSA;
  const { extensions } = parts;
  const tbs = sequence(
    explicit(0, integer(Buffer.of(parts.version))),
    parts.serial,
    algorithm,
    parts.issuer,
    parts.validity,
    parts.subject,
    parts.key.spki,
    ...(extensions.length > 0 ? [explicit(3, sequence(...extensions))] : []),
  );
  return sequence(tbs, algorithm, bitString(sign(parts.digest, tbs, parts.signer.privateKey)));
}

function nameOf({ common_name, organizational_unit, organization }: CertificatePlan, isBad: boolean): Buffer {
  const attributes: [type: Buffer, value: string | null][] = [
    [ORGANIZATION, organization],
    [ORGANIZATIONAL_UNIT, organizational_unit],
    [COMMON_NAME, common_name],
  ];
  const shown = attributes.flatMap(([type, value]) =>
    value === null ? [] : [set(sequence(type, isBad ? notUtf8(value) : text(value)))],
  );
  return sequence(...shown);
}

/** A UTF8String with a letter of Latin-1 in it. */
function notUtf8(value: string): Buffer {
  return element(0x0c, Buffer.from(value), Buffer.of(0xe4));
}

function altName(name: string): Buffer {
  return sequence(oid('2.5.29.17'), octetString(sequence(element(0x82, Buffer.from(name)))));
}

/** The authorities' own certificates are made once. */
const authorityCertificates = new Map<number, Buffer>();

function authorityCertificate(place: number): Buffer {
  const known = authorityCertificates.get(place);
  if (known) return known;
  const made = certificate({
    version: 2,
    serial: integer(Buffer.of(1, place)),
    issuer: ROOT_NAME,
    validity: sequence(time(MADE_AT - TEN_YEARS), time(MADE_AT + TEN_YEARS)),
    subject: authorityName(place),
    key: authorityKey(place),
    signer: keyPair(RSA_2048[0]!),
    digest: 'sha256',
    extensions: [sequence(oid('2.5.29.19'), yes(), octetString(sequence(yes())))],
  });
  authorityCertificates.set(place, made);
  return made;
}

function authorityName(place: number): Buffer {
  return sequence(
    ...[
      set(sequence(ORGANIZATION, text('Made Trust'))),
      set(sequence(COMMON_NAME, text(`Made Authority ${place + 1} of ${AUTHORITIES}`))),
    ],
  );
}

function authorityKey(place: number): KeyPair {
  return keyPair(RSA_1024[place]!);
}

interface KeyPair {
  privateKey: KeyObject;
  /** SubjectPublicKeyInfo. */
  spki: Buffer;
}

const keyPairs = new Map<string, KeyPair>();

function keyPair(pkcs8: string): KeyPair {
  const known = keyPairs.get(pkcs8);
  if (known) return known;
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8, 'base64'), format: 'der', type: 'pkcs8' });
  const pair = { privateKey, spki: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }) };
  keyPairs.set(pkcs8, pair);
  return pair;
}

/** Within the names, before the key. */
const CUT_AT = 60;
const TEN_YEARS = 3650 * 86_400_000;
const COMMON_NAME = oid('2.5.4.3');
const ORGANIZATION = oid('2.5.4.10');
const ORGANIZATIONAL_UNIT = oid('2.5.4.11');
const SHA1_WITH_RSA = sequence(oid('1.2.840.113549.1.1.5'), nothing());
const SHA256_WITH_RSA = sequence(oid('1.2.840.113549.1.1.11'), nothing());
const ROOT_NAME = sequence(set(sequence(COMMON_NAME, text('Made Root'))));
/** The thirtieth of February. */
const NO_SUCH_DATE = element(0x17, Buffer.from('140230000000Z'));
