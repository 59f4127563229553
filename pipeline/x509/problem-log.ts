/** The first thing that could not be read, or was not as it should be; later ones say little more. */
import { DecodeError } from '../base/errors.ts';

export class ProblemLog {
  /** One line for people, with the byte offset; null while all is well. */
  first: string | null = null;

  note(problem: string, offset: number): void {
    this.first ??= `${problem} at byte ${offset}`;
  }

  /** What `read` gives, or null where it throws DecodeError, whose message is noted. */
  attempt<Value>(read: () => Value): Value | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.first ??= error.message;
      return null;
    }
  }
}
