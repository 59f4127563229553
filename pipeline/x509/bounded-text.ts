/**
 * Texts out of certificates, bounded: a certificate may be a mebibyte of one name. What is cut is noted, and a cut never
 * falls into a character, so that the text stays well-formed.
 */
import type { ProblemLog } from './problem-log.ts';

/** Characters of a whole name, subject or issuer. */
export const MAX_NAME_CHARACTERS = 4096;
/** Characters of one attribute's value in a name. */
export const MAX_VALUE_CHARACTERS = 1024;
/** Characters of a list: certificates of shared hosts have thousands of names. */
export const MAX_LIST_CHARACTERS = 65_536;

/** `text`, or as much of it as `most` characters hold. */
export function boundedText(
  text: string,
  most: number,
  what: string,
  offset: number,
  log: ProblemLog,
): string {
  if (text.length <= most) return text;
  log.note(`${what} is longer than ${most} characters`, offset);
  const isInside = (text.charCodeAt(most - 1) & 0xfc00) === 0xd800;
  return text.slice(0, isInside ? most - 1 : most);
}

/** Words that will be joined by spaces, as long as the text has room. */
export class WordList {
  readonly #words: string[] = [];
  readonly #what: string;
  readonly #log: ProblemLog;
  #characters = 0;

  constructor(what: string, log: ProblemLog) {
    this.#what = what;
    this.#log = log;
  }

  /** Whether there was room for `word`, which came from `offset`; where there is none, that is noted. */
  add(word: string, offset: number): boolean {
    this.#characters += word.length + 1;
    if (this.#characters > MAX_LIST_CHARACTERS) {
      this.#log.note(`${this.#what}: more than ${MAX_LIST_CHARACTERS} characters`, offset);
      return false;
    }
    this.#words.push(word);
    return true;
  }

  /** Null where there are none. */
  get text(): string | null {
    return this.#words.length === 0 ? null : this.#words.join(' ');
  }
}
