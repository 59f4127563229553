/**
 * `npx tsx scripts/kill-test/ingest-main.ts [--kills 100] [--seed N]`: kills an ingest so often, looks at the lake each
 * time, and compares it at the end with one that nobody disturbed. Exit code 1 where they differ.
 */
import { parseArgs } from 'node:util';
import { ingestKillTest } from './ingest-kill-test.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
  },
});
process.stdout.write(`seed ${values.seed}\n`);
const report = await ingestKillTest(Number(values.kills), Number(values.seed), (kill) => {
  if (kill % 10 === 0) process.stdout.write(`${kill} kills\n`);
});
process.stdout.write(
  `${report.kills} kills: ${report.before} times the lake was as before, ${report.after} times as after; ` +
    `at the end it is ${report.same ? 'the same as an undisturbed one' : 'ANOTHER than an undisturbed one'}\n`,
);
if (!report.same) process.exitCode = 1;
