/** What a scan and its workers say to each other, by structured clone. */
import type { ScanOptions } from '../options.ts';
import type { Endpoint } from '../targets/endpoints.ts';
import type { PackedResult } from './packed-result.ts';

/** What a worker is told of the scan: it gets its endpoints one by one. */
export type WorkerOptions = Omit<ScanOptions, 'targets' | 'exclusion' | 'signal'>;

export type ToWorker =
  | { kind: 'begin'; options: WorkerOptions; scan_id: string }
  /** `task`: endpoints with the same number share a budget, of which `handshakes` are left. */
  | { kind: 'probe'; id: number; endpoint: Endpoint; task: number; handshakes: number }
  /** The wait that the worker asked for by this number is over. */
  | { kind: 'rested'; id: number }
  | { kind: 'stop inferring' }
  | { kind: 'stop' };

export type FromWorker =
  /** `result` is null where the scan was stopped first; `handshakes`: what they took of the budget. */
  | { kind: 'result'; id: number; result: PackedResult | null; handshakes: number }
  | { kind: 'rest'; id: number; milliseconds: number }
  /** The worker can't go on. `usage`: it is the operator's to mend. */
  | { kind: 'failed'; usage: boolean; message: string; stack: string };
