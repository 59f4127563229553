import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makePrior, type Prior } from '../../formats/prior.ts';
import { type PredictionOptions, Predictions } from './predictions.ts';
import { type PlannedAnswer, type PlannedQuestion, Predictor } from './predictor.ts';
import { seededRandom } from './seeded-random.ts';

/** SSLv2 and two versions of TLS; the last suite of each is not in the prior. */
const OFFERED = new Map([
  [2, [11, 12, 13]],
  [769, [1, 2, 3, 4, 5, 6]],
  [771, [1, 2, 3, 4, 5, 6, 7]],
]);
const KNOWN = [...OFFERED].map(([version, suites]) => ({ version, cipher_suites: suites.slice(0, -1) }));
const QUESTIONS = KNOWN.reduce((sum, { cipher_suites }) => sum + cipher_suites.length, 0);
const ALL = [...OFFERED.values()].reduce((sum, suites) => sum + suites.length, 0);

type Truth = (version: number, suite: number) => boolean;

/** What a test sees of a run. */
interface Run {
  predictor: Predictor;
  asked: PlannedQuestion[];
}

function run(
  predictions: Predictions,
  answer: (question: PlannedQuestion) => PlannedAnswer,
  seed = 'a',
): Run {
  const predictor = new Predictor(predictions, seededRandom(seed));
  const asked: PlannedQuestion[] = [];
  for (let question = predictor.next(); question; question = predictor.next()) {
    asked.push(question);
    if (asked.length > 3 * ALL) throw new Error('it does not come to an end');
    predictor.take(answer(question));
  }
  return { predictor, asked };
}

/** By the client's order, or by `rank`. */
function server(truth: Truth, rank?: (suite: number) => number) {
  return ({ version, cipher_suites }: PlannedQuestion): PlannedAnswer => {
    const both = cipher_suites.filter((suite) => truth(version, suite));
    if (both.length === 0) return { kind: 'rejected' };
    if (version === 2) return { kind: 'accepted', cipher_suites: both };
    if (rank) both.sort((left, right) => rank(left) - rank(right));
    return { kind: 'accepted', cipher_suites: both.slice(0, 1) };
  };
}

function priorOf(patterns: readonly (readonly boolean[])[], counts: readonly number[]): Prior {
  const source = { kind: 'lake', names: [], first_at: null, last_at: null } as const;
  const about = { source: { ...source, names: [] }, ports: [25], questions: KNOWN };
  return makePrior(
    about,
    patterns.map((accepted, index) => ({ accepted, counts: [counts[index % counts.length]!] })),
  );
}

/** A truth whose known suites are those of `pattern`; of the unknown ones every version accepts its own as told. */
function truthOf(pattern: readonly boolean[], unknown: readonly boolean[]): Truth {
  const accepted = new Set<string>();
  let place = 0;
  for (const { version, cipher_suites } of KNOWN) {
    for (const suite of cipher_suites) if (pattern[place++]) accepted.add(`${version} ${suite}`);
  }
  for (const [at, [version, suites]] of [...OFFERED].entries()) {
    if (unknown[at]) accepted.add(`${version} ${suites.at(-1)}`);
  }
  return (version, suite) => accepted.has(`${version} ${suite}`);
}

const pattern = fc.array(fc.boolean(), { minLength: QUESTIONS, maxLength: QUESTIONS });
const world = fc.record({
  patterns: fc.array(pattern, { minLength: 1, maxLength: 8 }),
  counts: fc.array(fc.constantFrom(1, 3, 50, 400, 20_000), { minLength: 1, maxLength: 8 }),
  novel: fc.option(pattern, { nil: undefined }),
  unknown: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  rank: fc.option(fc.array(fc.nat(9), { minLength: 14, maxLength: 14 }), { nil: undefined }),
  options: fc.record({
    confidence: fc.constantFrom(0.5, 0.9, 0.99),
    check_share: fc.constantFrom(0, 0.3, 1),
  }),
});

describe('whatever the prior and the server', () => {
  test('what is said to be verified is right, and nothing is left open', () => {
    fc.assert(
      fc.property(world, ({ patterns, counts, novel, unknown, rank, options }) => {
        const truth = truthOf(novel ?? patterns[0]!, unknown);
        const predictions = new Predictions(priorOf(patterns, counts), OFFERED, options);
        const { predictor, asked } = run(predictions, server(truth, rank && ((suite) => rank[suite]!)));
        const outcomes = predictor.outcomes();
        expect(outcomes.length).toBe(ALL);
        expect(new Set(outcomes.map((one) => `${one.version} ${one.cipher_suite}`)).size).toBe(ALL);
        for (const { version, cipher_suite, outcome, verified, probability } of outcomes) {
          if (verified) expect(outcome === 'accepted').toBe(truth(version, cipher_suite));
          expect(probability).toBeGreaterThanOrEqual(options.confidence);
        }
        expect([...predictor.left().values()].flat()).toEqual([]);
        expectAllowed(predictor);
        if (options.check_share === 1) expect(outcomes.every((one) => one.verified)).toBe(true);
        for (const question of asked)
          expect(new Set(question.cipher_suites).size).toBe(question.cipher_suites.length);
      }),
      { numRuns: 400 },
    );
  });

  test('a suite that is settled is not offered again', () => {
    fc.assert(
      fc.property(world, ({ patterns, counts, novel, unknown, options }) => {
        const answer = server(truthOf(novel ?? patterns[0]!, unknown));
        const settled = new Set<string>();
        run(new Predictions(priorOf(patterns, counts), OFFERED, options), (question) => {
          const names = question.cipher_suites.map((suite) => `${question.version} ${suite}`);
          expect(names.length).toBeGreaterThan(0);
          expect(names.filter((name) => settled.has(name))).toEqual([]);
          const said = answer(question);
          const taken = said.kind === 'accepted' ? said.cipher_suites : [];
          for (const suite of taken) settled.add(`${question.version} ${suite}`);
          if (said.kind === 'rejected' || question.version === 2) for (const name of names) settled.add(name);
          return said;
        });
      }),
    );
  });

  test('a version without an answer is left, and nothing is inferred of it', () => {
    fc.assert(
      fc.property(world, fc.constantFrom(2, 769, 771), fc.nat(3), (given, mute, after) => {
        const { patterns, counts, novel, unknown, options } = given;
        const truth = truthOf(novel ?? patterns[0]!, unknown);
        const answer = server(truth);
        let questions = 0;
        let muted = false;
        const { predictor } = run(
          new Predictions(priorOf(patterns, counts), OFFERED, options),
          (question) => {
            if (question.version !== mute || questions++ < after) return answer(question);
            expect(muted, 'it is not asked again').toBe(false);
            muted = true;
            return { kind: 'unanswered' };
          },
        );
        const outcomes = predictor.outcomes();
        for (const { version, cipher_suite, outcome, verified } of outcomes) {
          if (verified) expect(outcome === 'accepted').toBe(truth(version, cipher_suite));
          if (muted && version === mute) expect(verified).toBe(true);
        }
        const left = [...predictor.left().values()].flat().length;
        expect(outcomes.length + left).toBe(ALL);
        if (!muted) expect(left).toBe(0);
      }),
    );
  });

  test('the same answers and the same seed give the same questions', () => {
    fc.assert(
      fc.property(world, ({ patterns, counts, novel, unknown, options }) => {
        const answer = server(truthOf(novel ?? patterns[0]!, unknown));
        const prior = priorOf(patterns, counts);
        const shared = new Predictions(prior, OFFERED, options);
        run(shared, server(truthOf(patterns.at(-1)!, unknown)));
        const again = run(shared, answer, 'seed').asked;
        expect(again).toEqual(run(new Predictions(prior, OFFERED, options), answer, 'seed').asked);
      }),
    );
  });
});

/** Only accepted suites are inferred, and only in versions where the server accepted one when asked. */
function expectAllowed(predictor: Predictor): void {
  const outcomes = predictor.outcomes();
  for (const { version, outcome } of outcomes.filter((one) => !one.verified)) {
    expect(outcome).toBe('accepted');
    const shown = outcomes.filter(
      (one) => one.version === version && one.verified && one.outcome === 'accepted',
    );
    expect(shown.length).toBeGreaterThan(0);
  }
}

/** Of both groups together. */
function checksOf(predictor: Predictor) {
  const sum = (field: 'inferred' | 'checked' | 'wrong' | 'wrong_in_all') =>
    predictor.checks.reduce((total, check) => total + (check[field] ?? 0), 0);
  return {
    ...{ inferred: sum('inferred'), checked: sum('checked') },
    ...{ wrong: sum('wrong'), wrong_in_all: sum('wrong_in_all') },
  };
}

describe('with a pattern that thousands show', () => {
  const usual = [false, false, ...Array(5).fill(true), ...Array(5).fill(true), false];
  const old = [true, true, ...Array(5).fill(true), ...Array(6).fill(false)];
  const prior = priorOf([usual, old], [30_000, 10_000]);
  const options: PredictionOptions = { confidence: 0.99, check_share: 0 };
  const none = [false, false, false];

  test('few handshakes say it all', () => {
    const { predictor, asked } = run(new Predictions(prior, OFFERED, options), server(truthOf(usual, none)));
    // One a version for what is refused, and witnesses: one for each version that is spoken, one for each trait.
    expect(asked.length).toBeLessThanOrEqual(6);
    expect(predictor.outcomes().filter((one) => !one.verified).length).toBe(7);
    expect(predictor.checks).toEqual([]);
  });

  test('suites that the prior does not know ride along and are verified', () => {
    const { predictor } = run(
      new Predictions(prior, OFFERED, options),
      server(truthOf(usual, [true, true, true])),
    );
    const unknown = predictor
      .outcomes()
      .filter((one) => OFFERED.get(one.version)!.at(-1) === one.cipher_suite);
    expect(unknown.map(({ outcome, verified }) => [outcome, verified])).toEqual(
      Array(3).fill(['accepted', true]),
    );
  });

  test('a server that accepts one suite less is found by a witness, or by a check, which is counted', () => {
    const byChecks: number[] = [];
    for (const missing of usual.keys()) {
      if (!usual[missing]) continue;
      const checking = new Predictions(prior, OFFERED, { ...options, check_share: 1 });
      const { predictor } = run(checking, server(truthOf(usual.with(missing, false), none)));
      expect(predictor.outcomes().every((one) => one.verified)).toBe(true);
      if (predictor.checks.length === 0) continue;
      byChecks.push(missing);
      expect(checksOf(predictor)).toMatchObject({ wrong: 1, wrong_in_all: 1 });
      expect(checksOf(predictor).checked).toBeGreaterThan(1);
    }
    // Of ten suites some are witnesses.
    expect(byChecks.length).toBeGreaterThan(2);
    expect(byChecks.length).toBeLessThan(10);
  });

  test('a server that lacks all suites with some trait is found without a check', () => {
    // MD5, NULL, RC4; the suites of KNOWN are 1 to 5 (TLS 1.0) and 1 to 6 (TLS 1.2).
    for (const dropped of [
      [1, 4],
      [1, 2],
      [4, 5],
    ]) {
      const suites = KNOWN.flatMap(({ version, cipher_suites }) =>
        cipher_suites.map((suite) => ({ version, suite })),
      );
      const subset = usual.map((accepted, at) => accepted && !dropped.includes(suites[at]!.suite));
      const { predictor } = run(new Predictions(prior, OFFERED, options), server(truthOf(subset, none)));
      expect(predictor.outcomes().every((one) => one.verified)).toBe(true);
    }
  });

  test('nothing is inferred of a stranger: it accepts what the prior has not seen asked', () => {
    const checking = new Predictions(prior, OFFERED, { ...options, check_share: 0.5 });
    for (const version of [0, 1, 2]) {
      const strange = none.with(version, true);
      const { predictor } = run(checking, server(truthOf(usual, strange)));
      expect(predictor.outcomes().every((one) => one.verified)).toBe(true);
      expect(predictor.checks).toEqual([]);
    }
  });

  test('one inference at least is checked, unless none is to be', () => {
    const seldom = new Predictions(prior, OFFERED, { ...options, check_share: 1e-9 });
    const { predictor } = run(seldom, server(truthOf(usual, none)));
    expect(checksOf(predictor)).toEqual({ inferred: 7, checked: 1, wrong: 0, wrong_in_all: 0 });
    expect(predictor.outcomes().filter((one) => !one.verified).length).toBe(6);
  });

  test('what contradicts every pattern is asked in full', () => {
    const strange = Array(QUESTIONS)
      .fill(false)
      .with(0, true)
      .with(QUESTIONS - 1, true);
    const { predictor } = run(new Predictions(prior, OFFERED, options), server(truthOf(strange, none)));
    expect(predictor.outcomes().every((one) => one.verified)).toBe(true);
  });

  test('a choice that was not offered is no answer', () => {
    const { predictor } = run(new Predictions(prior, OFFERED, options), () => ({
      kind: 'accepted',
      cipher_suites: [0xffff],
    }));
    expect(predictor.outcomes()).toEqual([]);
    expect([...predictor.left().values()].flat().length).toBe(ALL);
  });

  test('versions that are not offered, or that the prior does not know, are not asked about', () => {
    const offered = new Map([
      [771, [1, 2]],
      [772, [0x1301]],
    ]);
    const { predictor, asked } = run(new Predictions(prior, offered, options), server(truthOf(usual, none)));
    expect(asked.every(({ version }) => version === 771)).toBe(true);
    expect(predictor.outcomes().length).toBe(2);
    expect(
      run(new Predictions(prior, new Map([[772, [0x1301]]]), options), server(truthOf(usual, none))).asked,
    ).toEqual([]);
  });
});

test('a pattern that few endpoints showed is not trusted', () => {
  const only = Array(QUESTIONS).fill(true);
  const options = { confidence: 0.99, check_share: 0 };
  const few = run(new Predictions(priorOf([only], [20]), OFFERED, options), server(truthOf(only, [])));
  expect(few.predictor.outcomes().every((one) => one.verified)).toBe(true);
  const many = run(new Predictions(priorOf([only], [2000]), OFFERED, options), server(truthOf(only, [])));
  expect(many.predictor.outcomes().some((one) => !one.verified)).toBe(true);
});
