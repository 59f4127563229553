/** Where downloads are kept that a clone does not hold: CENSUS_TRINO, else a cache, root's in /var, anyone else's at home. */
import { homedir } from 'node:os';
import { join } from 'node:path';

export function cacheFolder(name: string): string {
  const caches =
    process.getuid?.() === 0 ? '/var/cache' : (process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'));
  return join(process.env['CENSUS_TRINO'] ?? join(caches, 'mail-tls-census', 'trino'), name);
}
