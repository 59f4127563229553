/** The command around the scan: its targets, its options, its one-line errors, its stop. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../../base/errors.ts';
import { mailServer, tcpServer, withServer } from '../../scan/testing/servers.ts';
import { runScan, type ScanArgs, withInterrupt } from './scan.ts';

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
  ports: '25',
  concurrency: 4,
  rate: 0,
  strategy: 'adaptive',
  suites: 'iana',
  timeoutMs: 5000,
  helo: 'census.test',
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
