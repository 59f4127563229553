/** Country codes of address ranges, each once. */
import type { AddressTable } from './address-ranges.ts';

export interface Countries {
  /** Values are indices into the list. */
  table: AddressTable;
  /** ISO 3166-1, two capital letters. */
  codes: string[];
}

/** The index of a code, which joins the list where it is new. */
export function placeOf(codes: string[], code: string): number {
  const known = codes.indexOf(code);
  return known >= 0 ? known : codes.push(code) - 1;
}
