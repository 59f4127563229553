/** IPv4 and IPv6 addresses to numbers and back, and CIDR blocks over them (RFC 4632, RFC 4291, RFC 5952). */

export interface IpAddress {
  family: 4 | 6;
  value: bigint;
}

export interface IpBlock {
  family: 4 | 6;
  first: bigint;
  last: bigint;
}

/**
 * The block of `text`, an address or CIDR; undefined where it is neither. Host bits must be zero. An IPv6 address may
 * stand in brackets.
 */
export function parseBlock(text: string): IpBlock | undefined {
  const [address, length, more] = text.split('/');
  const parsed = parseAddress(address!);
  if (!parsed || more !== undefined) return undefined;
  const bits = parsed.family === 4 ? 32 : 128;
  if (length !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) return undefined;
  const size = 1n << BigInt(bits - prefix);
  if (parsed.value % size !== 0n) return undefined;
  return { family: parsed.family, first: parsed.value, last: parsed.value + size - 1n };
}

export function parseAddress(text: string): IpAddress | undefined {
  const ipv4 = parseIPv4(text);
  if (ipv4 !== undefined) return { family: 4, value: BigInt(ipv4) };
  const plain = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
  const ipv6 = parseIPv6(plain);
  return ipv6 === undefined ? undefined : { family: 6, value: ipv6 };
}

/** The 32 bits of a dotted decimal address without leading zeros; undefined for anything else. */
export function parseIPv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    const byte = decimalByte(part);
    if (byte === undefined) return undefined;
    value = value * 256 + byte;
  }
  return value;
}

/** Dotted decimal, or the shortened lower-case form of RFC 5952. */
export function formatAddress(family: 4 | 6, value: bigint): string {
  return family === 4 ? formatIPv4(Number(value)) : formatIPv6(value);
}

/** The address alone, or CIDR where there is more than one. */
export function formatBlock({ family, first, last }: IpBlock): string {
  const hostBits = (last - first + 1n).toString(2).length - 1;
  const address = formatAddress(family, first);
  return hostBits === 0 ? address : `${address}/${(family === 4 ? 32 : 128) - hostBits}`;
}

export function formatIPv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/**
 * The IPv4 address to which an IPv6 address leads: mapped, compatible (RFC 4291), translated by the well-known prefix
 * (RFC 6052) or 6to4 (RFC 3056); undefined for any other.
 */
export function embeddedIPv4(value: bigint): number | undefined {
  if (EMBEDDING_PREFIXES.includes(value >> 32n)) return Number(value & 0xffff_ffffn);
  return value >> 112n === 0x2002n ? Number((value >> 80n) & 0xffff_ffffn) : undefined;
}

function decimalByte(text: string): number | undefined {
  if (text.length === 0 || text.length > 3 || (text.length > 1 && text[0] === '0')) return undefined;
  let value = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value > 255 ? undefined : value;
}

/** RFC 4291, 2.2, without a zone. Node's isIPv6 is a regular expression, 6 ms to compile at the start of each process. */
function parseIPv6(text: string): bigint | undefined {
  const lastColon = text.lastIndexOf(':');
  if (lastColon < 0) return undefined;
  const dotted = text.includes('.', lastColon) ? parseIPv4(text.slice(lastColon + 1)) : null;
  if (dotted === undefined) return undefined;
  const plain = dotted === null ? text : text.slice(0, lastColon + 1) + toGroups(dotted);
  const [head = '', tail, more] = plain.split('::');
  const [left, right] = [groupsOf(head), groupsOf(tail ?? '')];
  if (more !== undefined || !left || !right) return undefined;
  const missing = 8 - left.length - right.length;
  // The two colons stand for one group at least.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array<bigint>(missing).fill(0n), ...right];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** Undefined where a group is none. */
function groupsOf(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => BigInt(`0x${group}`))
    : undefined;
}

function toGroups(ipv4: number): string {
  return `${(ipv4 >>> 16).toString(16)}:${(ipv4 & 0xffff).toString(16)}`;
}

function formatIPv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  );
  const run = longestZeroRun(groups);
  if (run.length < 2) return groups.join(':');
  const head = groups.slice(0, run.start).join(':');
  return `${head}::${groups.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(groups: string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** The upper 96 bits of ::/96, ::ffff:0:0/96 and 64:ff9b::/96. */
const EMBEDDING_PREFIXES = [0n, 0xffffn, 0x64_ff9b_0000_0000_0000_0000n];
