/** What is known of one version of one endpoint, by asking and by inference: the Predictor's books. Pure. */
import type { Evidence } from './decision-tree.ts';
import type { VersionAnswers } from './population.ts';
import type { SuiteSet } from './suite-set.ts';
import * as sets from './suite-set.ts';

export interface KnownOutcome {
  version: number;
  cipher_suite: number;
  outcome: 'accepted' | 'rejected';
  /** By an answer to a hello that offered it; else inferred. */
  verified: boolean;
  /** That it is right: 1 where verified; else that all that was inferred together with it is. */
  probability: number;
}

/** Some suites of a version: places in its list, and suites that the prior doesn't know. */
export interface Asked {
  known: SuiteSet;
  unknown: readonly number[];
}

export class VersionState {
  readonly about: VersionAnswers;
  readonly accepted: SuiteSet;
  readonly rejected: SuiteSet;
  /** A hello got no answer that says anything: what is open stays open here. */
  dead = false;
  /** Suites that the prior doesn't know and that were not answered. */
  unknownOpen: readonly number[];
  readonly #unknownOutcomes = new Map<number, 'accepted' | 'rejected'>();
  #inferred: { accepted: SuiteSet; probability: number } | null = null;

  constructor(about: VersionAnswers) {
    this.about = about;
    this.accepted = sets.emptySet(about.suites.length);
    this.rejected = sets.emptySet(about.suites.length);
    this.unknownOpen = about.unknown;
  }

  /** Places that no answer has settled. */
  get open(): SuiteSet {
    return sets.without(sets.fullSet(this.about.suites.length), sets.union(this.accepted, this.rejected));
  }

  get evidence(): Evidence {
    return { accepted: this.accepted.slice(), rejected: this.rejected.slice() };
  }

  /** Whether nothing is open but what was inferred. */
  get settled(): boolean {
    return this.unknownOpen.length === 0 && (this.#inferred !== null || sets.isEmpty(this.open));
  }

  /** What is open is as in `accepted`. */
  infer(accepted: SuiteSet, probability: number): void {
    this.#inferred = { accepted, probability };
  }

  forgetInference(): void {
    this.#inferred = null;
  }

  /** Places of the suites that are inferred to be accepted or rejected, with what is inferred. */
  get inferred(): { place: number; accepted: boolean }[] {
    if (!this.#inferred) return [];
    const { accepted } = this.#inferred;
    return sets.places(this.open).map((place) => ({ place, accepted: sets.has(accepted, place) }));
  }

  /** Books an answer to `asked`: these of its suites were accepted, and the rest rejected where `restRejected`. */
  book(asked: Asked, accepted: readonly number[], restRejected: boolean): Evidence {
    const { suites } = this.about;
    const learnt = { accepted: sets.emptySet(suites.length), rejected: sets.emptySet(suites.length) };
    for (const place of sets.places(asked.known)) {
      if (accepted.includes(suites[place]!)) sets.add(learnt.accepted, place);
      else if (restRejected) sets.add(learnt.rejected, place);
    }
    this.accepted.set(sets.union(this.accepted, learnt.accepted));
    this.rejected.set(sets.union(this.rejected, learnt.rejected));
    for (const suite of asked.unknown) {
      if (accepted.includes(suite)) this.#unknownOutcomes.set(suite, 'accepted');
      else if (restRejected) this.#unknownOutcomes.set(suite, 'rejected');
    }
    this.unknownOpen = this.unknownOpen.filter((suite) => !this.#unknownOutcomes.has(suite));
    return learnt;
  }

  outcomes(): KnownOutcome[] {
    const { version, suites } = this.about;
    const verified = { verified: true, probability: 1 };
    const asked = (set: SuiteSet, outcome: 'accepted' | 'rejected'): KnownOutcome[] =>
      sets.places(set).map((place) => ({ version, cipher_suite: suites[place]!, outcome, ...verified }));
    const unknown = [...this.#unknownOutcomes].map(([cipher_suite, outcome]) => ({
      ...{ version, cipher_suite, outcome },
      ...verified,
    }));
    const inferred = this.inferred.map(({ place, accepted }): KnownOutcome => {
      const outcome = accepted ? 'accepted' : 'rejected';
      const { probability } = this.#inferred!;
      return { version, cipher_suite: suites[place]!, outcome, verified: false, probability };
    });
    return [
      ...asked(this.accepted, 'accepted'),
      ...asked(this.rejected, 'rejected'),
      ...unknown,
      ...inferred,
    ];
  }

  /** Suites of which nothing is known, in the order of the offer. */
  get left(): number[] {
    const places = this.#inferred ? [] : sets.places(this.open);
    return [...places.map((place) => this.about.suites[place]!), ...this.unknownOpen];
  }
}
