/** SHA-256 of a certificate in PEM, as the raw record writes it. */
import { X509Certificate } from 'node:crypto';

export function certificateHash(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
}
