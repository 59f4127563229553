/** BasicConstraints (RFC 5280, 4.2.1.9) → whether it is a CA, and how many may follow below it. */
import { DecodeError } from '../../base/errors.ts';
import { type DerReader, TAG, within } from '../der.ts';
import { unsignedInteger } from '../der-value.ts';
import type { ProblemLog } from '../problem-log.ts';

export interface BasicConstraints {
  is_ca: boolean | null;
  /** Null where there is no limit, or it can't be told. */
  path_length: number | null;
}

/** Throws DecodeError for what is no sequence; a path length that is none is noted. */
export function basicConstraints(reader: DerReader, log: ProblemLog): BasicConstraints {
  const constraints = within(reader.next(TAG.sequence, WHAT), log);
  const flag = constraints.optional(TAG.boolean, WHAT);
  const is_ca = flag !== undefined && (flag.source[flag.contentOffset] ?? 0) !== 0 && flag.size > 0;
  return { is_ca, path_length: log.attempt(() => pathLength(constraints)) };
}

function pathLength(constraints: DerReader): number | null {
  const element = constraints.optional(TAG.integer, PATH);
  if (element === undefined) return null;
  const magnitude = unsignedInteger(element, PATH);
  const isNegative = element.source[element.contentOffset]! >= 0x80;
  if (isNegative || magnitude.length > MOST_BYTES)
    throw new DecodeError(PATH, element.offset, 'a small number', isNegative ? 'a negative one' : 'more');
  return magnitude.reduce((value, octet) => value * 256 + octet, 0);
}

const WHAT = 'basic constraints';
const PATH = 'path length';
/** Chains have a handful of certificates. */
const MOST_BYTES = 3;
