/**
 * Mail servers that Debian can't install beside Postfix and Dovecot, unpacked by `unpack-packages.sh`: where their
 * programs are, and what these need in order to run outside the places and accounts that they were built for.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A file of an unpacked package, whether it is there or not. */
export function unpackedFile(packageName: string, path: string): string {
  return join(root(), packageName, path);
}

/** What to do where one of `files` is missing; undefined where all are there. */
export function missingUnpacked(server: string, files: readonly string[]): string | undefined {
  const missing = files.find((file) => !existsSync(file));
  if (missing === undefined) return undefined;
  return `${server} is not unpacked, ${missing} is missing (scripts/peers/unpack-packages.sh)`;
}

/** The accounts that a server which may not stay root runs as: nobody's for root, one's own for anyone else. */
export function serverAccount(): { uid: number; gid: number } {
  const uid = process.getuid!();
  return uid === 0 ? { uid: NOBODY, gid: NOBODY } : { uid, gid: process.getgid!() };
}

function root(): string {
  const own = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const cache = process.getuid!() === 0 ? '/var/cache' : own;
  return process.env['CENSUS_PEERS'] || join(cache, 'mail-tls-census', 'peers');
}

/** Debian policy, 9.2.2: the uid of nobody and the gid of nogroup. */
const NOBODY = 65_534;
