/**
 * `npm start`: the main job on the built-in village of mail servers. Village up, scan, ingest, query, report,
 * village down; prints the main tables and where the report lies. Needs no network but loopback.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../pipeline/base/package-root.ts';
import { runAll } from '../pipeline/cli/commands/run.ts';
import { SCAN_ARGS } from '../pipeline/cli/scan-arguments.ts';
import type { ResultTable } from '../pipeline/formats/result-table.ts';
import { renderTable } from '../pipeline/query/render/index.ts';
import { VILLAGE_PACE } from './village/pace.ts';

const SHOWN = ['port_overview', 'version_support', 'key_exchange', 'shared_primes', 'top_certificates'];

const folder = join(packageRoot, 'demo');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const targets = join(folder, 'targets.csv');
const { village, endpoints } = await startVillage(targets);
process.stderr.write(
  `The village is up: ${endpoints} mail servers on loopback. It is a stage set, not the Internet.\n`,
);
try {
  await runAll({
    ...SCAN_ARGS,
    targets: [targets],
    out: folder,
    rate: VILLAGE_PACE.rate,
    timeoutMs: 3000,
    greetingTimeoutMs: 3000,
    addressConnections: VILLAGE_PACE.address_connections,
    addressPauseMs: VILLAGE_PACE.address_pause_ms,
    throttleBudgetS: VILLAGE_PACE.throttle.budget_ms / 1000,
    maxHandshakes: VILLAGE_PACE.max_handshakes,
    allowReserved: true,
    title: 'The village: a stage set of mail servers on loopback',
  });
} finally {
  await stopVillage(village);
}
for (const name of SHOWN) process.stdout.write(`\n${show(name)}`);
process.stdout.write(
  `\nAll tables and figures: ${relative(process.cwd(), join(folder, 'report', 'index.html'))}\n`,
);

/** Runs the village in a process of its own, as real servers would be; it prints a line an endpoint once it is up. */
async function startVillage(file: string): Promise<{ village: ChildProcess; endpoints: number }> {
  const script = fileURLToPath(new URL('village/main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--targets', file], {
    cwd: packageRoot,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // It prints nothing before all its servers listen.
  const first = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => undefined)]);
  if (!first) throw new Error('the village did not start; npm run village says why');
  child.stdout.resume();
  return { village: child, endpoints: readFileSync(file, 'utf8').trim().split('\n').length - 1 };
}

async function stopVillage(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.stdin?.end();
  await exit;
}

function show(name: string): string {
  const table: ResultTable = JSON.parse(readFileSync(join(folder, 'tables', `${name}.json`), 'utf8'));
  return String(renderTable(table, 'table', process.stdout.isTTY ? { columns: process.stdout.columns } : {}));
}
