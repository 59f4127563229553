/** IPv4 and IPv6 addresses to numbers and back, and CIDR blocks over them (RFC 4632, RFC 4291, RFC 5952). */
import { isIPv4, isIPv6 } from 'node:net';

export interface IpBlock {
  family: 4 | 6;
  first: bigint;
  last: bigint;
}

/** The block of `text`, an address or CIDR; undefined where it is neither. Host bits must be zero. */
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

export function parseAddress(text: string): { family: 4 | 6; value: bigint } | undefined {
  if (isIPv4(text)) return { family: 4, value: fromIPv4(text) };
  if (isIPv6(text) && !text.includes('%')) return { family: 6, value: fromIPv6(text) };
  return undefined;
}

/** Dotted decimal, or the shortened lower-case form of RFC 5952. */
export function formatAddress(family: 4 | 6, value: bigint): string {
  return family === 4 ? formatIPv4(Number(value)) : formatIPv6(value);
}

function fromIPv4(text: string): bigint {
  return BigInt(text.split('.').reduce((value, part) => value * 256 + Number(part), 0));
}

function fromIPv6(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const plain = dotted ? dotted[1]! + toGroups(fromIPv4(dotted[2]!)) : text;
  const [head, tail] = plain.split('::') as [string, string | undefined];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  const groups = tail === undefined ? left : [...left, ...zeros, ...right];
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function toGroups(ipv4: bigint): string {
  return `${(ipv4 >> 16n).toString(16)}:${(ipv4 & 0xffffn).toString(16)}`;
}

function formatIPv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
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
