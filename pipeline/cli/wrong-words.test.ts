/** What the operator gets wrong on the command line: one line that says what and what to do, exit code 2, nothing written. */
import { cpSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { runCensus } from '../../scripts/testing/run-census.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { packageRoot } from '../base/package-root.ts';
import { ingest } from '../ingest/index.ts';

const folder = temporaryFolder('cli-wrong');
const sample = join(packageRoot, 'datasets/samples/village');
const lake = join(folder, 'lake');
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

beforeAll(async () => {
  await ingest({ from: 'native', inputs: [sample], lake });
});

const positions = 'position,version,openssl_name\n0,SSLv3,RC4-MD5\n1,TLSv1.0,RC4-MD5\n';
test.each<[string, () => string[], RegExp]>([
  ['no command', () => [], /name a command/],
  ['an unknown command', () => ['scna'], /scna/],
  ['an unknown option', () => ['queries', '--lak', 'x'], /lak/],
  ['a missing option', () => ['query'], /lake/],
  ['an unknown format', () => ['query', '--lake', lake, '--format', 'xml'], /format.*xml|xml.*format/i],
  ['an unknown query', () => ['query', 'version_suport', '--lake', lake], /version_suport.*version_support/],
  ['no lake', () => ['query', '--lake', join(folder, 'nowhere')], /nowhere is no lake.*census ingest/],
  ['an empty lake', () => ['query', '--lake', emptyLake({ format_version: 4 })], /is an empty lake/],
  [
    'an older lake',
    () => ['query', '--lake', emptyLake({ format_version: 1 })],
    /format 1, .*ingest its raw records into a new lake/,
  ],
  ['a newer lake', () => ['query', '--lake', emptyLake({ format_version: 99 })], /format 99.*newer version/],
  ['a report of no lake', () => ['report', '--lake', folder, '--out', join(folder, 'r')], /is no lake/],
  ['an unknown scan', () => ['query', '--lake', lake, '--scan', 'x'], /no scan "x"; it has: 2/],
  ['a missing raw folder', () => ['ingest', join(folder, 'none'), '--lake', lake], /no such file or folder/],
  ['a raw folder that is none', () => ['ingest', folder, '--lake', lake], /holds no scan/],
  ['a truncated gzip', () => ['ingest', truncated(), '--lake', lake], /is cut short.*nothing written/],
  [
    'a strange letter in a pattern',
    () => [
      ...['ingest', '--from', 'study-patterns', file('letter.csv', 'count,ratio,port,pattern\n1,1,25,ax\n')],
      ...['--positions', file('positions.csv', positions), '--lake', lake],
    ],
    /letter\.csv:2: column 2 of the pattern is "x".*nothing written/,
  ],
  [
    'a pattern of the wrong length',
    () => [
      ...['ingest', '--from', 'study-patterns', file('length.csv', 'count,ratio,port,pattern\n1,1,25,aaa\n')],
      ...['--positions', file('positions.csv', positions), '--lake', lake],
    ],
    /length\.csv:2: the pattern has 3 columns, the position table has 2/,
  ],
  [
    'a bad size',
    () => ['ingest', sample, '--lake', lake, '--memory-limit', 'much'],
    /--memory-limit is "much"/,
  ],
  [
    'a memory that is too small',
    () => ['ingest', sample, '--lake', join(folder, 'small'), '--memory-limit', '5MB'],
    /5MB of memory is too little; give --memory-limit more/,
  ],
  ['missing targets', () => ['scan', join(folder, 'none.txt'), '--out', join(folder, 's1')], /no such file/],
  [
    'a bad CIDR',
    () => ['scan', file('cidr.txt', '# two\n198.51.100.0/33\n'), '--out', join(folder, 's2')],
    /cidr\.txt.*2.*198\.51\.100\.0\/33/,
  ],
  [
    'a loopback address',
    () => ['scan', file('loop.txt', '127.0.0.1\n'), '--out', join(folder, 's3')],
    /loop\.txt.*1.*--allow-reserved/,
  ],
  [
    'a port that is no mail port',
    () => ['scan', file('t.txt', ''), '--ports', '80', '--out', join(folder, 's4')],
    /80.*no mail port/,
  ],
  [
    'an option given twice',
    () => ['query', '--lake', lake, '--out', 'a', '--out', 'b'],
    /--out is given twice/,
  ],
  ['an option without a value', () => ['query', '--lake', lake, '--out'], /--out/],
  [
    'a file where a folder should be',
    () => ['query', '--lake', lake, '--out', file('taken', '')],
    /the system refuses: EEXIST/,
  ],
  [
    'a study option for a native scan',
    () => ['ingest', sample, '--lake', lake, '--scan-id', 'x'],
    /is a whole scan, no shard of one/,
  ],
  ['a binary format for many tables', () => ['query', '--lake', lake, '--format', 'arrow'], /--out/],
])('%s', async (_, words, message) => {
  const manifest = readFileSync(join(lake, 'manifest.json'), 'utf8');
  const ended = await runCensus(words());
  expect(ended.stderr).toMatch(/^census: [^\n]+\n$/);
  expect(ended.stderr).toMatch(message);
  expect(ended.stdout).toBe('');
  expect(ended.code).toBe(2);
  expect(readFileSync(join(lake, 'manifest.json'), 'utf8')).toBe(manifest);
});

function emptyLake(manifest: object): string {
  const path = join(folder, `lake-${Object.values(manifest).join('-')}`);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'manifest.json'), JSON.stringify({ inputs: [], files: [], ...manifest }));
  return path;
}

function truncated(): string {
  const raw = join(folder, 'raw-truncated');
  cpSync(sample, raw, { recursive: true });
  const part = readdirSync(raw).find((name) => name.startsWith('endpoints-'))!;
  truncateSync(join(raw, part), 2000);
  // A scan that does not say their hashes: with them there is a line more, which names the file that was changed.
  const scan = JSON.parse(readFileSync(join(raw, 'scan.json'), 'utf8'));
  for (const one of scan.parts) delete one.sha256;
  writeFileSync(join(raw, 'scan.json'), JSON.stringify(scan));
  return raw;
}
