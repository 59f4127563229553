/**
 * What all endpoints of a predictive scan share: the prior cut to what is offered, and the decision trees over it: one
 * over all versions together, one for each alone, and those for what is left when a version gives no answer.
 */
import type { Calibration, Prior } from '../../formats/prior.ts';
import { DecisionTree } from './decision-tree.ts';
import { inVersions, type Population, populationOf, type VersionAnswers } from './population.ts';

export interface PredictionOptions {
  /** How probable it has to be that all that is inferred together is right, above 0 and below 1. */
  confidence: number;
  /** Share of inferred outcomes that are asked on the wire after all, one of each group at least; 0 for none, up to 1. */
  check_share: number;
}

/** What ends inference for the rest of a scan: checks that show more than this share of endpoints to be wrong. */
export const MAX_INFERENCE_ERROR = 0.02;

/** docs/strategies.md has the curve that these come from. */
export const PREDICTION_DEFAULTS: PredictionOptions = { confidence: 0.95, check_share: 0.001 };

export class Predictions {
  readonly options: PredictionOptions;
  /** Versions that are offered and that the prior knows. */
  readonly versions: readonly VersionAnswers[];
  /** A server that speaks TLS 1.3 is none of the prior's. */
  readonly tls13IsStrange: boolean;
  readonly #population: Population;
  readonly #calibration: Calibration | null;
  readonly #trees = new Map<string, DecisionTree>();

  constructor(
    prior: Prior,
    offered: ReadonlyMap<number, readonly number[]>,
    options: PredictionOptions = PREDICTION_DEFAULTS,
  ) {
    this.#population = populationOf(prior, offered);
    this.versions = this.#population.versions;
    this.options = options;
    this.tls13IsStrange = prior.tls13_endpoints === 0;
    this.#calibration = prior.calibration;
  }

  /** What the prior's own probability of an inference is worth: measured where the prior was calibrated. */
  worthOf(claimed: number): number {
    if (!this.#calibration) return claimed;
    const step = this.#calibration.steps.findLast((one) => one.claimed <= claimed);
    return Math.min(claimed, step?.right ?? 0);
  }

  /** The tree over the versions at `places`, ascending, whatever the other versions say. */
  tree(places: readonly number[]): DecisionTree {
    const key = places.join();
    const known = this.#trees.get(key);
    if (known) return known;
    const tree = new DecisionTree(inVersions(this.#population, places), this.#leastClaim);
    this.#trees.set(key, tree);
    return tree;
  }

  /** What the prior has to claim so that it is worth `confidence`; more than it can where nothing is. */
  get #leastClaim(): number {
    const { confidence } = this.options;
    if (!this.#calibration) return confidence;
    const step = this.#calibration.steps.find(({ right }) => right >= confidence);
    return step ? Math.max(step.claimed, confidence) : 2;
  }

  /** Decisions made so far, over all trees. */
  get nodes(): number {
    return [...this.#trees.values()].reduce((sum, tree) => sum + tree.nodes, 0);
  }
}
