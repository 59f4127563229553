/**
 * Where a token may stand (RFC 8259), leniently: commas may be missing, too many, or trailing; names, colons and brackets may not.
 * And the values of tokens that are no delimiters.
 */
import type { JsonValue } from './json-events.ts';
import type { JsonToken } from './json-tokens.ts';

/** A list or object that is open. */
export interface Frame {
  closing: '}' | ']';
  /** In an object: what comes next. In a list always `value`. */
  next: 'name' | 'colon' | 'value' | 'comma';
  name: string;
  /** Where its values go, while inside of a value that is taken; null where they are not kept. */
  into: JsonValue[] | { [name: string]: JsonValue } | null;
}

/** `frame`: the innermost one that is open; undefined at the top. */
export function isOutOfPlace(frame: Frame | undefined, { kind, text, cut }: JsonToken): boolean {
  if (kind === ':') return frame?.next !== 'colon';
  if (kind === ',') return frame?.next === 'colon' || (frame?.next === 'value' && frame.closing === '}');
  if (kind === 'bare' && (cut ? !/^[-\d]/.test(text) : !BARE.test(text))) return true;
  // A missing comma is forgiven, a missing name or colon is not.
  if (frame?.next === 'name' || frame?.next === 'comma') return frame.closing === '}' && kind !== 'string';
  return frame?.next === 'colon';
}

/** Of a string or a bare token. */
export function scalar({ kind, text, cut }: JsonToken): JsonValue {
  if (kind === 'string') return text;
  if (text === 'true' || text === 'false') return text === 'true';
  if (cut || text === 'null') return null;
  const number = Number(text);
  return Number.isFinite(number) && Number.isSafeInteger(Math.trunc(number)) ? number : null;
}

const BARE = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,3})?)$/;
