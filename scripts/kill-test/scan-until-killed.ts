/**
 * The process that the kill test kills: begins a scan in small parts, or goes on with it. Prints a line when the first
 * endpoint of this run is done.
 */
import { readFileSync } from 'node:fs';
import { readTargets, realWorld, SCAN_DEFAULTS, scan } from '../../pipeline/scan/index.ts';

const [file, out, rate, workers] = process.argv.slice(2);
const targets = await readTargets(readFileSync(file!, 'utf8').split('\n'), {
  source: file!,
  allow_reserved: true,
});
let first: number | undefined;
const world = realWorld(({ endpoints }) => {
  first ??= endpoints;
  if (endpoints === first + 1) process.stdout.write('begun\n');
});
await scan(
  {
    ...SCAN_DEFAULTS,
    targets,
    out: out!,
    ports: [25],
    resume: true,
    rate: Number(rate),
    workers: Number(workers),
    concurrency: 16,
    allow_reserved: true,
    endpoints_per_part: 3,
  },
  world,
);
