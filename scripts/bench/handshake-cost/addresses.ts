/** The bench's servers: an address of 127.0.0.0/8 each, counted from 127.1.0.0, all on one port. */
export function addressAt(index: number): string {
  return `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
}
