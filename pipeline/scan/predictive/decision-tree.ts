/**
 * Decisions as a tree by the answers so far, grown where endpoints go and shared by all endpoints of a scan: most walk
 * the same few paths, so that a decision costs a look-up. Pure but for what it remembers, which is bounded.
 */
import { type Decision, decide, type Knowledge } from './decision.ts';
import type { Population } from './population.ts';
import type { SuiteSet } from './suite-set.ts';
import * as sets from './suite-set.ts';
import { NO_TRAITS, showing } from './suite-traits.ts';

export interface TreeNode extends Knowledge {
  decision: Decision;
  /** By answer. */
  next: Map<string, TreeNode>;
}

/** What is known of one version: suites by place. */
export interface Evidence {
  accepted: SuiteSet;
  rejected: SuiteSet;
}

export class DecisionTree {
  readonly population: Population;
  readonly #confidence: number;
  readonly #starts = new Map<string, TreeNode>();
  #nodes = 0;

  constructor(population: Population, confidence: number) {
    this.population = population;
    this.#confidence = confidence;
  }

  /** Decisions made so far, remembered ones not counted again. */
  get nodes(): number {
    return this.#nodes;
  }

  /** Where an endpoint begins of which this is known, by version; `shown`: traits that other versions have shown. */
  start(evidence: readonly Evidence[], shown: SuiteSet = NO_TRAITS): TreeNode {
    const keys = evidence.map(({ accepted, rejected }) => `${sets.keyOf(accepted)}-${sets.keyOf(rejected)}`);
    const key = [...keys, sets.keyOf(shown)].join('/');
    return this.#remember(this.#starts, key, () => ({
      alive: this.#agreeing(evidence),
      open: evidence.map(({ accepted, rejected }, place) =>
        sets.without(
          sets.fullSet(this.population.versions[place]!.suites.length),
          sets.union(accepted, rejected),
        ),
      ),
      spoken: evidence.map(({ accepted }) => !sets.isEmpty(accepted)),
      shown: evidence.reduce((all, { accepted }, place) => this.#showing(all, place, accepted), shown),
      asked: 0,
      untouched: evidence.every(({ accepted, rejected }) => sets.isEmpty(accepted) && sets.isEmpty(rejected)),
    }));
  }

  /** After `accepted` and `rejected`, disjoint sets of what was open, were learnt of the version at `place`. */
  step(node: TreeNode, place: number, { accepted, rejected }: Evidence): TreeNode {
    const key = `${place}/${sets.keyOf(accepted)}-${sets.keyOf(rejected)}`;
    return this.#remember(node.next, key, () => {
      const settled = sets.union(accepted, rejected);
      return {
        alive: this.#filter(node.alive, place, { accepted, rejected }),
        open: node.open.map((open, at) => (at === place ? sets.without(open, settled) : open)),
        untouched: false,
        shown: this.#showing(node.shown, place, accepted),
        asked: node.asked + 1,
        spoken: node.spoken.map((spoken, at) => spoken || (at === place && !sets.isEmpty(accepted))),
      };
    });
  }

  #remember(nodes: Map<string, TreeNode>, key: string, learn: () => Knowledge): TreeNode {
    const known = nodes.get(key);
    if (known) return known;
    const knowledge = learn();
    const decision = decide(this.population, knowledge, this.#confidence);
    const node = { ...knowledge, decision, next: new Map() };
    this.#nodes++;
    if (this.#nodes <= MOST_NODES) nodes.set(key, node);
    return node;
  }

  #showing(shown: SuiteSet, place: number, accepted: SuiteSet): SuiteSet {
    return showing(shown, this.population.versions[place]!.traits, accepted);
  }

  #agreeing(evidence: readonly Evidence[]): Uint32Array {
    let alive = Uint32Array.from(this.population.counts, (_, pattern) => pattern);
    for (const [place, one] of evidence.entries()) alive = this.#filter(alive, place, one);
    return alive;
  }

  #filter(alive: Uint32Array, place: number, { accepted, rejected }: Evidence): Uint32Array<ArrayBuffer> {
    const { answers } = this.population.versions[place]!;
    const answerOf = this.population.answerOf[place]!;
    const verdicts = new Map<number, boolean>();
    const agrees = (answer: number) => {
      const known = verdicts.get(answer);
      if (known !== undefined) return known;
      const verdict = sets.agrees(answers[answer]!, accepted, rejected);
      verdicts.set(answer, verdict);
      return verdict;
    };
    return Uint32Array.from(alive.filter((pattern) => agrees(answerOf[pattern]!)));
  }
}

/** Some 1 KiB each; what lies beyond is decided anew each time. */
const MOST_NODES = 50_000;
