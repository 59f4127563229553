/**
 * Certificate bytes → facts (RFC 5280, 4.1), column by column of the lake's table `certificates`. Tolerant: more than
 * half of what mail servers show is self-signed or malformed, and still says something. It doesn't judge: no chain,
 * no revocation, no validity at some moment.
 */
import { sha1Hex, sha256Hex, toHex } from '../base/hex.ts';
import { context, type DerElement, DerReader, TAG, whole, within } from './der.ts';
import { bitString, expectTag, objectIdentifier } from './der-value.ts';
import { type DistinguishedName, distinguishedName } from './distinguished-name.ts';
import { extensionFacts, NO_EXTENSIONS } from './extensions.ts';
import { ProblemLog } from './problem-log.ts';
import { type PublicKeyFacts, publicKeyFacts } from './public-key.ts';
import { verifiesItself } from './self-signature.ts';
import { isoTime } from './time.ts';

/** What a certificate says; null where it can't be read. Columns of the lake's `certificates`, without `der`. */
export interface CertificateFacts {
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
  /** `YYYY-MM-DDTHH:MM:SSZ`. */
  not_before: string | null;
  not_after: string | null;
  /** Object identifier. */
  key_algorithm: string | null;
  key_bits: number | null;
  /** Object identifier of a named curve. */
  key_curve: string | null;
  spki_sha256: string | null;
  /** Object identifier. */
  signature_algorithm: string | null;
  /** DNS names and addresses, joined by spaces. */
  subject_alt_names: string | null;
  is_ca: boolean | null;
  self_issued: boolean | null;
  self_signed: boolean | null;
  /** The first thing that could not be read or is not DER, and where; null where all is well. */
  problem: string | null;
}

/** Never throws. Time is proportional to the size of `der`, which is read up to a mebibyte. */
export function readCertificate(der: Uint8Array): CertificateFacts {
  const log = new ProblemLog();
  const parts = readParts(der.subarray(0, MAX_CERTIFICATE_BYTES), log);
  const subject = name(parts.subject, 'subject', log);
  const issuer = name(parts.issuer, 'issuer', log);
  const [notBefore, notAfter] = validity(parts.validity, log);
  const key = parts.spki ? log.attempt(() => publicKeyFacts(parts.spki!, log)) : null;
  const self_issued =
    parts.subject && parts.issuer && subject && issuer ? sameBytes(parts.subject, parts.issuer) : null;
  const signature_algorithm = algorithm(parts.signatureAlgorithm, log);
  const { subject_alt_names, is_ca } = extensions(parts, log);
  return {
    certificate_sha256: sha256Hex(der),
    sha1: sha1Hex(der),
    version: version(parts, log),
    serial_number: serialNumber(parts.serial, log),
    subject: subject?.rfc4514 ?? null,
    subject_cn: subject?.common_name ?? null,
    subject_o: subject?.organization ?? null,
    subject_ou: subject?.organizational_unit ?? null,
    issuer: issuer?.rfc4514 ?? null,
    issuer_cn: issuer?.common_name ?? null,
    not_before: notBefore,
    not_after: notAfter,
    key_algorithm: key?.algorithm ?? null,
    key_bits: key?.bits ?? null,
    key_curve: key?.curve ?? null,
    spki_sha256: parts.spki && !parts.spki.truncated ? sha256Hex(parts.spki.bytes) : null,
    signature_algorithm,
    subject_alt_names,
    is_ca,
    self_issued,
    self_signed: self_issued ? selfSigned(der, parts, key, signature_algorithm, log) : self_issued,
    problem: log.first,
  };
}

/** Certificates of real servers stay below 100 KB. */
const MAX_CERTIFICATE_BYTES = 2 ** 20;

interface Parts {
  tbs?: DerElement;
  version?: DerElement | undefined;
  serial?: DerElement;
  issuer?: DerElement;
  validity?: DerElement;
  subject?: DerElement;
  spki?: DerElement;
  extensions?: DerElement | undefined;
  /** All of TBSCertificate was gone through, so that what is missing is not there. */
  tbsRead?: boolean;
  signatureAlgorithm?: DerElement;
  signature?: DerElement;
}

/** The elements of a certificate, as far as they can be told apart. */
function readParts(der: Uint8Array, log: ProblemLog): Parts {
  const parts: Parts = {};
  log.attempt(() => {
    const reader = new DerReader(der, log);
    const certificate = reader.next(TAG.sequence, 'certificate');
    const body = within(certificate, log);
    parts.tbs = body.next(TAG.sequence, 'TBSCertificate');
    log.attempt(() => readTbs(parts, log));
    parts.signatureAlgorithm = body.next(TAG.sequence, 'signature algorithm');
    parts.signature = body.next(TAG.bitString, 'signature');
    if (!body.done) log.note('bytes after the signature', body.offset);
    if (!reader.done) log.note('bytes after the certificate', reader.offset);
  });
  return parts;
}

function readTbs(parts: Parts, log: ProblemLog): void {
  const reader = within(parts.tbs!, log);
  parts.version = reader.optional(context(0), 'version');
  parts.serial = reader.next(TAG.integer, 'serial number');
  reader.next(TAG.sequence, 'signature algorithm in TBSCertificate');
  parts.issuer = reader.next(TAG.sequence, 'issuer');
  parts.validity = reader.next(TAG.sequence, 'validity');
  parts.subject = reader.next(TAG.sequence, 'subject');
  parts.spki = reader.next(TAG.sequence, 'public key');
  reader.optional(context(1), 'issuer unique identifier');
  reader.optional(context(2), 'subject unique identifier');
  parts.extensions = reader.optional(context(3), 'extensions');
  if (!reader.done) log.note('bytes after the extensions', reader.offset);
  parts.tbsRead = !parts.tbs!.truncated;
}

/** Version ::= INTEGER { v1(0), v2(1), v3(2) }, DEFAULT v1. */
function version(parts: Parts, log: ProblemLog): number | null {
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

function extensions(
  parts: Parts,
  log: ProblemLog,
): { subject_alt_names: string | null; is_ca: boolean | null } {
  if (parts.extensions) return extensionFacts(parts.extensions, log);
  return parts.tbsRead ? NO_EXTENSIONS : { subject_alt_names: null, is_ca: null };
}

function selfSigned(
  der: Uint8Array,
  { tbs, spki, signature }: Parts,
  key: PublicKeyFacts | null,
  signatureAlgorithm: string | null,
  log: ProblemLog,
): boolean | null {
  if (!tbs || !spki || !signature || key?.explicit_parameters || signatureAlgorithm === null) return null;
  if (tbs.truncated || spki.truncated || signature.truncated) return null;
  const bits = log.attempt(() => bitString(signature, 'signature'));
  if (bits === null) return null;
  const algorithm = signatureAlgorithm;
  return verifiesItself({ der, tbs: tbs.bytes, spki: spki.bytes, algorithm, signature: bits.octets });
}

function sameBytes(one: DerElement, other: DerElement): boolean {
  return Buffer.compare(one.bytes, other.bytes) === 0;
}
