/** The study's pattern files → patterns with their counts, and priors that leave a port out. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Prior } from '../../pipeline/formats/prior.ts';
import { readPatterns } from '../../pipeline/ingest/study-patterns/patterns.ts';
import { readPositions } from '../../pipeline/ingest/study-patterns/positions.ts';
import { type PatternPlace, type PatternRow, priorFromPatterns } from '../../pipeline/prior/from-patterns.ts';

export interface StudyPatterns {
  places: PatternPlace[];
  rows: PatternRow[];
  names: string[];
  ports: number[];
}

export function readStudy(folder: string): StudyPatterns {
  const places = readPositions(join(folder, 'positions.csv'));
  const names = readdirSync(folder).filter((name) => /^pattern_\d+\.csv$/.test(name));
  const rows = names.sort().flatMap((name) => readPatterns(join(folder, name), places.length));
  const ports = [...new Set(rows.map((row) => row.port))].sort((a, b) => a - b);
  return { places, rows, names, ports };
}

/** What is learnt from all ports but `unseen`. */
export function priorWithout({ places, rows, names, ports }: StudyPatterns, unseen: number): Prior {
  return priorFromPatterns(
    places,
    rows,
    names,
    ports.filter((port) => port !== unseen),
  );
}
