/**
 * What was planted, counted while it is: the truth is made from it (truth.ts), without a look at what was written. Counts
 * of parts add up to those of the whole, in any order.
 */
import { CURVES, DH_GROUPS } from './key-exchange.ts';
import { type SimulationPlan, templateStarts } from './plan.ts';

/** Software of a protocol and an endpoint that accepts something or nothing: two places each. */
export const SOFTWARE_PLACES = 16;

export interface Tally {
  endpoints: number;
  /** By template, see templateStarts(). */
  templates: Float64Array;
  /** Of each port in turn: endpoints that showed a group of DH_GROUPS, a curve of CURVES, a greeting of SOFTWARE. */
  dh: Float64Array;
  curves: Float64Array;
  software: Float64Array;
  /** Of each port: endpoints that showed any group, any curve. */
  dh_endpoints: Float64Array;
  curve_endpoints: Float64Array;
  /** Certificate, addresses and endpoints that showed it as leaf, in turn. */
  certificates: number[];
}

/** Nothing counted yet. */
export function emptyTally({ answers, population }: Pick<SimulationPlan, 'answers' | 'population'>): Tally {
  const ports = population.ports.length;
  return {
    endpoints: 0,
    templates: new Float64Array(templateStarts(answers).at(-1)!),
    dh: new Float64Array(ports * DH_GROUPS.length),
    curves: new Float64Array(ports * CURVES.length),
    software: new Float64Array(ports * SOFTWARE_PLACES),
    dh_endpoints: new Float64Array(ports),
    curve_endpoints: new Float64Array(ports),
    certificates: [],
  };
}

/** Adds `part` to `sum`, but for certificates. */
export function addTally(sum: Tally, part: Tally): void {
  sum.endpoints += part.endpoints;
  for (const name of ARRAYS) {
    const [into, from] = [sum[name], part[name]];
    for (let place = 0; place < into.length; place++) into[place]! += from[place]!;
  }
}

const ARRAYS = ['templates', 'dh', 'curves', 'software', 'dh_endpoints', 'curve_endpoints'] as const;

/** Addresses and endpoints of each certificate, by its number. */
export class CertificateTally {
  readonly addresses: Uint32Array;
  readonly endpoints: Uint32Array;

  constructor(certificates: number) {
    this.addresses = new Uint32Array(certificates);
    this.endpoints = new Uint32Array(certificates);
  }

  /** Adds what a part counted. */
  add({ certificates }: Tally): void {
    for (let place = 0; place < certificates.length; place += 3) {
      const certificate = certificates[place]!;
      this.addresses[certificate]! += certificates[place + 1]!;
      this.endpoints[certificate]! += certificates[place + 2]!;
    }
  }
}
