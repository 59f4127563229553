/**
 * `npx tsx scripts/bench/handshake-cost/main.ts [--runs N] [--only cost|crowd] [--print]`: client CPU of a handshake from connect to
 * record, beside a bare connect, write, read and close in the same run; handshakes a second from one process; memory
 * with 10,000 endpoints in flight. Servers are processes of their own (responder.ts). Writes scripts/bench/README.md.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { buildProgram } from '../built-program.ts';
import { machineLine, writeMeasured } from '../measured-page.ts';
import type { PartPlan, PartTook } from './client-part.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    /** `cost` or `crowd` alone, printed. */
    only: { type: 'string' },
    print: { type: 'boolean', default: false },
  },
});

type Part = 'bare' | 'scan' | 'scan with STARTTLS' | 'scans of 64 endpoints';
type Run = Record<Part, PartTook>;

async function main(): Promise<void> {
  const source = buildProgram();
  const runs: Run[] = [];
  if (values.only !== 'crowd') {
    for (let run = 0; run < Number(values.runs); run++) runs.push(await oneRun(source));
  }
  const cost = runs.length > 0 ? costPart(runs) : [];
  const crowd = values.only === 'cost' ? [] : crowdPart(await inFlight(source));
  const markdown = [machineLine(), '', ...cost, '', ...crowd].join('\n');
  if (values.print || values.only !== undefined) process.stdout.write(`${markdown}\n`);
  else writeMeasured('scripts/bench/README.md', markdown);
}

async function oneRun(source: (path: string) => string): Promise<Run> {
  const many = { connect_port: PORT, endpoints: MANY, in_flight: 64, warm_up: 1, rounds: 1 };
  const few = { ...many, endpoints: 64, warm_up: 8, rounds: 8 };
  const run = {} as Run;
  await withResponders(source, { mode: 'tls', count: MANY, processes: 1, delay_ms: 0 }, async () => {
    run.bare = part(source, { ...many, part: 'bare', port: 993 });
    run.scan = part(source, { ...many, part: 'scan', port: 993 });
    run['scans of 64 endpoints'] = part(source, { ...few, part: 'scan', port: 993 });
  });
  await withResponders(source, { mode: 'smtp', count: MANY, processes: 1, delay_ms: 0 }, async () => {
    run['scan with STARTTLS'] = part(source, { ...many, part: 'scan', port: 25 });
  });
  process.stderr.write(`${PARTS.map((name) => `${name} ${cost(run[name]).toFixed(0)} µs`).join(', ')}\n`);
  return run;
}

/** Each answer takes seconds, so that all endpoints are connected at the same time. */
async function inFlight(source: (path: string) => string): Promise<PartTook> {
  const crowd = { mode: 'tls', count: CROWD, processes: 4, delay_ms: 4000 } as const;
  let took: PartTook | undefined;
  await withResponders(source, crowd, async () => {
    const each = { connect_port: PORT, endpoints: CROWD, in_flight: CROWD };
    took = part(source, { ...each, part: 'scan', port: 993, rounds: 1, warm_up: 0 });
  });
  return took!;
}

interface Responders {
  mode: 'tls' | 'smtp';
  count: number;
  processes: number;
  delay_ms: number;
}

async function withResponders(
  source: (path: string) => string,
  { mode, count, processes, delay_ms }: Responders,
  work: () => Promise<void>,
): Promise<void> {
  const script = source('scripts/bench/handshake-cost/responder.ts');
  const each = count / processes;
  const children = Array.from({ length: processes }, (_, index) => {
    const words = [script, mode, PORT, index * each, each, delay_ms].map(String);
    return spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  });
  try {
    await Promise.all(children.map((child) => once(child.stdout, 'data')));
    await work();
  } finally {
    const ends = children.map((child) => once(child, 'exit'));
    for (const child of children) child.stdin.end();
    await Promise.all(ends);
  }
}

function part(source: (path: string) => string, plan: PartPlan): PartTook {
  const script = source('scripts/bench/handshake-cost/client-part.ts');
  const words = [script, JSON.stringify(plan)];
  return JSON.parse(
    execFileSync(process.execPath, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  );
}

function costPart(runs: readonly Run[]): string[] {
  const rows = PARTS.map((name) => {
    const ratios = runs.map((run) => cost(run[name]) / cost(run.bare));
    const perSecond = runs.map((run) => run[name].handshakes / run[name].seconds);
    const perCore = runs.map((run) => 1e6 / cost(run[name]));
    const cells = [
      spread(
        runs.map((run) => cost(run[name])),
        0,
      ),
      spread(ratios, 2),
      spread(perSecond, 0),
      spread(perCore, 0),
    ];
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  return [
    `${runs.length} runs, median (least to most):`,
    '',
    '| part | µs of client CPU a handshake | of bare | handshakes a second | a second of client CPU |',
    '| --- | --: | --: | --: | --: |',
    ...rows,
  ];
}

function crowdPart({ handshakes, seconds, peak_mib }: PartTook): string[] {
  return [
    `${CROWD.toLocaleString('en')} endpoints in flight in one process, each answer after 4 s: ` +
      `${peak_mib.toFixed(0)} MiB at the most, ${handshakes.toLocaleString('en')} handshakes in ${seconds.toFixed(0)} s.`,
  ];
}

function cost({ cpu_us, handshakes }: PartTook): number {
  return cpu_us / handshakes;
}

function spread(numbers: readonly number[], digits: number): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [least, median, most] = [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
  return `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
}

const PARTS: readonly Part[] = ['bare', 'scan', 'scans of 64 endpoints', 'scan with STARTTLS'];
/** Endpoints of a scan: its begin, its end and its files weigh little in it, as in a census. */
const MANY = 512;
const PORT = 29_443;
const CROWD = 10_000;

await main();
