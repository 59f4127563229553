/** A whole number of an engine, 64 bits or more → a number of JavaScript, which is exact up to 2^53. */
import { UsageError } from '../base/errors.ts';

/** UsageError for one that would lose digits: no count is so large, but a statement of the operator's own may make one. */
export function exactNumber(value: bigint | number): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new UsageError(`${value} is too large for an exact number here; cast it to varchar or to double`);
}
