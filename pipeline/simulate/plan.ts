/** What a population is made from, the same for all of its parts: enough for a worker to make any part of it. */
import { mailPort } from '../formats/ports.ts';
import type { MailProtocol } from '../formats/raw-record.ts';
import type { Answer } from './answers.ts';
import type { CertificateSizes } from './certificates/sizes.ts';
import type { Population } from './population.ts';

/** Of the raw records that are written: lines are packed (formats/packed-record.ts). */
export const MADE_FORMAT_VERSION = 4;

export interface SimulationPlan {
  scan_id: string;
  /** 32 hexadecimal digits. */
  seed: string;
  population: Population;
  /** In the order of `population.ports`. */
  answers: readonly (readonly Answer[])[];
  sizes: CertificateSizes;
  hosts_per_part: number;
}

/** How many parts a plan has. */
export function partsOf({ population, hosts_per_part }: SimulationPlan): number {
  return Math.ceil(population.hosts / hosts_per_part);
}

/** What is said on a port. */
export function protocolOf(port: number): MailProtocol {
  return mailPort(port)!.protocol;
}

/** Place of a template among all: two an answer of each port, the second for an endpoint that times out. */
export function templateStarts(answers: SimulationPlan['answers']): number[] {
  const starts = [0];
  for (const list of answers) starts.push(starts.at(-1)! + 2 * list.length);
  return starts;
}
