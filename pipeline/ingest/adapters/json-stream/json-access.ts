/** Parts of a JSON value that may be of any shape: what is asked for, or null (empty lists) where it is something else. */
import type { JsonValue } from './json-events.ts';

/** The value at the end of `names`, from object to object. */
export function part(value: JsonValue, ...names: string[]): JsonValue {
  let at = value;
  for (const name of names) {
    if (at === null || typeof at !== 'object' || Array.isArray(at)) return null;
    at = at[name] ?? null;
  }
  return at;
}

export function textAt(value: JsonValue, ...names: string[]): string | null {
  const found = part(value, ...names);
  return typeof found === 'string' ? found : null;
}

export function booleanAt(value: JsonValue, ...names: string[]): boolean | null {
  const found = part(value, ...names);
  return typeof found === 'boolean' ? found : null;
}

export function listAt(value: JsonValue, ...names: string[]): readonly JsonValue[] {
  const found = part(value, ...names);
  return Array.isArray(found) ? found : [];
}

/** A TCP port, as a number or as digits. */
export function portAt(value: JsonValue, ...names: string[]): number | null {
  const found = part(value, ...names);
  const port = typeof found === 'string' && /^\d{1,5}$/.test(found) ? Number(found) : found;
  return Number.isInteger(port) && (port as number) > 0 && (port as number) < 65_536
    ? (port as number)
    : null;
}
