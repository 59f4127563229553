/** The command around the scan: its targets, its options, its one-line errors, its stop. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { censusProgram } from '../../../scripts/testing/run-census.ts';
import { UsageError } from '../../base/errors.ts';
import { mailServer, tcpServer, withServer } from '../../scan/testing/servers.ts';
import { SCAN_ARGS, type ScanArgs } from '../scan-arguments.ts';
import { runScan, withInterrupt } from './scan.ts';

let folder: string;
const said: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'census-cli-'));
  said.length = 0;
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function args(targets: string, more: Partial<ScanArgs> = {}): ScanArgs {
  const list = join(folder, 'targets.csv');
  writeFileSync(list, targets);
  return { ...ARGS, targets: [list], out: join(folder, 'raw'), ...more };
}

const ARGS: Omit<ScanArgs, 'targets' | 'out'> = {
  ...SCAN_ARGS,
  ports: '25',
  concurrency: 4,
  rate: 0,
  allowReserved: true,
};

test('a scan from a file to a folder, with a summary', async () => {
  const starting = mailServer('220 a\r\n', { EHLO: '250 a\r\n' });
  const file = await withServer(starting, ({ port }) =>
    runScan(args(`ip,port,connect_port\r\n127.0.0.1,25,${port}\r\n`)),
  );
  expect(file.counts).toMatchObject({ endpoints: 1, outcomes: { no_starttls: 1 } });
  expect(JSON.parse(readFileSync(join(folder, 'raw', 'scan.json'), 'utf8'))).toEqual(file);
  expect(said.join('')).toMatch(/^scan done: 1 endpoints, 0 handshakes: .*1 without STARTTLS.*\n$/);
});

describe('what the operator got wrong is one line, and nothing is written', () => {
  test.each<[string, Partial<ScanArgs>, string]>([
    ['127.0.0.1\n10.0.0.0/33', {}, 'targets.csv, line 2: .*nothing was scanned'],
    ['127.0.0.1', { allowReserved: false }, 'line 1: .*--allow-reserved'],
    ['127.0.0.1', { ports: '25,26' }, '--ports: .26. is no mail port'],
    ['127.0.0.1', { concurrency: 0 }, '--concurrency'],
    ['127.0.0.1', { rate: -1 }, '--rate'],
    ['127.0.0.1', { timeoutMs: Number.NaN }, '--timeout-ms'],
    ['127.0.0.1', { helo: 'a b\r\nRSET' }, '--helo'],
    ['127.0.0.1', { contact: 'nobody' }, '--contact: give a mail address, or a URL'],
    ['127.0.0.1', { workers: 0 }, '--workers'],
    ['127.0.0.1', { workers: 5 }, '--workers 5 are more than --concurrency 4'],
    ['127.0.0.1', { endpointTimeoutS: 0 }, '--endpoint-timeout-s'],
    ['127.0.0.1', { throttleBudgetS: -1 }, '--throttle-budget-s'],
    ['127.0.0.1', { addressConnections: 0 }, '--address-connections'],
    ['127.0.0.1', { addressPauseMs: 0.5 }, '--address-pause-ms'],
    ['127.0.0.1', { maxHandshakes: 0 }, '--max-handshakes'],
    ['127.0.0.1', { probes: 'all,of,them' }, "--probes: 'all' is none; give all, none, or some of"],
    ['127.0.0.1', { strategy: 'predictive' }, '--strategy predictive needs --prior FILE'],
    ['127.0.0.1', { prior: 'x' }, '--prior goes with --strategy predictive'],
    ['127.0.0.1', { strategy: 'predictive', prior: 'x', confidence: 1 }, '--confidence'],
    ['127.0.0.1', { strategy: 'predictive', prior: 'x', checkShare: 2 }, '--check-share'],
    ['127.0.0.1', { strategy: 'predictive', prior: '/no/such/prior' }, '/no/such/prior'],
    ['127.0.0.1', { shard: '3/2' }, "--shard: '3/2' is no shard"],
    ['127.0.0.1', { seed: 'abc' }, "--seed: 'abc' is no seed"],
    ['127.0.0.1', { exclude: ['/no/such/list'] }, '/no/such/list: no such file; give a file of exclusions'],
    ['192.0.2.1', { allowReserved: false }, '--allow-reserved'],
    ['8.8.8.8', { allowReserved: false }, '--helo NAME .* and --contact MAIL_OR_URL'],
    ['8.8.8.8', {}, '--helo NAME .* and --contact MAIL_OR_URL'],
    ['8.8.8.8', { helo: 'scanner.census.example' }, 'give --contact MAIL_OR_URL'],
    ['8.8.8.8', { contact: 'us@census.example' }, 'give --helo NAME'],
    ['8.8.8.8', { contact: 'us@census.example', helo: 'localhost' }, 'give --helo NAME'],
    ['127.0.0.1\nmx.example', {}, 'give --helo NAME'],
    ['126.0.0.0/7', {}, 'give --helo NAME'],
    ['127.0.0.1', { targets: ['/no/such/file'] }, '/no/such/file: no such file'],
    ['127.0.0.1', { targets: [tmpdir()] }, 'is a folder'],
    ['', {}, 'no targets'],
  ])('%j %j', async (targets, more, message) => {
    const failure = await runScan(args(targets, more)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toMatch(new RegExp(message));
    expect((failure as Error).message).not.toContain('\n');
    expect(existsSync(join(folder, 'raw'))).toBe(false);
  });
});

test('Ctrl-C ends the scan cleanly, with exit code 130', async () => {
  await withServer(
    tcpServer(() => {}),
    async ({ port }) => {
      const scanArgs = args(`ip,port,connect_port\n127.0.0.1,25,${port}\n`);
      setTimeout(() => process.emit('SIGINT'), 100);
      await withInterrupt(async (signal) => (await runScan({ ...scanArgs, signal })).finished_at !== null);
      expect(process.exitCode).toBe(130);
      process.exitCode = undefined;
      expect(said.join('')).toMatch(/^scan stopped: 0 endpoints/);
    },
  );
});

test('exclusions, a shard and a seed of the operator are kept to, and noted', async () => {
  const starting = mailServer('220 a\r\n', { EHLO: '250 a\r\n' });
  await withServer(starting, async ({ port }) => {
    const rows = Array.from({ length: 10 }, (_, index) => `127.0.0.1,mx${index}.example,25,${port}`);
    const list = join(folder, 'exclude.txt');
    writeFileSync(list, 'mx3.example  # asked us to\n10.0.0.0/8\n');
    const seed = '0123456789abcdef'.repeat(2);
    const csv = ['ip,host,port,connect_port', ...rows].join('\n');
    const counts: number[] = [];
    for (const index of [1, 2]) {
      const more = {
        exclude: [list],
        shard: `${index}/2`,
        seed,
        out: join(folder, `raw${index}`),
        addressPauseMs: 0,
      };
      const file = await runScan(args(csv, more));
      expect(file).toMatchObject({
        seed,
        shard: { index, of: 2 },
        excluded: { by_operator: 1, reserved: 0 },
      });
      counts.push(file.counts.endpoints);
    }
    expect(counts[0]! + counts[1]!).toBe(9);
  });
});

test('what another scanner found on other ports is left out, and told', async () => {
  const starting = mailServer('220 a\r\n', { EHLO: '250 a\r\n' });
  await withServer(starting, async ({ port }) => {
    writeFileSync(join(folder, 'ours.csv'), `ip,port,connect_port\n127.0.0.1,25,${port}\n`);
    const sources = [join(folder, 'ours.csv'), join(folder, 'mixed.txt')];
    writeFileSync(sources[1]!, 'open tcp 80 127.0.0.1 1447\nopen tcp 25 127.9.9.9 1447\n');
    const file = await runScan(args('127.0.0.1', { targets: sources }));
    expect(file.counts.endpoints).toBe(2);
    expect(said.join('')).toMatch(/^left out of the targets: 1 open ports that are no mail ports\n/);
  });
});

test('more in flight than this system has files for is told before anything is asked', () => {
  const list = join(folder, 'targets.txt');
  writeFileSync(list, '127.0.0.1\n');
  const words = `scan ${list} --out ${join(folder, 'raw')} --allow-reserved --concurrency 2000`;
  const { stderr, status } = spawnSync(
    'sh',
    ['-c', `ulimit -n 1000; exec "$0" "$1" ${words}`, process.execPath, censusProgram],
    {
      encoding: 'utf8',
    },
  );
  expect(stderr).toMatch(
    /^census: --concurrency 2000 needs 2064 open files, this system allows 1000 a process; [^\n]+\n$/,
  );
  expect(status).toBe(2);
});
