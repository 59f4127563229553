/**
 * Names of scans: they become folder names of the lake, so they hold nothing that a path could misread, on any
 * system: no dot at the end (Windows drops it).
 */
export function isScanId(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_-])?$/.test(text);
}
