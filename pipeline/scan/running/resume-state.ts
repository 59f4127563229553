/**
 * `resume-00017.json`, beside scan.json as long as the scan is not finished: where to go on once 17 parts are whole. It
 * is written before the scan.json that names these parts, and removed after the next one: whenever a scan is killed, the
 * one that goes with scan.json is there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { writeWhole } from '../../base/files.ts';
import type { BegunSlot, LedgerState } from './ledger.ts';

export interface ResumeState extends LedgerState {
  scan_id: string;
  /** Options that decide what is asked, and don't stand in scan.json. */
  asked: Record<string, string>;
  /** Endpoints so far that were given up because they throttle. */
  throttled: number;
}

/** Name of the file for a scan with so many whole parts. */
export function resumeFile(parts: number): string {
  return `resume-${String(parts).padStart(5, '0')}.json`;
}

export function writeResumeState(folder: string, parts: number, state: ResumeState): void {
  writeWhole(join(folder, resumeFile(parts)), `${JSON.stringify(state)}\n`);
}

/** Throws UsageError where the file is missing, or isn't one of that scan. */
export function readResumeState(folder: string, parts: number, scanId: string): ResumeState {
  const path = join(folder, resumeFile(parts));
  const todo = 'what the parts hold is whole; scan again into another --out';
  let state: unknown;
  try {
    state = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `${path} can't be read (${(error as Error).message.replaceAll('\n', ' ')}); ${todo}`,
    );
  }
  if (!isResumeState(state) || state.scan_id !== scanId) {
    throw new UsageError(`${path} doesn't say where scan ${scanId} goes on; ${todo}`);
  }
  return state;
}

function isResumeState(value: unknown): value is ResumeState {
  if (!isObject(value) || !isObject(value['asked'])) return false;
  const { scan_id, next_place, untouched, begun, throttled } = value;
  return (
    typeof scan_id === 'string' &&
    [next_place, throttled].every(isCount) &&
    isCounts(untouched) &&
    Array.isArray(begun) &&
    begun.every(isBegunSlot)
  );
}

function isBegunSlot(value: unknown): value is BegunSlot {
  if (!isObject(value) || !isCount(value['slot']) || !isCounts(value['done'])) return false;
  const { addresses } = value;
  return (
    addresses === null || (Array.isArray(addresses) && addresses.every((one) => typeof one === 'string'))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
