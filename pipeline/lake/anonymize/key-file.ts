/** The key of an anonymised lake: 32 random bytes in a file of their own, as they are or as 64 hexadecimal digits. */
import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { UsageError } from '../../base/errors.ts';
import { fromHex, toHex } from '../../base/hex.ts';
import { CRYPTO_PAN_KEY_BYTES } from './crypto-pan.ts';

/** UsageError for a file that cannot be read or holds no key; what it holds is never shown. */
export function readKey(path: string): Uint8Array {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw new UsageError(
      `the key ${path} cannot be read (${(error as NodeJS.ErrnoException).code}); make one with: census export --new-key FILE`,
    );
  }
  if (content.length === CRYPTO_PAN_KEY_BYTES) return new Uint8Array(content);
  const text = content.length <= 100 ? content.toString('latin1').trim() : '';
  if (/^[0-9a-f]{64}$/i.test(text)) return fromHex(text);
  throw new UsageError(
    `${path} holds no key: it takes 32 bytes, or 64 hexadecimal digits; make one with: census export --new-key FILE`,
  );
}

/** Writes a new key, which only its owner can read. UsageError where a file is there already. */
export function writeNewKey(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`${path} is there already, and a key is never written over; choose another name`);
  }
  try {
    writeSync(file, `${toHex(randomBytes(CRYPTO_PAN_KEY_BYTES))}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The key of the other pseudonyms: who finds it out of them has not found the one of addresses. */
export function pseudonymKey(key: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update('mail-tls-census: pseudonyms of names and hashes').digest();
}
