/** Host names as targets and exclusions have them: RFC 1123, with underscores tolerated. */

/** With or without the final dot; the last label is not all digits (RFC 3696, section 2), as that of a bad address is. */
export function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  if (text.length > 253 || /^\d*$/.test(labels.at(-1)!)) return false;
  return labels.every((label) => /^[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/i.test(label));
}

/** The form in which two spellings of the same name are equal: lower case, without the final dot. */
export function hostKey(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}
