/** A scan that is killed at random moments and gone on with loses nothing and doubles nothing. */
import { describe, expect, test } from 'vitest';
import { killTest } from './kill-test.ts';

describe.each([
  { workers: 1, kills: 10, seed: 3 },
  { workers: 2, kills: 4, seed: 4 },
])('$kills kills, $workers worker(s)', ({ workers, kills, seed }) => {
  test('every endpoint once, and no file left over', async () => {
    const report = await killTest({ kills, workers, seed });
    expect(report).toMatchObject({ kills, lost: [], doubled: [], left_over: [] });
    expect(report.endpoints).toBe(report.file.counts.endpoints);
    // The kills did hit a scan at work.
    expect(report.asked_again).toBeGreaterThan(0);
  }, 240_000);
});
