/** `run.json` of `census run`: what was asked for, and which stages have ended, so that a rerun goes on from there. */
import { existsSync, readFileSync } from 'node:fs';
import { UsageError } from '../base/errors.ts';
import { writeWhole } from '../base/files.ts';
import { printable } from '../base/printable.ts';

export const STAGES = ['scan', 'ingest', 'query', 'report'] as const;
export type Stage = (typeof STAGES)[number];

export const RUN_FORMAT_VERSION = 1;

export interface RunManifest {
  format_version: typeof RUN_FORMAT_VERSION;
  /** What decides the outcome: the targets' hash and the options of the scan. */
  asked: Record<string, string>;
  /** Title of the report; null for the usual one. */
  title: string | null;
  finished: Stage[];
}

/**
 * The manifest at `path`; a new one where there is none. Another title than before makes the report unfinished.
 * UsageError where it was made for something else or by a newer version, and for what is no such manifest.
 */
export function openRun(path: string, asked: Record<string, string>, title: string | null): RunManifest {
  if (!existsSync(path)) return { format_version: RUN_FORMAT_VERSION, asked, title, finished: [] };
  const known = parseRun(path);
  const differing = Object.keys(asked).find((key) => known.asked[key] !== asked[key]);
  if (differing) {
    throw new UsageError(
      `${path} is of a run with another ${differing}; choose another --out, or remove that one`,
    );
  }
  const finished =
    known.title === title ? known.finished : known.finished.filter((stage) => stage !== 'report');
  return { ...known, title, finished };
}

/** Notes that a stage has ended, durably. */
export function finishStage(path: string, run: RunManifest, stage: Stage): void {
  run.finished.push(stage);
  writeWhole(path, `${JSON.stringify(run, null, 1)}\n`);
}

function parseRun(path: string): RunManifest {
  let value: Partial<Record<keyof RunManifest, unknown>>;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read (${printable((error as Error).message, 100)}); choose another --out`,
    );
  }
  if (typeof value?.format_version === 'number' && value.format_version > RUN_FORMAT_VERSION) {
    throw new UsageError(
      `${path} has format ${value.format_version}, this program reads up to ${RUN_FORMAT_VERSION}; ` +
        'use a newer version of mail-tls-census, or choose another --out',
    );
  }
  if (!isRun(value)) throw new UsageError(`${path} is no run.json of census run; choose another --out`);
  return value;
}

function isRun(value: Partial<Record<keyof RunManifest, unknown>> | null): value is RunManifest {
  const stages: readonly unknown[] = STAGES;
  return (
    value?.format_version === RUN_FORMAT_VERSION &&
    typeof value.asked === 'object' &&
    value.asked !== null &&
    (value.title === null || typeof value.title === 'string') &&
    Array.isArray(value.finished) &&
    value.finished.every((stage) => stages.includes(stage))
  );
}
