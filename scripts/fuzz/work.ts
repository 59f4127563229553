/** What the two threads of a fuzz run tell each other. */
import type { Finding } from './fuzz-run.ts';

export interface FuzzWork {
  seed: number;
  minutes: number;
  /** Name of the only target; null for all. */
  only: string | null;
  /** The input that is being tried. */
  input: SharedArrayBuffer;
  /** Int32: inputs so far, number of the target, bytes of the input. */
  state: SharedArrayBuffer;
}

export interface FuzzReport {
  targets: { name: string; executions: number; signatures: number }[];
  finding: Finding | null;
  done: boolean;
}
