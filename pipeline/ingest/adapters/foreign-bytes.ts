/** Bytes and numbers in the JSON of other tools → values, or null for what can't be one: nothing is read half. */
import { sha256Hex, toHex } from '../../base/hex.ts';
import { part } from './json-stream/json-access.ts';
import type { JsonValue } from './json-stream/json-events.ts';

/** A whole number from 0 to `most`. */
export function integerAt(value: JsonValue, most: number, ...names: string[]): number | null {
  const found = part(value, ...names);
  return typeof found === 'number' && Number.isInteger(found) && found >= 0 && found <= most ? found : null;
}

/** Bytes in base64 (RFC 4648, 4), as Go and Python write them: with padding, without line feeds. */
export function base64At(value: JsonValue, ...names: string[]): Uint8Array | null {
  const found = part(value, ...names);
  if (typeof found !== 'string' || found.length % 4 !== 0 || !BASE64.test(found)) return null;
  return Buffer.from(found, 'base64');
}

/** A time with its zone (RFC 3339) → UTC, as records have it. */
export function utcAt(value: JsonValue, ...names: string[]): string | null {
  const found = part(value, ...names);
  const match = typeof found === 'string' ? RFC3339.exec(found) : null;
  if (!match) return null;
  const [, seconds, fraction = '', zone] = match;
  const time = new Date(`${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}${zone!.toUpperCase()}`);
  const isUsable =
    !Number.isNaN(time.getTime()) && time.getUTCFullYear() > 0 && time.getUTCFullYear() < 10_000;
  return isUsable ? time.toISOString() : null;
}

/** Without leading zeros; null for zero, and for none. */
export function positiveInteger(bytes: Uint8Array | null): Uint8Array | null {
  const first = bytes?.findIndex((byte) => byte !== 0) ?? -1;
  return bytes === null || first === -1 ? null : bytes.subarray(first);
}

/** Of a number without leading zeros. */
export function bitLength(bytes: Uint8Array): number {
  return bytes.length * 8 - Math.clz32(bytes[0]!) + 24;
}

/** As the raw record names a finite-field group. */
export function dhGroupId(prime: Uint8Array, generator: Uint8Array): string {
  return sha256Hex(`${toHex(prime)}:${toHex(generator)}`);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(Z|z|[+-]\d\d:\d\d)$/;
