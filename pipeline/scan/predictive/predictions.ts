/**
 * What all endpoints of a predictive scan share: the prior cut to what is offered, and the decision trees over it: one
 * over all versions together, one for each alone, and those for what is left when a version gives no answer.
 */
import type { Prior } from '../../formats/prior.ts';
import { DecisionTree } from './decision-tree.ts';
import { inVersions, type Population, populationOf, type VersionAnswers } from './population.ts';

export interface PredictionOptions {
  /** How probable it has to be that all that is inferred together is right, above 0 and below 1. */
  confidence: number;
  /** Share of inferred outcomes that are asked on the wire after all, one an endpoint at least; 0 for none, up to 1. */
  check_share: number;
}

/** docs/strategies.md has the curve that these come from. */
export const PREDICTION_DEFAULTS: PredictionOptions = { confidence: 0.991, check_share: 0.005 };

export class Predictions {
  readonly options: PredictionOptions;
  /** Versions that are offered and that the prior knows. */
  readonly versions: readonly VersionAnswers[];
  readonly #population: Population;
  readonly #trees = new Map<string, DecisionTree>();

  constructor(
    prior: Prior,
    offered: ReadonlyMap<number, readonly number[]>,
    options: PredictionOptions = PREDICTION_DEFAULTS,
  ) {
    this.#population = populationOf(prior, offered);
    this.versions = this.#population.versions;
    this.options = options;
  }

  /** The tree over the versions at `places`, ascending, whatever the other versions say. */
  tree(places: readonly number[]): DecisionTree {
    const key = places.join();
    const known = this.#trees.get(key);
    if (known) return known;
    const tree = new DecisionTree(inVersions(this.#population, places), this.options.confidence);
    this.#trees.set(key, tree);
    return tree;
  }

  /** Decisions made so far, over all trees. */
  get nodes(): number {
    return [...this.#trees.values()].reduce((sum, tree) => sum + tree.nodes, 0);
  }
}
