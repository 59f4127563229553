/** Certificate bytes → facts. */
export { type CertificateFacts, readCertificate } from './certificate.ts';
