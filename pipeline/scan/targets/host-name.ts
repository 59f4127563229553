/** Host names as targets and exclusions have them: RFC 1123, with underscores tolerated. */

/** With or without the final dot; the last label is not all digits (RFC 3696, section 2), as that of a bad address is. */
export function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  if (text.length > 253 || /^\d*$/.test(labels.at(-1)!)) return false;
  return labels.every((label) => /^[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/i.test(label));
}

/**
 * What server_name may say for `host` (RFC 6066, 3): the name without its final dot; undefined for what RFC 952 and RFC 1123
 * don't allow as a host name, as with an underscore: servers refuse a hello for it.
 */
export function serverNameOf(host: string): string | undefined {
  const name = host.replace(/\.$/, '');
  const labels = name.split('.');
  const isHost = labels.every((label) => /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i.test(label));
  return isHost && name.length <= 253 && !/^\d*$/.test(labels.at(-1)!) ? name : undefined;
}

/** The form in which two spellings of the same name are equal: lower case, without the final dot. */
export function hostKey(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}
