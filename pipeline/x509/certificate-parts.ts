/** Certificate bytes → the elements of Certificate and TBSCertificate (RFC 5280, 4.1), as far as they can be told apart. */
import { context, type DerElement, DerReader, TAG, within } from './der.ts';
import type { ProblemLog } from './problem-log.ts';

export interface CertificateParts {
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

/** Never throws: what can't be told apart is missing, and noted. */
export function readParts(der: Uint8Array, log: ProblemLog): CertificateParts {
  const parts: CertificateParts = {};
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

function readTbs(parts: CertificateParts, log: ProblemLog): void {
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
