/** Text of other tools, and of servers through them, as records and the quarantine show it: one line that a terminal can show, bounded. */
import { printable } from '../../base/printable.ts';

/** For `error_detail`. */
export function toolWords(tool: string, text: string): string {
  return printable(`${tool}: ${text.slice(0, MAX_WORDS)}`, MAX_WORDS);
}

/** Why something is unreadable. */
export function reasonWords(text: string): string {
  return printable(text.slice(0, MAX_WORDS), MAX_WORDS);
}

/** Whether it can be the name of a target: nothing that can't be seen, and no longer than names are (RFC 1035, 3.1). */
export function isTargetName(text: string | null): text is string {
  return text !== null && /^[^\s\p{C}]{1,253}$/u.test(text);
}

const MAX_WORDS = 300;
