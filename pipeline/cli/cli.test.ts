/** The command line as a user meets it: help, every format, a run that goes on. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { parse } from 'csv-parse/sync';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeUnless } from '../../scripts/testing/describe-unless.ts';
import { censusProgram, runCensus } from '../../scripts/testing/run-census.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { startVillage } from '../../scripts/village/index.ts';
import { VILLAGE_PACE_WORDS } from '../../scripts/village/pace.ts';
import { packageRoot } from '../base/package-root.ts';
import { ingest } from '../ingest/index.ts';

const folder = temporaryFolder('cli');
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

describe('census query', () => {
  test('writes each format to standard output, and all say the same', async () => {
    const [csv, json, table, markdown, latex] = await Promise.all(
      ['csv', 'json', 'table', 'markdown', 'latex'].map((format) =>
        runCensus(['query', 'version_support', '--lake', lake, '--format', format]),
      ),
    );
    const rows = csvRows(csv!.stdout);
    expect(rows.length).toBeGreaterThan(30);
    expect(asTexts(JSON.parse(json!.stdout))).toEqual(rows);
    for (const ended of [table!, markdown!, latex!]) {
      expect(ended.code).toBe(0);
      expect(ended.stdout.split('\n').length).toBeGreaterThan(rows.length);
    }
  });

  test('writes binary formats to a folder, with the values that CSV has', async () => {
    const out = join(folder, 'tables');
    for (const format of ['arrow', 'parquet', 'csv']) {
      expect((await runCensus(['query', '--lake', lake, '--format', format, '--out', out])).stderr).toBe('');
    }
    expect(readdirSync(out)).toHaveLength(3 * 18);
    for (const name of ['version_support', 'cipher_suites', 'top_certificates']) {
      const rows = csvRows(readFileSync(join(out, `${name}.csv`), 'utf8'));
      expect(rows.length).toBeGreaterThan(10);
      const arrow = tableFromIPC(readFileSync(join(out, `${name}.arrow`)));
      expect(asTexts(arrow.toArray().map((row) => row.toJSON()))).toEqual(rows);
      const parquet = await asyncBufferFromFile(join(out, `${name}.parquet`));
      expect(asTexts(await parquetReadObjects({ file: parquet, compressors }))).toEqual(rows);
    }
  });

  test('says why a table is empty', async () => {
    const study = join(folder, 'study');
    const patterns = file('p.csv', 'count,ratio,port,pattern\n2,1,25,ra\n');
    const positions = file('pos.csv', 'position,version,openssl_name\n0,SSLv3,RC4-MD5\n1,TLSv1.0,RC4-MD5\n');
    const words = ['ingest', '--from', 'study-patterns', patterns, '--positions', positions, '--lake', study];
    expect((await runCensus(words)).stdout).toMatch(
      /^study-2015 is now in .*: 2 endpoints, 2 accepted or failed handshakes/,
    );
    const { stdout, code } = await runCensus(['query', 'shared_primes', '--lake', study]);
    expect(stdout).toMatch(/no accepted handshake .* carries finite-field Diffie-Hellman parameters/);
    expect(code).toBe(0);
  });
});

test('census queries lists the tables, and doctor finds nothing wrong here', async () => {
  const [queries, doctor, help] = await Promise.all([
    runCensus(['queries']),
    runCensus(['doctor', '--folder', folder]),
    runCensus(['--help']),
  ]);
  expect(queries.stdout.split('\n').filter((line) => line !== '')).toHaveLength(18);
  expect(doctor.stdout).not.toMatch(/failed/);
  expect(doctor.code).toBe(0);
  expect(help.stdout).toMatch(/census run/);
});

test('census run makes everything, and given again goes on at the stage that was not finished', async () => {
  const village = await startVillage();
  try {
    const targets = file('village.csv', village.targetsCsv());
    const out = join(folder, 'run');
    const options = [
      '--allow-reserved',
      '--rate',
      '0',
      '--timeout-ms',
      '2000',
      '--greeting-timeout-ms',
      '2000',
      ...VILLAGE_PACE_WORDS,
    ];
    const words = ['run', targets, '--out', out, ...options];
    const first = await runCensus(words);
    expect(first.code).toBe(0);
    expect(first.stdout).toContain(join(out, 'report', 'index.html'));
    expect(existsSync(join(out, 'report', 'index.html'))).toBe(true);
    expect(readdirSync(join(out, 'tables'))).toHaveLength(18);

    // As an interruption after ingest would leave it.
    const manifest = join(out, 'run.json');
    writeFileSync(
      manifest,
      JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), finished: ['scan', 'ingest'] }),
    );
    const scanned = readFileSync(join(out, 'raw', 'scan.json'), 'utf8');
    const again = await runCensus(words);
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/scan: done before\n.*ingest: done before\n.*query: …/);
    expect(readFileSync(join(out, 'raw', 'scan.json'), 'utf8')).toBe(scanned);
    expect(JSON.parse(readFileSync(manifest, 'utf8')).finished).toEqual([
      'scan',
      'ingest',
      'query',
      'report',
    ]);

    const titled = await runCensus([...words, '--title', 'Mail of our town']);
    expect(titled.stderr).toMatch(/query: done before\n.*report: …/);
    expect(readFileSync(join(out, 'report', 'index.html'), 'utf8')).toContain('Mail of our town');

    for (const [option, value] of [
      ['strategy', 'exhaustive'],
      ['timeout-ms', '2001'],
      ['helo', 'other.example'],
    ] as const) {
      const other = await runCensus([...words.filter(unlessOption(option)), `--${option}`, value]);
      expect(other.stderr).toMatch(new RegExp(`^census: .* is of a run with another ${option}.*--out`));
      expect(other.code).toBe(2);
    }

    for (const [content, message] of [
      [{ format_version: 2 }, /run\.json has format 2.*newer version/],
      [{ format_version: 1 }, /is no run\.json of census run/],
      [null, /is no run\.json of census run/],
    ] as const) {
      writeFileSync(manifest, JSON.stringify(content));
      const refused = await runCensus(words);
      expect(refused.stderr).toMatch(/^census: [^\n]+\n$/);
      expect(refused.stderr).toMatch(message);
      expect(refused.code).toBe(2);
    }
  } finally {
    await village.stop();
  }
}, 240_000);

const noTerminal = existsSync('/usr/bin/script') ? undefined : 'script (util-linux) is not here: install it';

describeUnless(noTerminal, 'census query on a terminal', () => {
  test.each(['table', 'csv', 'json', 'markdown', 'latex'])(
    '%s shows no control character of a peer',
    (format) => {
      const program = `'${process.execPath}' '${censusProgram}'`;
      const command = `${program} query top_certificates --lake '${lake}' --format ${format}`;
      const terminal = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
      expect(terminal.status).toBe(0);
      expect(terminal.stdout).toMatch(/46bd231/);
      expect(terminal.stdout.replaceAll('\r\n', '')).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
    },
  );
});

/** Words that are neither the option nor its value. */
function unlessOption(option: string): (word: string, index: number, words: string[]) => boolean {
  return (word, index, words) => word !== `--${option}` && words[index - 1] !== `--${option}`;
}

/** Records with every value as the text that CSV has for it. */
function asTexts(rows: Record<string, unknown>[]): Record<string, string>[] {
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value ?? '')])),
  );
}

function csvRows(text: string): Record<string, string>[] {
  return parse(text, { columns: true });
}
