/**
 * Pattern files of the study → patterns with their counts. CSV with the columns count, port, pattern (ratio and
 * others are ignored); one character a handshake, `a` accepted, `r` rejected.
 */
import { UsageError } from '../../base/errors.ts';
import { MAIL_PORTS } from '../../formats/ports.ts';
import { csvRows } from './csv-rows.ts';

export interface Pattern {
  /** Endpoints that answered so. */
  count: number;
  port: number;
  pattern: string;
}

/** Reads one file. UsageError with file, line and place for a row that makes no sense. */
export function readPatterns(path: string, length: number): Pattern[] {
  const patterns = csvRows(path, ['count', 'port', 'pattern']).map(({ line, values }) => {
    const [count, port, pattern] = values as [string, string, string];
    checkPattern(`${path}:${line}`, pattern, length);
    return {
      count: wholeNumber(`${path}:${line}: count`, count, MOST_ENDPOINTS),
      port: mailPortOf(`${path}:${line}: port`, port),
      pattern,
    };
  });
  if (patterns.length === 0) throw new UsageError(`${path} has no patterns; nothing written`);
  return patterns;
}

function checkPattern(where: string, pattern: string, length: number): void {
  const strange = /[^ar]/u.exec(pattern);
  if (strange) {
    throw new UsageError(
      `${where}: column ${strange.index + 1} of the pattern is ${JSON.stringify(strange[0])}, ` +
        'expected a (accepted) or r (rejected); nothing written',
    );
  }
  if (pattern.length !== length) {
    throw new UsageError(
      `${where}: the pattern has ${pattern.length} columns, the position table has ${length}; nothing written`,
    );
  }
}

/** All of IPv4. */
const MOST_ENDPOINTS = 2 ** 32;

/** A lake has no others. */
function mailPortOf(what: string, text: string): number {
  const found = MAIL_PORTS.find(({ port }) => String(port) === text);
  if (found) return found.port;
  const known = MAIL_PORTS.map(({ port }) => port).join(', ');
  const shown = JSON.stringify(text.slice(0, 40));
  throw new UsageError(`${what} is ${shown}, expected a mail port (${known}); nothing written`);
}

function wholeNumber(what: string, text: string, most: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) {
    const found = JSON.stringify(text.slice(0, 40));
    throw new UsageError(`${what} is ${found}, expected a whole number from 1 to ${most}; nothing written`);
  }
  return value;
}
