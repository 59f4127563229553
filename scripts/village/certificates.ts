/**
 * The village's certificates and keys, made beforehand by make-certificates.ts and kept in certificates/.
 * index.json holds what openssl said of each: the oracle's facts, none of them read by our own code.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One certificate, as openssl describes it. */
export interface CertificateEntry {
  name: string;
  /** Name of its private key. */
  key: string;
  /** RFC 4514. */
  subject: string;
  /** RSA, EC or Ed25519. */
  key_algorithm: string;
  key_bits: number;
  /** OpenSSL's name of the signature algorithm. */
  signature: string;
  sha1: string;
  sha256: string;
}

export const certificatesFolder = join(dirname(fileURLToPath(import.meta.url)), 'certificates');

let entries: CertificateEntry[] | undefined;

/** The index entry of a certificate. Throws for a name that is none. */
export function certificateEntry(name: string): CertificateEntry {
  entries ??= JSON.parse(read('index.json')) as CertificateEntry[];
  const entry = entries.find((candidate) => candidate.name === name);
  if (!entry) throw new Error(`no certificate ${name} in the village`);
  return entry;
}

export function certificatePem(name: string): string {
  return read(`${name}.pem`);
}

/** The DER of a certificate, from its PEM file. */
export function certificateDer(name: string): Uint8Array {
  return Uint8Array.from(Buffer.from(certificatePem(name).replace(/-----[^-]+-----/g, ''), 'base64'));
}

export function keyPem(name: string): string {
  return read(`${name}.key.pem`);
}

function read(file: string): string {
  return readFileSync(join(certificatesFolder, file), 'utf8');
}
