/**
 * One target, input after input: mutated seeds, and now and then random bytes. Inputs that are taken in a new way
 * become seeds too. Each has to hold what the target says, and may take only so long.
 */
import type { FuzzTarget } from './fuzz-target.ts';
import { minimise } from './minimise.ts';
import { MAX_INPUT_BYTES, mutate } from './mutate.ts';
import { type Random, randomOf } from './random.ts';

export interface Finding {
  target: string;
  /** What went wrong, with the stack where there is one. */
  what: string;
  input: Uint8Array;
}

/** Time for one input, in milliseconds: what isn't done by then on any of three tries is too slow. */
const MOST_MS = 200;
const MOST_SEEDS = 400;

export class FuzzRun {
  readonly target: FuzzTarget;
  /** Inputs so far. */
  executions = 0;
  readonly #random: Random;
  readonly #seeds: Uint8Array[];
  readonly #signatures = new Set<string>();
  readonly #before: (input: Uint8Array) => void;

  /** `before` sees each input before it is tried: it may be the last. */
  constructor(target: FuzzTarget, seed: number, before: (input: Uint8Array) => void = () => {}) {
    this.target = target;
    this.#random = randomOf(seed);
    this.#seeds = [...target.seeds];
    this.#before = before;
  }

  /** Ways in which inputs were taken so far. */
  get signatures(): number {
    return this.#signatures.size;
  }

  /** Tries inputs for so long, or so many; the first finding, minimised, ends it. */
  run(limit: { milliseconds: number } | { executions: number }): Finding | undefined {
    const until = 'milliseconds' in limit ? performance.now() + limit.milliseconds : Number.POSITIVE_INFINITY;
    const last = 'executions' in limit ? this.executions + limit.executions : Number.POSITIVE_INFINITY;
    for (const seed of this.executions === 0 ? this.target.seeds : []) {
      const finding = this.#try(seed);
      if (finding) return finding;
    }
    while (performance.now() < until && this.executions < last) {
      const finding = this.#try(this.#nextInput());
      if (finding) return finding;
    }
    return undefined;
  }

  #nextInput(): Uint8Array {
    if (this.#seeds.length === 0 || this.#random.below(24) === 0)
      return this.#random.bytes(this.#random.below(400));
    const material = { others: this.#seeds, words: this.target.words };
    return (this.target.mutate ?? mutate)(this.#random.pick(this.#seeds), material, this.#random);
  }

  #try(input: Uint8Array): Finding | undefined {
    this.executions++;
    this.#before(input);
    const fault = faultOf(this.target, input, (signature) => this.#learn(signature, input));
    if (fault === undefined) return undefined;
    const small = minimise(input, (bytes) => faultOf(this.target, bytes)?.kind === fault.kind);
    Error.stackTraceLimit = 20;
    const { what } = faultOf(this.target, small) ?? fault;
    return { target: this.target.name, what, input: small };
  }

  #learn(signature: string, input: Uint8Array): void {
    if (this.#signatures.has(signature) || input.length >= MAX_INPUT_BYTES) return;
    this.#signatures.add(signature);
    if (this.#seeds.length < MOST_SEEDS) this.#seeds.push(input.slice());
    else
      this.#seeds[this.target.seeds.length + this.#random.below(MOST_SEEDS - this.target.seeds.length)] =
        input.slice();
  }
}

interface FaultSeen {
  /** Without numbers: the same for inputs that go wrong in the same way. */
  kind: string;
  what: string;
}

/** What is wrong with how `input` is taken; undefined where nothing is. */
export function faultOf(
  target: FuzzTarget,
  input: Uint8Array,
  learn: (signature: string) => void = () => {},
): FaultSeen | undefined {
  const started = performance.now();
  try {
    learn(target.check(input));
  } catch (error) {
    const { name, message, stack } = error as Error;
    return { kind: `${name} ${message.replaceAll(/\d+/g, '').slice(0, 40)}`, what: stack ?? String(error) };
  }
  const took = Math.min(performance.now() - started, ...retries(target, input, performance.now() - started));
  return took > MOST_MS ? { kind: 'slow', what: `slow: ${Math.round(took)} ms` } : undefined;
}

/** Other things happen on a machine: what was slow is timed twice more. */
function retries(target: FuzzTarget, input: Uint8Array, took: number): number[] {
  if (took <= MOST_MS) return [];
  return [1, 2].map(() => {
    const started = performance.now();
    target.check(input);
    return performance.now() - started;
  });
}
