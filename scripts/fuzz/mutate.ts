/**
 * Bytes to bytes that are a little wrong: bits, lengths, cuts, repeats, words of the grammar, pieces of other inputs.
 * What comes out is bounded, however often it goes round.
 */
import { concatBytes } from './concat-bytes.ts';
import type { Random } from './random.ts';

export const MAX_INPUT_BYTES = 65_536;

/** What may be put in besides bytes. */
export interface Material {
  others: readonly Uint8Array[];
  words: readonly Uint8Array[];
}

/** One to six changes, few more often than many. */
export function mutate(bytes: Uint8Array, material: Material, random: Random): Uint8Array {
  let changed = bytes;
  for (let count = 1 + random.below(1 + random.below(6)); count > 0; count--) {
    changed = random.pick(CHANGES)(changed, material, random);
  }
  return changed.subarray(0, MAX_INPUT_BYTES);
}

type Change = (bytes: Uint8Array, material: Material, random: Random) => Uint8Array;

const flipBit: Change = (bytes, _, random) =>
  altered(bytes, random, (copy, at) => {
    copy[at]! ^= 1 << random.below(8);
  });

const setByte: Change = (bytes, _, random) =>
  altered(bytes, random, (copy, at) => {
    copy[at] = random.below(2) ? random.pick(ODD_BYTES) : random.below(256);
  });

/** A number of one to four bytes, set to an odd one or moved by a little: lengths are such numbers. */
const setNumber: Change = (bytes, _, random) =>
  altered(bytes, random, (copy, at) => {
    const size = Math.min(1 + random.below(4), copy.length - at);
    const view = Buffer.from(copy.buffer, copy.byteOffset, copy.length);
    const limit = 2 ** (8 * size);
    const moved = view.readUIntBE(at, size) + random.below(9) - 4;
    const value = random.below(3) ? moved : random.pick(ODD_NUMBERS);
    view.writeUIntBE(((value % limit) + limit) % limit, at, size);
  });

const insertBytes: Change = (bytes, _, random) => inserted(bytes, random.bytes(random.below(20)), random);

const insertWord: Change = (bytes, { words }, random) =>
  words.length > 0 ? inserted(bytes, random.pick(words), random) : flipBit(bytes, NO_MATERIAL, random);

const insertPiece: Change = (bytes, { others }, random) => {
  const other = others.length > 0 ? random.pick(others) : bytes;
  const start = random.below(other.length + 1);
  return inserted(bytes, other.subarray(start, start + random.below(2000)), random);
};

const remove: Change = (bytes, _, random) => {
  const start = random.below(bytes.length + 1);
  const most = random.below(2) ? 8 : bytes.length;
  return concatBytes(bytes.subarray(0, start), bytes.subarray(start + random.below(most + 1)));
};

const repeat: Change = (bytes, _, random) => {
  const start = random.below(bytes.length + 1);
  const piece = bytes.subarray(start, start + 1 + random.below(random.below(2) ? 16 : 1000));
  const times = 1 + random.below(random.below(20) ? 3 : 100);
  return inserted(bytes, concatBytes(...Array.from({ length: times }, () => piece)), random);
};

const cut: Change = (bytes, _, random) => bytes.subarray(0, random.below(bytes.length + 1));

const CHANGES: readonly Change[] = [
  ...[flipBit, flipBit, setByte, setByte, setNumber, setNumber, insertBytes, insertWord, insertWord],
  ...[insertPiece, remove, remove, repeat, cut],
];

function altered(
  bytes: Uint8Array,
  random: Random,
  change: (copy: Uint8Array, at: number) => void,
): Uint8Array {
  if (bytes.length === 0) return random.bytes(1);
  const copy = bytes.slice();
  change(copy, random.below(copy.length));
  return copy;
}

function inserted(bytes: Uint8Array, piece: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  return concatBytes(bytes.subarray(0, at), piece, bytes.subarray(at));
}

const NO_MATERIAL: Material = { others: [], words: [] };
const ODD_BYTES: readonly number[] = [0, 1, 2, 3, 9, 10, 13, 32, 0x30, 0x7f, 0x80, 0x81, 0x84, 0xfe, 0xff];
const ODD_NUMBERS: readonly number[] = [
  0, 1, 127, 128, 255, 256, 0x3fff, 0x4000, 0x4800, 0xffff, 0x40000, 0xffffff,
];
