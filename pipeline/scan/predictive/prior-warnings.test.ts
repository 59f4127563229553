import { expect, test } from 'vitest';
import { makePrior, type Prior } from '../../formats/prior.ts';
import { priorWarnings } from './prior-warnings.ts';

const source = { kind: 'lake' as const, names: ['a'], first_at: null, last_at: '2024-06-01T00:00:00Z' };
const questions = [{ version: 771, cipher_suites: [47] }];
const prior: Prior = {
  ...makePrior({ source, ports: [25, 587], questions }, [{ accepted: [true], counts: [5, 5] }]),
  calibration: { method: 'ports left out', steps: [] },
};
const NOW = Date.parse('2025-06-01T00:00:00Z');

test('a new prior of all ports has no warning', () => {
  expect(priorWarnings(prior, NOW, [25, 587])).toEqual([]);
});

test.each<[string, Partial<Prior>, number[], RegExp]>([
  [
    'old',
    { source: { ...source, last_at: '2015-08-31T00:00:00Z' } },
    [25],
    /^the prior is 9 years old .*until 2015-08-31/,
  ],
  ['of no known age', { source: { ...source, last_at: null } }, [25], /does not say when/],
  ['of other ports', {}, [25, 143, 993], /no servers of port 143, 993: .*learnt at 25, 587/],
  ['not calibrated', { calibration: null }, [25], /not calibrated/],
  ['of one port', { ports: [25], calibration: { method: 'halves', steps: [] } }, [25], /knows port 25 only/],
])('a prior that is %s has one line of warning', (_what, more, ports, words) => {
  const warnings = priorWarnings({ ...prior, ...more }, NOW, ports);
  expect(warnings).toEqual([expect.stringMatching(words)]);
  expect(warnings[0]).not.toContain('\n');
});
