/**
 * `npx tsx scripts/kill-test/main.ts [--kills 50] [--workers 1] [--seed N]`: kills a scan so often, goes on with it, and
 * says what its records hold. Exit code 1 where an endpoint is lost or doubled.
 */
import { parseArgs } from 'node:util';
import { killTest } from './kill-test.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    workers: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
  },
});
const [kills, workers, seed] = [Number(values.kills), Number(values.workers), Number(values.seed)];
process.stdout.write(`seed ${seed}\n`);
const report = await killTest({
  kills,
  workers,
  seed,
  onKill: (kill, parts) => process.stdout.write(`kill ${kill}: ${parts} parts were whole\n`),
});
const { lost, doubled, endpoints, parts, asked_again, left_over } = report;
process.stdout.write(
  `${report.kills} kills, ${endpoints} endpoints in ${parts} parts: ${lost.length} lost, ${doubled.length} doubled; ` +
    `${asked_again} asked again; ${left_over.length} files left over\n`,
);
if (lost.length + doubled.length + left_over.length > 0 || report.kills < kills) process.exitCode = 1;
