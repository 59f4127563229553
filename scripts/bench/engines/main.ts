/**
 * `npx tsx scripts/bench/engines/main.ts --lake LAKE [--rounds N] [--cluster URL --workers N]`: all modules over a lake, on DuckDB in
 * this process and on a Trino cluster of one worker and of two on the same machine, in turn within each round. Without --cluster
 * it starts the clusters itself. Prints Markdown: seconds, medians over the rounds, and the ratio to DuckDB in the same round.
 */
import { parseArgs } from 'node:util';
import { registerLake } from '../../../pipeline/lake/index.ts';
import {
  executeOnTrino,
  type OpenLake,
  openLake,
  readModules,
  type TrinoOptions,
} from '../../../pipeline/query/index.ts';
import { fetchTrino } from '../../cluster/fetch-trino.ts';
import { addWorker, startTrinoCluster } from '../../cluster/trino-cluster.ts';
import { runnableTrino } from '../../cluster/trino-releases.ts';
import { machineLine } from '../measured-page.ts';

const { values } = parseArgs({
  options: {
    lake: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    cluster: { type: 'string' },
    workers: { type: 'string', default: '2' },
  },
});

/** Seconds by module, of one engine in one round. */
type Round = Map<string, number>;

interface Measured {
  workers: number;
  duckdb: Round[];
  trino: Round[];
}

const modules = readModules();
const { lake, cluster } = values;
if (lake === undefined) {
  process.stderr.write('engines: name the folder of a lake with --lake\n');
  process.exit(2);
}
const measured = cluster
  ? [await measure(lake, { url: cluster, catalog: 'hive', schema: 'bench' }, Number(values.workers))]
  : await onOwnClusters(lake);
process.stdout.write(markdown(measured));

async function onOwnClusters(lake: string): Promise<Measured[]> {
  const runnable = runnableTrino();
  if ('missing' in runnable) throw new Error(runnable.missing);
  const server = await fetchTrino(runnable.release);
  const cluster = await startTrinoCluster({ server, java: runnable.java, workers: 1 });
  try {
    const trino = { url: cluster.url, catalog: cluster.catalog, schema: 'bench' };
    const one = await measure(lake, trino, 1);
    const worker = await addWorker(cluster, 'worker-2');
    const two = await measure(lake, trino, 2);
    await worker.stop();
    return [one, two];
  } finally {
    await cluster.stop();
  }
}

async function measure(lake: string, trino: TrinoOptions, workers: number): Promise<Measured> {
  const { catalog, schema } = trino;
  await registerLake(lake, { catalog, schema }, executeOnTrino(trino));
  const measured: Measured = { workers, duckdb: [], trino: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    measured.duckdb.push(await oneRound(await openLake({ lake })));
    measured.trino.push(await oneRound(await openLake({ lake, trino })));
    const [duckdb, cluster] = [measured.duckdb, measured.trino].map((rounds) =>
      total(rounds.at(-1)!).toFixed(1),
    );
    process.stderr.write(`round ${round + 1}: DuckDB ${duckdb} s, Trino with ${workers} ${cluster} s\n`);
  }
  return measured;
}

async function oneRound(open: OpenLake): Promise<Round> {
  const round: Round = new Map();
  for (const module of modules) {
    const begin = performance.now();
    await open.run(module);
    round.set(module.name, (performance.now() - begin) / 1000);
  }
  open.close();
  return round;
}

function markdown(measured: readonly Measured[]): string {
  const names = [...modules.map(({ name }) => name), 'all'];
  const of = (round: Round, name: string): number => (name === 'all' ? total(round) : round.get(name)!);
  const rows = names.map((name) => {
    const duckdb = median(measured.flatMap((one) => one.duckdb.map((round) => of(round, name))));
    const clusters = measured.flatMap((one) => {
      const ratios = one.trino.map((round, at) => of(round, name) / of(one.duckdb[at]!, name));
      return [
        median(one.trino.map((round) => of(round, name))).toFixed(2),
        `${median(ratios).toFixed(1)} (${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)})`,
      ];
    });
    return `| ${[name, duckdb.toFixed(2), ...clusters].join(' | ')} |`;
  });
  const heads = measured.flatMap(({ workers }) => {
    const trino = `Trino, ${workers} worker${workers === 1 ? '' : 's'}`;
    return [`${trino}, s`, 'of DuckDB'];
  });
  return [
    `${machineLine()} Rounds: ${values.rounds}.`,
    '',
    `| ${['table', 'DuckDB, s', ...heads].join(' | ')} |`,
    `|${' --- |'.repeat(2 + heads.length)}`,
    ...rows,
    '',
  ].join('\n');
}

function total(round: Round): number {
  return [...round.values()].reduce((sum, seconds) => sum + seconds, 0);
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}
