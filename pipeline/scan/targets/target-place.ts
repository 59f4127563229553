/** Where in the operator's files something stands, and the error that says so. */
import { UsageError } from '../../base/errors.ts';

export interface TargetPlace {
  /** File name for messages. */
  source: string;
  /** From 1. */
  line: number;
}

/** Throws the UsageError of one bad line. */
export function badLine({ source, line }: TargetPlace, what: string, todo: string): never {
  throw new UsageError(`${source}, line ${line}: ${what}; ${todo}; nothing was scanned`);
}

/** The line without its comment (`#` at its begin or after a space), a byte order mark and outer spaces. */
export function withoutComment(text: string): string {
  const line = text.startsWith('\ufeff') ? text.slice(1) : text;
  return (line.includes('#') ? line.replace(/(?:^|\s)#.*$/, '') : line).trim();
}
