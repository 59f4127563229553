/**
 * A growing column of numbers, in chunks of typed arrays: nothing is copied when it grows, and a chunk that holds only
 * zeros takes no memory. Ten million IPv4 addresses with the scan's own ports are 40 MB so, and no objects.
 */
type NumberArray = Uint8Array | Uint32Array | Float64Array;
type NumberArrayType = new (length: number) => NumberArray;

const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;

export class Column {
  readonly #type: NumberArrayType;
  readonly #chunks: (NumberArray | undefined)[] = [];
  length = 0;

  constructor(type: NumberArrayType) {
    this.#type = type;
  }

  push(value: number): void {
    const index = this.length++;
    const chunk = index >>> CHUNK_BITS;
    if (chunk === this.#chunks.length) this.#chunks.push(undefined);
    if (value === 0) return;
    this.#chunks[chunk] ??= new this.#type(CHUNK);
    this.#chunks[chunk]![index & (CHUNK - 1)] = value;
  }

  /** The value at `index`, which must be below `length`. */
  at(index: number): number {
    return this.#chunks[index >>> CHUNK_BITS]?.[index & (CHUNK - 1)] ?? 0;
  }

  /** Whether all values are zero. */
  get isZero(): boolean {
    return this.#chunks.every((chunk) => chunk === undefined);
  }
}
