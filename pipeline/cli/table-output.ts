/** Formats that tables are written in, and how they go to standard output. */
import { UsageError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import type { RenderFormat } from '../query/render/index.ts';

export type Format = RenderFormat | 'parquet';

export const EXTENSIONS: Record<Format, string> = {
  table: 'txt',
  csv: 'csv',
  json: 'json',
  markdown: 'md',
  latex: 'tex',
  arrow: 'arrow',
  parquet: 'parquet',
};
export const FORMATS = Object.keys(EXTENSIONS) as Format[];
const BINARY: readonly Format[] = ['arrow', 'parquet'];

export function isBinary(format: Format): boolean {
  return BINARY.includes(format);
}

/** UsageError for bytes that would go to a terminal. */
export function checkBinaryOutput(format: Format, otherwise = ''): void {
  if (isBinary(format) && process.stdout.isTTY) {
    throw new UsageError(`${format} is not for a terminal; send it to a file${otherwise}`);
  }
}

/** Formats for programs carry the exact text of peers: a file or a pipe gets it, a terminal gets escapes. */
export function writeOutput(content: string | Uint8Array): void {
  process.stdout.write(process.stdout.isTTY && typeof content === 'string' ? forTerminal(content) : content);
}

function forTerminal(content: string): string {
  return content
    .split('\n')
    .map((line) => printable(line))
    .join('\n');
}
