/** Names of scans: they become folder names of the lake, so they hold nothing that a path could misread. */
export function isScanId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
}
