/** The rule is the decision table of docs/raw-record.md: each combination of what can be known, ruled on by the first row that fits. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../base/package-root.ts';
import { SSL2, TLS1_2 } from '../tls/index.ts';
import { isAboutSuites, LEAST_REFUSALS, type RefusalEvidence, ruleOnRefusal } from './refusal-rule.ts';

interface Row {
  forms: string;
  refusals: string;
  other: string;
  control: string;
  outcome: string;
}

const TABLE = tableOf('When a no counts');

const ALL: RefusalEvidence[] = [2, 4, 8]
  .flatMap((needed) =>
    [0, 1, 2, 3, 4, 8].flatMap((refusals) =>
      [0, 1, 2, 3].flatMap((forms) =>
        (['name', 'alert', 'failure', 'nothing'] as const).flatMap((other) =>
          (['accepted', 'refused', 'none'] as const).map((control) => ({
            refusals,
            needed,
            forms,
            other,
            control,
          })),
        ),
      ),
    ),
  )
  .filter(({ refusals, forms }) => forms <= refusals && forms > 0 === refusals > 0);

test.each(TABLE)('$forms, $refusals, $other, $control: $outcome', (row) => {
  const ruled = ALL.filter((evidence) => TABLE.find((one) => fits(one, evidence)) === row);
  expect(ruled.length).toBeGreaterThan(0);
  for (const evidence of ruled)
    expect({ ...evidence, ruling: ruleOnRefusal(evidence) }).toEqual({ ...evidence, ruling: row.outcome });
});

test('every combination is in the table, and one row alone says rejected', () => {
  for (const evidence of ALL) expect(TABLE.some((row) => fits(row, evidence))).toBe(true);
  expect(TABLE.filter(({ outcome }) => outcome === 'rejected')).toHaveLength(1);
  const rejected = ALL.filter((evidence) => ruleOnRefusal(evidence) === 'rejected');
  for (const { refusals, forms, control } of rejected) {
    expect([refusals >= LEAST_REFUSALS, forms >= 2, control]).toEqual([true, true, 'accepted']);
  }
});

describe('answers about suites or versions', () => {
  test('three alerts, and all that is no alert', () => {
    const alerts = Array.from({ length: 256 }, (_, code) => code);
    expect(alerts.filter((code) => isAboutSuites(TLS1_2, { by: 'alert', code }))).toEqual([40, 70, 71]);
    for (const by of ['version', 'close', 'reset', 'ssl2_error', 'not_listed'] as const) {
      expect(isAboutSuites(TLS1_2, { by, code: null })).toBe(true);
    }
  });

  test('to the hello of SSLv2, which is no record of TLS, also those that say so', () => {
    const alerts = Array.from({ length: 256 }, (_, code) => code);
    expect(alerts.filter((code) => isAboutSuites(SSL2, { by: 'alert', code }))).toEqual([
      ...[10, 22, 40, 47, 50, 70, 71],
    ]);
  });
});

function fits(row: Row, { refusals, needed, forms, other, control }: RefusalEvidence): boolean {
  const isEnough = refusals >= needed;
  const isForms = { 'no form': forms === 0, 'one form or more': forms >= 1, 'two forms or more': forms >= 2 }[
    row.forms
  ];
  const isRefusals = {
    any: true,
    none: refusals === 0,
    enough: isEnough,
    'too few, at an endpoint that contradicts itself': needed > LEAST_REFUSALS && !(isEnough && forms >= 2),
  }[row.refusals];
  if (isForms === undefined || isRefusals === undefined)
    throw new Error(`no such row: ${JSON.stringify(row)}`);
  return (
    isForms && isRefusals && [other, 'any'].includes(row.other) && [control, 'any'].includes(row.control)
  );
}

function tableOf(title: string): Row[] {
  const page = readFileSync(join(packageRoot, 'docs/raw-record.md'), 'utf8');
  const section = page.split(`## ${title}\n`)[1]!.split('\n## ')[0]!;
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => {
    const [forms, refusals, other, control, outcome] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    const ruling = outcome === 'the kind of the failure' ? 'failure' : outcome!.replaceAll('`', '');
    return { forms, refusals, other, control, outcome: ruling } as Row;
  });
}
