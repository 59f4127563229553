/**
 * Which inferred outcomes of one endpoint are asked after all, and what came of it. They are drawn in two groups, weak
 * suites and the others, since what servers drop is weak and a draw from all together would miss it. What is wrong undoes
 * all inference: then all of it gets asked, and how much was wrong is known. Pure.
 */
import type { InferenceCheck } from '../../formats/raw-record.ts';
import { isWeak } from './suite-traits.ts';

/** An inferred outcome: version and suite by place. */
export interface Inferred {
  place: number;
  suite: number;
  cipher_suite: number;
  accepted: boolean;
}

type Group = 'weak' | 'other';

/** One that was drawn, and what the wire says; null where it was not asked. */
interface Drawn {
  readonly of: Inferred;
  asked: boolean | null;
}

/** What was inferred of one group of suites. Only what was drawn gets an object: there is one of these an endpoint. */
interface GroupOfChecks {
  readonly suite_group: Group;
  readonly inferred: readonly Inferred[];
  readonly drawn: readonly Drawn[];
}

type OutcomeOf = (place: number, suite: number) => boolean | null;

export class DrawnChecks {
  readonly #groups: readonly GroupOfChecks[];
  /** Something that was drawn is wrong. */
  refuted = false;

  /** Each outcome with probability `share`, and one of each group at least; none where `share` is 0. */
  constructor(inferred: readonly Inferred[], share: number, random: () => number) {
    const weak = inferred.filter(({ cipher_suite }) => isWeak(cipher_suite));
    const other = inferred.filter(({ cipher_suite }) => !isWeak(cipher_suite));
    const groups = [
      { suite_group: 'weak', inferred: weak },
      { suite_group: 'other', inferred: other },
    ] as const;
    this.#groups = groups
      .filter((group) => share > 0 && group.inferred.length > 0)
      .map((group) => ({ ...group, drawn: draw(group.inferred, share, random) }));
  }

  /** The next one to ask, but for versions that `isDead` says can't be asked. */
  next(isDead: (place: number) => boolean): Inferred | undefined {
    for (const { drawn } of this.#groups) {
      const open = drawn.find(({ of, asked }) => asked === null && !isDead(of.place));
      if (open) return open.of;
    }
    return undefined;
  }

  /** `outcomeOf`: whether an answer accepted or refused a suite; null where none did. */
  note(outcomeOf: OutcomeOf): void {
    for (const { drawn } of this.#groups) {
      for (const one of drawn) {
        one.asked ??= outcomeOf(one.of.place, one.of.suite);
        if (one.asked !== null && one.asked !== one.of.accepted) this.refuted = true;
      }
    }
  }

  /** Groups of which something was inferred and drawn; `outcomeOf` says what is known of all that was inferred. */
  counts(outcomeOf: OutcomeOf): InferenceCheck[] {
    return this.#groups.map(({ suite_group, inferred, drawn }) => {
      const checked = drawn.filter(({ asked }) => asked !== null);
      const wrong = checked.filter(({ of, asked }) => asked !== of.accepted).length;
      const isWrong = ({ place, suite, accepted }: Inferred): boolean =>
        (outcomeOf(place, suite) ?? accepted) !== accepted;
      const wrong_in_all = this.refuted ? inferred.filter(isWrong).length : null;
      return { suite_group, inferred: inferred.length, checked: checked.length, wrong, wrong_in_all };
    });
  }
}

function draw(inferred: readonly Inferred[], share: number, random: () => number): Drawn[] {
  const drawn = inferred.filter(() => random() < share);
  const all = drawn.length > 0 ? drawn : [inferred[Math.floor(random() * inferred.length)]!];
  return all.map((of) => ({ of, asked: null }));
}
