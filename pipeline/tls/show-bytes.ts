/** Bytes that no one could read, for an error message: hexadecimal, and as text, since they often are text. */
import { toHex } from '../base/hex.ts';
import { printable } from '../base/printable.ts';

const MOST_BYTES = 16;

/** One line: the first bytes, at most 16. */
export function showBytes(bytes: Uint8Array): string {
  const first = bytes.subarray(0, MOST_BYTES);
  return `${toHex(first)} "${printable(String.fromCharCode(...first))}"`;
}
