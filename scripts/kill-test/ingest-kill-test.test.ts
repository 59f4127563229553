/** An ingest that is killed at random moments leaves a whole lake each time, and a rerun ends with the same one. */
import { expect, test } from 'vitest';
import { ingestKillTest } from './ingest-kill-test.ts';

test('4 kills: the lake is as before or as after, and at the end as an undisturbed one', async () => {
  const report = await ingestKillTest(4, 5);
  expect(report).toMatchObject({ kills: 4, same: true });
  // The kills did hit an ingest at work.
  expect(report.before).toBeGreaterThan(0);
}, 300_000);
