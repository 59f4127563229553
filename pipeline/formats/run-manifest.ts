/** `run.json` of `census run`: what was asked for, and which stages have ended, so that a rerun goes on from there. */
import { existsSync, readFileSync } from 'node:fs';
import { UsageError } from '../base/errors.ts';
import { writeWhole } from '../base/files.ts';

export const STAGES = ['scan', 'ingest', 'query', 'report'] as const;
export type Stage = (typeof STAGES)[number];

export interface RunManifest {
  format_version: 1;
  /** What decides the outcome: the targets' hash and the options of the scan. */
  asked: Record<string, string>;
  finished: Stage[];
}

/** The manifest at `path`; a new one where there is none. UsageError where it was made for something else. */
export function openRun(path: string, asked: Record<string, string>): RunManifest {
  if (!existsSync(path)) return { format_version: 1, asked, finished: [] };
  let known: RunManifest;
  try {
    known = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${(error as Error).message}); choose another --out`);
  }
  const differing = Object.keys(asked).find((key) => known.asked?.[key] !== asked[key]);
  if (differing) {
    throw new UsageError(
      `${path} is of a run with another ${differing}; choose another --out, or remove that one`,
    );
  }
  return known;
}

/** Notes that a stage has ended, durably. */
export function finishStage(path: string, run: RunManifest, stage: Stage): void {
  run.finished.push(stage);
  writeWhole(path, `${JSON.stringify(run, null, 1)}\n`);
}
