/**
 * One endpoint's questions, chosen by a prior: walks a decision tree over all versions together; where the answers fit
 * only a rare pattern, a tree for each version alone; where they fit none, asks for all that is open, until a refusal. At
 * the end random checks: some of what was inferred is asked after all; a wrong one undoes all inference. Nothing is
 * inferred of a stranger: a server that accepts what the prior has never seen asked. No sockets. It relies on one thing only: that a suite which is chosen is accepted, and that a refusal refuses all
 * that was offered. Whose order decides which suite is chosen it does not need to know. docs/strategies.md.
 */
import type { InferenceCheck } from '../../formats/raw-record.ts';
import { SSL2 } from '../../tls/index.ts';
import type { DecisionTree, Evidence, TreeNode } from './decision-tree.ts';
import { DrawnChecks, type Inferred } from './drawn-checks.ts';
import type { Predictions } from './predictions.ts';
import type { SuiteSet } from './suite-set.ts';
import * as sets from './suite-set.ts';
import { NO_TRAITS, showing } from './suite-traits.ts';
import { type Asked, type KnownOutcome, VersionState } from './version-state.ts';

export interface PlannedQuestion {
  version: number;
  /** In the order of the hello. */
  cipher_suites: readonly number[];
}

/** SSLv2 lists all that it accepts; TLS chooses one. `unanswered`: neither chosen nor refused, for whatever reason. */
export type PlannedAnswer =
  | { kind: 'accepted'; cipher_suites: readonly number[] }
  | { kind: 'rejected' }
  | { kind: 'unanswered' };

/** A way through a tree; `places[i]` is the Predictor's version for the tree's version i. */
interface Walk {
  tree: DecisionTree;
  node: TreeNode;
  places: readonly number[];
}

type Pending = Asked & { place: number; order: readonly number[] };

export class Predictor {
  readonly #predictions: Predictions;
  readonly #random: () => number;
  readonly #states: VersionState[];
  #walks: Walk[] = [];
  /** Once all is known or inferred. */
  #checks: DrawnChecks | null = null;
  #pending: Pending | null = null;

  /** `random` gives numbers from 0 up to 1: it draws what is checked. */
  constructor(predictions: Predictions, random: () => number) {
    this.#predictions = predictions;
    this.#random = random;
    this.#states = predictions.versions.map((about) => new VersionState(about));
    this.#walks = this.#walkOver(this.#states.map((_, place) => place));
  }

  /** The question to ask now; null when all is known, inferred or given up. */
  next(): PlannedQuestion | null {
    this.#pending ??= this.#walkOn() ?? this.#askOpen() ?? this.#askChecks();
    if (!this.#pending) return null;
    const { place, order, unknown } = this.#pending;
    const { version, suites } = this.#states[place]!.about;
    const known = order.map((at) => suites[at]!);
    return { version, cipher_suites: unknown.length === 0 ? known : [...known, ...unknown] };
  }

  /** The answer to the question that next() gave. A choice that was not offered counts as none. */
  take(answer: PlannedAnswer): void {
    const pending = this.#pending;
    if (!pending) throw new Error('no question is open');
    this.#pending = null;
    const state = this.#states[pending.place]!;
    const offered = this.#offered(pending);
    const accepted =
      answer.kind === 'accepted' ? answer.cipher_suites.filter((suite) => offered.has(suite)) : [];
    if (answer.kind === 'unanswered' || (answer.kind === 'accepted' && accepted.length === 0)) {
      this.#giveUp(pending.place);
      return;
    }
    if (accepted.some((suite) => pending.unknown.includes(suite))) this.meetStranger();
    const learnt = state.book(pending, accepted, answer.kind === 'rejected' || state.about.version === SSL2);
    this.#step(pending.place, learnt);
    this.#noteChecks();
  }

  /** Something shows that this is no server of the prior's world: from here on all that is open is asked. */
  meetStranger(): void {
    this.#walks = [];
    this.#forgetInference();
  }

  /** What is known so far of each suite; suites of which nothing is known are in left(). */
  outcomes(): KnownOutcome[] {
    return this.#states.flatMap((state) => state.outcomes());
  }

  /** Suites by version of which nothing is known: versions that gave no answer, or all that is open before the end. */
  left(): Map<number, number[]> {
    return new Map(this.#states.map((state) => [state.about.version, state.left]));
  }

  /** What was drawn of each group of inferred outcomes, and how much of it was wrong. */
  get checks(): InferenceCheck[] {
    return this.#checks?.counts(this.#outcomeOf) ?? [];
  }

  #walkOver(places: readonly number[]): Walk[] {
    if (places.length === 0) return [];
    const tree = this.#predictions.tree(places);
    const evidence = places.map((place) => this.#states[place]!.evidence);
    return [{ tree, node: tree.start(evidence, this.#shown()), places }];
  }

  #shown(): SuiteSet {
    return this.#states.reduce(
      (shown, { about, accepted }) => showing(shown, about.traits, accepted),
      NO_TRAITS,
    );
  }

  /** Inferences that hold are booked on the way; undefined when no walk has a question left. */
  #walkOn(): Pending | undefined {
    for (let walk = this.#walks[0]; walk; walk = this.#walks[0]) {
      const { node, places, tree } = walk;
      const { decision } = node;
      if (decision.kind === 'ask') {
        const place = places[decision.place]!;
        const { unknownOpen } = this.#states[place]!;
        return { place, known: decision.set, unknown: unknownOpen, order: decision.order };
      }
      this.#walks.shift();
      if (decision.kind === 'certain') this.#infer(tree, places, decision);
      // A rare pattern may be made of common parts; of what contradicts them all no part is trusted.
      else if (places.length > 1 && node.alive.length > 0)
        this.#walks.push(...places.flatMap((place) => this.#walkOver([place])));
    }
    return undefined;
  }

  #infer(
    tree: DecisionTree,
    places: readonly number[],
    certain: { pattern: number; probability: number },
  ): void {
    const { versions, answerOf } = tree.population;
    for (const [at, place] of places.entries()) {
      const accepted = versions[at]!.answers[answerOf[at]![certain.pattern]!]!;
      this.#states[place]!.infer(accepted, this.#predictions.worthOf(certain.probability));
    }
  }

  /** All that is open and not inferred, version by version: as the adaptive strategy does. */
  #askOpen(): Pending | undefined {
    const place = this.#states.findIndex((state) => !state.dead && !state.settled);
    if (place < 0) return undefined;
    const state = this.#states[place]!;
    const known = state.inferred.length > 0 ? sets.emptySet(state.about.suites.length) : state.open;
    return { place, known, unknown: state.unknownOpen, order: sets.places(known) };
  }

  #askChecks(): Pending | null {
    const { check_share } = this.#predictions.options;
    this.#checks ??= new DrawnChecks(this.#inferred(), check_share, this.#random);
    const check = this.#checks.next((place) => this.#states[place]!.dead);
    if (!check) return null;
    const known = sets.emptySet(this.#states[check.place]!.about.suites.length);
    sets.add(known, check.suite);
    return { place: check.place, known, unknown: [], order: [check.suite] };
  }

  #inferred(): Inferred[] {
    return this.#states.flatMap((state, place) =>
      state.inferred.map(({ place: suite, accepted }) => {
        return { place, suite, cipher_suite: state.about.suites[suite]!, accepted };
      }),
    );
  }

  /** Outcomes that are known now; where one is wrong, nothing stays inferred: it is asked for instead. */
  #noteChecks(): void {
    if (!this.#checks) return;
    this.#checks.note(this.#outcomeOf);
    if (this.#checks.refuted) this.#forgetInference();
  }

  /** By an answer; null where none settled it. */
  readonly #outcomeOf = (place: number, suite: number): boolean | null => {
    const { accepted, rejected } = this.#states[place]!;
    return sets.has(accepted, suite) ? true : sets.has(rejected, suite) ? false : null;
  };

  #forgetInference(): void {
    for (const state of this.#states) state.forgetInference();
  }

  #step(place: number, learnt: Evidence): void {
    const walk = this.#walks[0];
    const at = walk?.places.indexOf(place) ?? -1;
    const nothing = sets.isEmpty(learnt.accepted) && sets.isEmpty(learnt.rejected);
    if (walk && at >= 0 && !nothing) walk.node = walk.tree.step(walk.node, at, learnt);
  }

  /** The version is left to whoever can ask better; what was inferred of it is not said any more. */
  #giveUp(place: number): void {
    const state = this.#states[place]!;
    state.dead = true;
    state.forgetInference();
    const [walk, ...later] = this.#walks;
    if (!walk?.places.includes(place)) return;
    this.#walks = [...this.#walkOver(walk.places.filter((other) => other !== place)), ...later];
  }

  #offered({ place, order, unknown }: Pending): Set<number> {
    const { suites } = this.#states[place]!.about;
    return new Set([...order.map((at) => suites[at]!), ...unknown]);
  }
}
