/**
 * Certificate bytes → facts (RFC 5280, 4.1), column by column of the lake's table `certificates`. Tolerant: more than
 * half of what mail servers show is self-signed or malformed, and still says something. It doesn't judge: no chain,
 * no revocation, no validity at some moment.
 */
import { sha1Hex, sha256Hex, toHex } from '../base/hex.ts';
import { type CertificateParts, readParts } from './certificate-parts.ts';
import { type DerElement, TAG, whole, within } from './der.ts';
import { bitString, expectTag, isShortest, objectIdentifier } from './der-value.ts';
import { type DistinguishedName, distinguishedName } from './distinguished-name.ts';
import {
  type ExtensionFacts,
  extensionFacts,
  NO_EXTENSIONS,
  UNKNOWN_EXTENSIONS,
} from './extensions/extensions.ts';
import { ProblemLog } from './problem-log.ts';
import { type PublicKeyFacts, publicKeyFacts } from './public-key.ts';
import { verifiesItself } from './self-signature.ts';
import { isoTime } from './time.ts';

/** What a certificate says; null where it can't be read. Columns of the lake's `certificates`, without `der`. */
export interface CertificateFacts extends ExtensionFacts {
  certificate_sha256: string;
  sha1: string;
  /** 1 to 3. */
  version: number | null;
  /** Two's complement as in the certificate, hexadecimal, without a leading zero byte. */
  serial_number: string | null;
  /** RFC 4514. */
  subject: string | null;
  subject_cn: string | null;
  subject_o: string | null;
  subject_ou: string | null;
  issuer: string | null;
  issuer_cn: string | null;
  issuer_o: string | null;
  issuer_ou: string | null;
  /** `YYYY-MM-DDTHH:MM:SSZ`. */
  not_before: string | null;
  not_after: string | null;
  /** Object identifier. */
  key_algorithm: string | null;
  key_bits: number | null;
  /** Object identifier of a named curve. */
  key_curve: string | null;
  /** Hexadecimal, whole bytes, without leading zero bytes; null for other keys than RSA. */
  rsa_modulus_hex: string | null;
  rsa_exponent_hex: string | null;
  spki_sha256: string | null;
  /** Object identifier. */
  signature_algorithm: string | null;
  self_issued: boolean | null;
  self_signed: boolean | null;
  /** The first thing that could not be read or is not DER, and where; null where all is well. */
  problem: string | null;
}

/** Never throws. Time is proportional to the size of `der`, which is read up to a mebibyte; every text is bounded. */
export function readCertificate(der: Uint8Array): CertificateFacts {
  const log = new ProblemLog();
  const parts = readParts(der.subarray(0, MAX_CERTIFICATE_BYTES), log);
  const self_issued = parts.subject && parts.issuer ? sameBytes(parts.subject, parts.issuer) : null;
  const subject = name(parts.subject, 'subject', log);
  const issuer = self_issued ? subject : name(parts.issuer, 'issuer', log);
  const [notBefore, notAfter] = validity(parts.validity, log);
  const key = parts.spki ? log.attempt(() => publicKeyFacts(parts.spki!, log)) : null;
  const signature_algorithm = algorithm(parts.signatureAlgorithm, log);
  const extensions = extensionsOf(parts, log);
  const known = subject && issuer ? self_issued : null;
  return {
    certificate_sha256: sha256Hex(der),
    sha1: sha1Hex(der),
    version: version(parts, log),
    serial_number: serialNumber(parts.serial, log),
    ...nameFacts(subject, issuer),
    not_before: notBefore,
    not_after: notAfter,
    ...keyFacts(key),
    spki_sha256: parts.spki && !parts.spki.truncated ? sha256Hex(parts.spki.bytes) : null,
    signature_algorithm,
    ...extensions,
    self_issued: known,
    self_signed: known ? selfSigned(der, parts, key, signature_algorithm, log) : known,
    problem: log.first,
  };
}

/** Certificates of real servers stay below 100 KB. */
const MAX_CERTIFICATE_BYTES = 2 ** 20;

/** Version ::= INTEGER { v1(0), v2(1), v3(2) }, DEFAULT v1. */
function version(parts: CertificateParts, log: ProblemLog): number | null {
  const { version: element, serial } = parts;
  if (element === undefined) return serial ? 1 : null;
  return log.attempt(() => {
    const value = whole(within(element, log).next(TAG.integer, 'version'), 'version');
    const number = value.content.length === 1 ? value.content[0]! + 1 : 0;
    if (number >= 1 && number <= 3) return number;
    log.note('version is not 1, 2 or 3', value.offset);
    return null;
  });
}

function serialNumber(element: DerElement | undefined, log: ProblemLog): string | null {
  if (!element) return null;
  return log.attempt(() => {
    const { content, offset } = expectTag(element, TAG.integer, 'serial number');
    if (!isShortest(element)) log.note('serial number not in its shortest form', offset);
    if (content.length === 0) log.note('serial number without bytes', offset);
    if ((content[0] ?? 0) >= 0x80) log.note('serial number is negative', offset);
    if (content.length > MAX_SERIAL_BYTES) log.note('serial number is overlong', offset);
    const shown = content.subarray(0, MAX_SERIAL_BYTES);
    return toHex(shown.length > 1 && shown[0] === 0 ? shown.subarray(1) : shown);
  });
}

/** RFC 5280, 4.1.2.2 allows 20; ten times as many are kept. */
const MAX_SERIAL_BYTES = 200;

function name(element: DerElement | undefined, what: string, log: ProblemLog): DistinguishedName | null {
  return element ? log.attempt(() => distinguishedName(element, what, log)) : null;
}

function validity(element: DerElement | undefined, log: ProblemLog): [string | null, string | null] {
  if (!element) return [null, null];
  const reader = within(element, log);
  const notBefore = log.attempt(() => reader.any('not before'));
  const notAfter = notBefore && log.attempt(() => reader.any('not after'));
  return [
    notBefore && log.attempt(() => isoTime(notBefore, 'not before')),
    notAfter && log.attempt(() => isoTime(notAfter, 'not after')),
  ];
}

function algorithm(element: DerElement | undefined, log: ProblemLog): string | null {
  const what = 'signature algorithm';
  return element ? log.attempt(() => objectIdentifier(within(element, log).any(what), what)) : null;
}

function extensionsOf({ extensions, tbsRead }: CertificateParts, log: ProblemLog): ExtensionFacts {
  if (extensions) return extensionFacts(extensions, log);
  return tbsRead ? NO_EXTENSIONS : UNKNOWN_EXTENSIONS;
}

function nameFacts(subject: DistinguishedName | null, issuer: DistinguishedName | null) {
  return {
    subject: subject?.rfc4514 ?? null,
    subject_cn: subject?.common_name ?? null,
    subject_o: subject?.organization ?? null,
    subject_ou: subject?.organizational_unit ?? null,
    issuer: issuer?.rfc4514 ?? null,
    issuer_cn: issuer?.common_name ?? null,
    issuer_o: issuer?.organization ?? null,
    issuer_ou: issuer?.organizational_unit ?? null,
  };
}

function keyFacts(key: PublicKeyFacts | null) {
  return {
    key_algorithm: key?.algorithm ?? null,
    key_bits: key?.bits ?? null,
    key_curve: key?.curve ?? null,
    rsa_modulus_hex: key?.rsa ? toHex(key.rsa.modulus) : null,
    rsa_exponent_hex: key?.rsa ? toHex(key.rsa.exponent) : null,
  };
}

function selfSigned(
  der: Uint8Array,
  { tbs, spki, signature }: CertificateParts,
  key: PublicKeyFacts | null,
  signatureAlgorithm: string | null,
  log: ProblemLog,
): boolean | null {
  if (!tbs || !spki || !signature || !key || key.explicit_parameters || signatureAlgorithm === null)
    return null;
  if (tbs.truncated || spki.truncated || signature.truncated) return null;
  const bits = log.attempt(() => bitString(signature, 'signature'));
  if (bits === null) return null;
  const signed = { tbs: tbs.bytes, spki: spki.bytes, signature: bits.content.subarray(1) };
  return verifiesItself({ der, ...signed, key, algorithm: signatureAlgorithm });
}

function sameBytes(one: DerElement, other: DerElement): boolean {
  return Buffer.compare(one.bytes, other.bytes) === 0;
}
