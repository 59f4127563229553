/** What a simulation and its workers say to each other, by structured clone. */
import type { MadePart } from './part.ts';
import type { SimulationPlan } from './plan.ts';

export type ToWorker =
  | { kind: 'begin'; plan: SimulationPlan; folder: string }
  | { kind: 'part'; index: number };

export type FromWorker =
  | { kind: 'made'; index: number; part: MadePart }
  /** `code`: what the system refused, such as ENOSPC. */
  | { kind: 'failed'; message: string; stack: string; code: string | undefined };
