/**
 * Stable sort of indices by a number each (least significant digit first, 16 bits a digit): linear, and without an
 * object or a comparator an entry, which tens of millions of targets could not afford.
 */
const DIGIT_BITS = 16;
const DIGITS = 1 << DIGIT_BITS;

/** `order` sorted by `key`, a whole number of at most 53 bits; equal ones keep their order. May reuse `order`. */
export function sortedBy(order: Uint32Array, key: (index: number) => number): Uint32Array {
  const { max, sorted } = survey(order, key);
  if (sorted) return order;
  let from: Uint32Array = order;
  let to: Uint32Array = new Uint32Array(order.length);
  for (let unit = 1; unit <= max; unit *= DIGITS) {
    // The bitwise operator takes the low 32 bits of any whole number below 2^53.
    const digit = (index: number) => Math.floor(key(index) / unit) & (DIGITS - 1);
    if (!scatter(from, to, digit)) continue;
    [from, to] = [to, from];
  }
  return from;
}

/** The numbers from 0 up to `length`. */
export function identityOrder(length: number): Uint32Array {
  const order = new Uint32Array(length);
  for (let index = 0; index < length; index++) order[index] = index;
  return order;
}

function survey(order: Uint32Array, key: (index: number) => number): { max: number; sorted: boolean } {
  let [max, before, sorted] = [0, 0, true];
  for (const index of order) {
    const value = key(index);
    if (value > max) max = value;
    if (value < before) sorted = false;
    before = value;
  }
  return { max, sorted };
}

/** Whether it moved anything: false where all have the same digit. */
function scatter(from: Uint32Array, to: Uint32Array, digit: (index: number) => number): boolean {
  const places = new Uint32Array(DIGITS);
  for (const index of from) places[digit(index)]!++;
  if (from.length > 0 && places[digit(from[0]!)] === from.length) return false;
  let place = 0;
  for (let value = 0; value < DIGITS; value++) {
    const count = places[value]!;
    places[value] = place;
    place += count;
  }
  for (const index of from) to[places[digit(index)]!++] = index;
  return true;
}
