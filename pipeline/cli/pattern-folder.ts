/** A folder with the study's pattern files and their position table → what they say. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { type Pattern, type Position, readPatterns, readPositions } from '../ingest/index.ts';

export interface PatternFolder {
  /** Of the pattern files, sorted. */
  names: string[];
  positions: Position[];
  patterns: Pattern[];
}

/** Reads all `pattern_PORT.csv` of `folder`. UsageError, which names `option`, for a folder without any. */
export function readPatternFolder(folder: string, option: string): PatternFolder {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new UsageError(`${option}: ${folder} is no folder; name the one with positions.csv`);
  }
  const names = readdirSync(folder)
    .filter((name) => /^pattern_\d+\.csv$/.test(name))
    .sort();
  if (names.length === 0) throw new UsageError(`${option}: ${folder} has no pattern_PORT.csv`);
  const positions = readPositions(join(folder, 'positions.csv'));
  const patterns = names.flatMap((name) => readPatterns(join(folder, name), positions.length));
  return { names, positions, patterns };
}
