/**
 * One part of the bench, in this process: `bare` connects, writes a hello, reads the flight and closes, with nothing
 * around it; `scan` is the scan stage, from targets to files. Prints what it took as JSON: CPU is this process's, all
 * threads, user and system, after a first round that warms it up.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepHeapSmall } from '../../../pipeline/base/heap.ts';
import {
  readTargets,
  realWorld,
  SCAN_DEFAULTS,
  type ScanOptions,
  scan,
} from '../../../pipeline/scan/index.ts';
import { writeHello } from '../../../pipeline/tls/index.ts';
import { addressAt } from './addresses.ts';
import { ACCEPTED, serverFlight } from './flight.ts';

/** What a part is told, as JSON in its first argument. */
export interface PartPlan {
  part: 'bare' | 'scan';
  /** Nominal: says the protocol. */
  port: 25 | 993;
  connect_port: number;
  /** Servers, and how often each is scanned (bare: connections). */
  endpoints: number;
  rounds: number;
  in_flight: number;
  warm_up: number;
}

export interface PartTook {
  handshakes: number;
  seconds: number;
  cpu_us: number;
  peak_mib: number;
}

const plan: PartPlan = JSON.parse(process.argv[2]!);

async function main(): Promise<void> {
  const run = plan.part === 'bare' ? bare : scanRounds;
  if (plan.part === 'scan') keepHeapSmall();
  if (plan.warm_up > 0) await run(plan.warm_up);
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const handshakes = await run(plan.rounds);
  const took = process.cpuUsage(cpu);
  const result: PartTook = {
    handshakes,
    seconds: (performance.now() - started) / 1000,
    cpu_us: took.user + took.system,
    peak_mib: process.resourceUsage().maxRSS / 1024,
  };
  process.stdout.write(JSON.stringify(result));
}

async function scanRounds(rounds: number): Promise<number> {
  let handshakes = 0;
  for (let round = 0; round < rounds; round++) handshakes += await scanOnce();
  return handshakes;
}

async function scanOnce(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'census-bench-'));
  try {
    const addresses = Array.from({ length: plan.endpoints }, (_, index) => addressAt(index));
    const lines = [
      'ip,port,connect_port',
      ...addresses.map((ip) => `${ip},${plan.port},${plan.connect_port}`),
    ];
    const targets = await readTargets(lines, { source: 'bench', allow_reserved: true });
    const { counts } = await scan({ ...options(), targets, out: join(folder, 'raw') }, realWorld());
    if (counts.outcomes.tls !== plan.endpoints) throw new Error(`not all are tls: ${JSON.stringify(counts)}`);
    return counts.handshakes;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As a census sets them, but for pace and pauses, which are there to take time; suites are all that is asked. */
function options(): Omit<ScanOptions, 'targets' | 'out'> {
  return {
    ...SCAN_DEFAULTS,
    ports: [plan.port],
    probes: [],
    concurrency: plan.in_flight,
    rate: 0,
    address_pause_ms: 0,
    allow_reserved: true,
    timeouts: { connect_ms: 120_000, read_ms: 120_000, endpoint_ms: 3_600_000 },
  };
}

/** As many connections as a round of the scan makes of them. */
async function bare(rounds: number): Promise<number> {
  const each = plan.endpoints * HANDSHAKES_OF_A_SERVER;
  for (let round = 0; round < rounds; round++) {
    let begun = 0;
    await Promise.all(
      Array.from({ length: plan.in_flight }, async () => {
        while (begun < each) await ask(addressAt(begun++ % plan.endpoints));
      }),
    );
  }
  return rounds * each;
}

function ask(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = FLIGHT_BYTES;
    const socket = connect({ host, port: plan.connect_port, noDelay: true });
    socket.on('error', reject);
    socket.on('connect', () => socket.write(HELLO));
    socket.on('data', (chunk) => {
      left -= chunk.length;
      if (left > 0) return;
      socket.destroy();
      resolve();
    });
  });
}

const HANDSHAKES_OF_A_SERVER = 26;
const HELLO = writeHello({
  version: 0x0303,
  cipher_suites: [...ACCEPTED.get(0x0303)!],
  named_groups: [29, 23],
  random: new Uint8Array(32),
});
const FLIGHT_BYTES = serverFlight(0x0303, 0xc030).length;

await main();
