/** Asks endpoints from this process: what they share (gate, pace, open connections) and the way they are stopped. */
import { readPrior } from '../../formats/prior.ts';
import { AddressGate } from '../address-gate.ts';
import { Aborted } from '../connection-outcome.ts';
import { probeEndpoint } from '../endpoint.ts';
import { suitesToOffer } from '../offer-lists.ts';
import type { ScanOptions, ScanWorld } from '../options.ts';
import { Predictions } from '../predictive/predictions.ts';
import { PROBES } from '../probes/index.ts';
import { onStop, Pacer } from '../rate.ts';
import type { HostBudget, ScanContext } from '../scan-context.ts';
import type { Endpoint } from '../targets/endpoints.ts';
import { type PackedResult, packResult } from './packed-result.ts';

export class LocalProber {
  readonly #context: ScanContext;
  readonly #scanId: string;

  /** `signal` ends all that is in flight; `rest` is how an endpoint waits for a server that throttles. */
  constructor(
    options: Omit<ScanOptions, 'signal'>,
    world: ScanWorld,
    scanId: string,
    signal: AbortSignal,
    rest: (milliseconds: number) => Promise<void>,
  ) {
    this.#scanId = scanId;
    const suites = suitesToOffer(options.suites);
    this.#context = {
      options: { ...options, signal },
      world,
      pacer: new Pacer(options.rate, world.clock),
      live: new Set(),
      suites,
      predictions: predictionsOf(options, suites),
      probes: PROBES.filter((probe) => options.probes.includes(probe.name)),
      gate: new AddressGate(options.address_connections, options.address_pause_ms, world.clock),
      rest,
    };
    onStop(signal, () => this.#dropAll());
  }

  /** The endpoint's result, to be packed once somebody takes it; null where the scan was stopped before it was done. */
  probe(endpoint: Endpoint, budget: HostBudget): Promise<(() => PackedResult) | null> {
    // No async function around another: each takes half a kilobyte an endpoint in flight.
    return probeEndpoint(endpoint, this.#context, this.#scanId, budget).then(
      // What was cut off may look like an answer.
      (result) => (this.#context.options.signal?.aborted ? null : () => packResult(result)),
      (error) => {
        if (error instanceof Aborted) return null;
        throw error;
      },
    );
  }

  /** Endpoints that are begun from now on are asked as `adaptive` asks. */
  stopInferring(): void {
    this.#context.predictions = null;
  }

  #dropAll(): void {
    for (const connection of this.#context.live) connection.abort();
  }
}

/** Null but for strategy `predictive`. Throws UsageError for a file that is no prior. */
function predictionsOf(
  { prediction }: Pick<ScanOptions, 'prediction'>,
  suites: ReadonlyMap<number, readonly number[]>,
): Predictions | null {
  return prediction && new Predictions(readPrior(prediction.prior).prior, suites, prediction);
}
