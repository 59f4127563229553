/**
 * `npx tsx scripts/bench/engines/main.ts --lake LAKE [--rounds N]`: all modules over a lake, on DuckDB in this process and on a Trino
 * cluster of one worker and of two on the same machine, module by module in turn. Prints Markdown: seconds, medians over the
 * rounds, and the ratio to DuckDB in the same round. `--cluster URL --workers N` takes a cluster that runs, `--tables a,b` some
 * of the modules, `--results FILE` keeps what was measured for the next call with that file.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { registerLake } from '../../../pipeline/lake/index.ts';
import {
  chooseModules,
  executeOnTrino,
  type OpenLake,
  openLake,
  readModules,
  type SqlModule,
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
    tables: { type: 'string' },
    results: { type: 'string' },
  },
});

/** What a module took in one round. */
interface Measured {
  workers: number;
  round: number;
  name: string;
  duckdb_s: number;
  trino_s: number;
}

const modules = chooseModules(values.tables?.split(',') ?? []);
const { lake, cluster, results } = values;
if (lake === undefined) {
  process.stderr.write('engines: name the folder of a lake with --lake\n');
  process.exit(2);
}
const kept: Measured[] = results && existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : [];
const measured = cluster
  ? await measure(lake, { url: cluster, catalog: 'hive', schema: 'bench' }, Number(values.workers))
  : await onOwnClusters(lake);
const all = [...kept, ...measured];
if (results) writeFileSync(results, JSON.stringify(all, null, 1));
process.stdout.write(markdown(all));

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
    return [...one, ...two];
  } finally {
    await cluster.stop();
  }
}

async function measure(lake: string, trino: TrinoOptions, workers: number): Promise<Measured[]> {
  const { catalog, schema } = trino;
  await registerLake(lake, { catalog, schema }, executeOnTrino(trino));
  const [here, there] = [await openLake({ lake }), await openLake({ lake, trino })];
  const measured: Measured[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const module of modules) {
      const one = { workers, round, name: module.name };
      measured.push({ ...one, duckdb_s: await seconds(here, module), trino_s: await seconds(there, module) });
      process.stderr.write(`${JSON.stringify(measured.at(-1))}\n`);
    }
  }
  for (const open of [here, there]) open.close();
  return measured;
}

async function seconds(open: OpenLake, module: SqlModule): Promise<number> {
  const begin = performance.now();
  await open.run(module);
  return (performance.now() - begin) / 1000;
}

function markdown(all: readonly Measured[]): string {
  const sizes = [...new Set(all.map(({ workers }) => workers))].sort();
  const names = readModules()
    .map(({ name }) => name)
    .filter((name) => all.some((one) => one.name === name));
  const rows = names.map((name) => row(name, all, sizes));
  const heads = sizes.flatMap((workers) => [`Trino, workers: ${workers}, s`, 'of DuckDB']);
  return [
    machineLine(),
    '',
    `| ${['table', 'DuckDB, s', ...heads].join(' | ')} |`,
    `|${' --- |'.repeat(2 + heads.length)}`,
    ...rows,
    row('all', wholeRounds(all), sizes),
    '',
  ].join('\n');
}

function row(name: string, all: readonly Measured[], sizes: readonly number[]): string {
  const own = all.filter((one) => one.name === name);
  const clusters = sizes.flatMap((workers) => {
    const rounds = own.filter((one) => one.workers === workers);
    const ratios = rounds.map(({ duckdb_s, trino_s }) => trino_s / duckdb_s);
    return [median(rounds.map(({ trino_s }) => trino_s)).toFixed(1), median(ratios).toFixed(1)];
  });
  return `| ${[name, median(own.map(({ duckdb_s }) => duckdb_s)).toFixed(2), ...clusters].join(' | ')} |`;
}

/** The sums of each round over its modules, as one more module. */
function wholeRounds(all: readonly Measured[]): Measured[] {
  const rounds = new Map<string, Measured>();
  for (const { workers, round, duckdb_s, trino_s } of all) {
    const whole = rounds.get(`${workers}/${round}`) ?? {
      workers,
      round,
      name: 'all',
      duckdb_s: 0,
      trino_s: 0,
    };
    whole.duckdb_s += duckdb_s;
    whole.trino_s += trino_s;
    rounds.set(`${workers}/${round}`, whole);
  }
  return [...rounds.values()];
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}
