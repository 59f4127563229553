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

interface Noted extends Inferred {
  group: Group;
  drawn: boolean;
  /** What the wire says; null where it was not asked. */
  asked: boolean | null;
}

export class DrawnChecks {
  readonly #all: Noted[];

  /** Each outcome with probability `share`, and one of each group at least; none where `share` is 0. */
  constructor(inferred: readonly Inferred[], share: number, random: () => number) {
    this.#all = inferred.map((one) => ({ ...one, group: groupOf(one), drawn: false, asked: null }));
    for (const group of GROUPS) {
      const here = this.#all.filter((one) => one.group === group);
      if (share === 0 || here.length === 0) continue;
      for (const one of here) one.drawn = random() < share;
      if (!here.some(({ drawn }) => drawn)) here[Math.floor(random() * here.length)]!.drawn = true;
    }
  }

  /** The next one to ask, but for versions that `isDead` says can't be asked. */
  next(isDead: (place: number) => boolean): Inferred | undefined {
    return this.#all.find(({ drawn, asked, place }) => drawn && asked === null && !isDead(place));
  }

  /** `outcomeOf`: whether an answer accepted or refused a suite; null where none did. */
  note(outcomeOf: (place: number, suite: number) => boolean | null): void {
    for (const one of this.#all) one.asked ??= outcomeOf(one.place, one.suite);
  }

  /** Something that was drawn is wrong. */
  get refuted(): boolean {
    return this.#all.some((one) => one.drawn && isWrong(one));
  }

  /** Groups of which something was inferred and drawn. */
  counts(): InferenceCheck[] {
    const known = this.#all.some(({ drawn }) => drawn) ? GROUPS : [];
    return known.flatMap((suite_group) => {
      const here = this.#all.filter(({ group }) => group === suite_group);
      if (here.length === 0) return [];
      const checked = here.filter(({ drawn, asked }) => drawn && asked !== null);
      const wrong_in_all = this.refuted ? here.filter(isWrong).length : null;
      const wrong = checked.filter(isWrong).length;
      return [{ suite_group, inferred: here.length, checked: checked.length, wrong, wrong_in_all }];
    });
  }
}

function groupOf({ cipher_suite }: Inferred): Group {
  return isWeak(cipher_suite) ? 'weak' : 'other';
}

function isWrong({ asked, accepted }: Noted): boolean {
  return asked !== null && asked !== accepted;
}

const GROUPS: readonly Group[] = ['weak', 'other'];
