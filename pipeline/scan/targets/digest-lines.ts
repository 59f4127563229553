/** SHA-256 over lines, however many: they are hashed as they come. */
import { createHash } from 'node:crypto';

const BATCH_CHARACTERS = 65_536;

/** Hexadecimal; each line is ended by a line feed, the text is UTF-8. */
export function digestLines(lines: Iterable<string>): string {
  const hash = createHash('sha256');
  let batch = '';
  for (const line of lines) {
    batch += `${line}\n`;
    if (batch.length < BATCH_CHARACTERS) continue;
    hash.update(batch);
    batch = '';
  }
  return hash.update(batch).digest('hex');
}
