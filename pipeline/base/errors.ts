/**
 * The two kinds of error that this project throws on purpose. What a peer did is data and never thrown;
 * a bug is an ordinary Error with its stack.
 */

/** The operator got something wrong. `message` is one line: what is wrong, and what to do. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Bytes that make no sense: what was read, at which offset, what was expected and what was found. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly what: string;
  /** Bytes from the start of the reader's buffer. */
  readonly offset: number;
  readonly expected: string;
  readonly found: string;

  constructor(what: string, offset: number, expected: string, found: string) {
    super(`${what} at byte ${offset}: expected ${expected}, found ${found}`);
    this.what = what;
    this.offset = offset;
    this.expected = expected;
    this.found = found;
  }
}
