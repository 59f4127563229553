/** A certificate that nobody's list has, and a user with a password, as files of Trino's (its documentation: password file authentication). */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openssl } from '../peers/openssl.ts';
import type { SecuredAccess } from './trino-node.ts';

export const CLUSTER_USER = 'census';
export const CLUSTER_PASSWORD = 'only on loopback';

/** Into `folder`; the certificate is for 127.0.0.1, and signs itself. */
export function makeSecuredAccess(folder: string): Omit<SecuredAccess, 'port'> {
  const [key, certificate] = [join(folder, 'key.pem'), certificateOf(folder)];
  openssl(
    ...['req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-days', '2', '-subj', '/CN=census test cluster'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
  );
  const keystore = join(folder, 'keystore.pem');
  writeFileSync(keystore, readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'), { mode: 0o600 });
  const passwords = join(folder, 'password.db');
  writeFileSync(passwords, `${CLUSTER_USER}:${passwordHash(CLUSTER_PASSWORD)}\n`, { mode: 0o600 });
  return { keystore, passwords };
}

/** The certificate alone, as clients are to trust it. */
export function certificateOf(folder: string): string {
  return join(folder, 'certificate.pem');
}

/** `iterations:salt:hash`, PBKDF2 with HMAC-SHA1, as Trino reads it. */
function passwordHash(password: string): string {
  const salt = randomBytes(16);
  const hash = pbkdf2Sync(password, salt, 1000, 64, 'sha1');
  return `1000:${salt.toString('hex')}:${hash.toString('hex')}`;
}
