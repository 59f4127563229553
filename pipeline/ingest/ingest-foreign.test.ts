/** Files of other tools, through ingest, into a lake: rows, what is null, the quarantine, and that twice is once. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { openDatabase, sqlText } from '../base/duckdb.ts';
import { packageRoot } from '../base/package-root.ts';
import type { QuarantinedLine } from '../formats/quarantine.ts';
import { grab, smtp } from './adapters/zgrab2/grabs.fixture.ts';
import { ingest } from './index.ts';

const folder = temporaryFolder('ingest-foreign');
let files = 0;

function file(content: string | Uint8Array): string {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, content);
  return path;
}
const newLake = () => join(folder, `lake-${files++}`);

/** Rows of a table of the lake, as the engine reads them. */
async function rows(lake: string, table: string, select = '*'): Promise<Record<string, unknown>[]> {
  const database = await openDatabase({});
  try {
    const connection = await database.connect();
    const paths = sqlText(join(lake, table, '**/*.parquet'));
    const result = await connection.runAndReadAll(
      `select ${select} from read_parquet(${paths}, hive_partitioning = true, union_by_name = true) order by all`,
    );
    return result.getRowObjectsJson() as Record<string, unknown>[];
  } finally {
    database.close();
  }
}

const samples = (name: string) => readFileSync(join(packageRoot, 'scripts/fuzz/samples', name));

describe('zgrab2', () => {
  const content = `${grab({ smtp: smtp() })}\nnonsense\n${grab({
    imap: smtp({ protocol: 'imap', port: 143, status: 'io-timeout', error: 'EOF', result: {} }),
  })}\n`;

  test('rows of a handshake, counts null, evidence once, lines set aside', async () => {
    const lake = newLake();
    const [summary] = await ingest({ inputs: [file(gzipSync(content))], lake });
    expect(summary).toMatchObject({
      changed: true,
      rows: { endpoints: 2, handshakes: 1, certificates: 2, dh_groups: 1 },
    });
    expect(summary!.scan_id).toMatch(/^zgrab2-[0-9a-f]{16}$/);
    expect(summary!.quarantine).toMatchObject({ lines: 1 });
    const [line] = readFileSync(summary!.quarantine!.path, 'utf8').trim().split('\n');
    const set = JSON.parse(line!) as QuarantinedLine;
    expect(set).toMatchObject({ line: 2, reason: 'no JSON', truncated: false });
    expect(Buffer.from(set.bytes, 'base64').toString()).toBe('nonsense');

    expect(await rows(lake, 'scans', 'source, tool, tool_version, strategy, synthetic, finished_at')).toEqual(
      [
        {
          source: 'zgrab2',
          tool: 'zgrab2',
          tool_version: null,
          strategy: null,
          synthetic: false,
          finished_at: null,
        },
      ],
    );
    const columns = 'port, ip, protocol, outcome, error_kind, offered, accepted, rejected, duration_ms';
    expect(await rows(lake, 'endpoints', columns)).toMatchObject([
      { ip: '192.0.2.1', protocol: 'smtp', outcome: 'tls', error_kind: null, offered: null, accepted: null },
      { protocol: 'imap', outcome: 'error', error_kind: 'closed', rejected: null, duration_ms: null },
    ]);
    expect(await rows(lake, 'handshakes', 'version, cipher_suite, error_kind')).toEqual([
      { version: 771, cipher_suite: 0x9e, error_kind: null },
    ]);
    expect(await rows(lake, 'flights', 'key_bits, signature_scheme, flight_complete')).toEqual([
      { key_bits: 1024, signature_scheme: 0x0401, flight_complete: true },
    ]);
    expect(await rows(lake, 'endpoint_versions', 'version, offered, accepted, rejected')).toEqual([
      { version: 771, offered: null, accepted: null, rejected: null },
    ]);
    expect(await rows(lake, 'chains', 'position')).toEqual([{ position: 0 }, { position: 1 }]);
  });

  test('the same file twice changes nothing, read for another port it does', async () => {
    const lake = newLake();
    const inputs = [file(`${grab({ smtp: smtp({ port: 2525 }) }).trimEnd()}\n${grab({ smtp: smtp() })}`)];
    expect(await ingest({ inputs, lake })).toMatchObject([
      { changed: true, quarantine: { lines: 1 }, rows: { endpoints: 1 } },
    ]);
    expect(await ingest({ inputs, lake })).toMatchObject([{ changed: false }]);
    expect(await ingest({ inputs, lake, port: 25 })).toMatchObject([
      { changed: true, quarantine: null, rows: { endpoints: 2 } },
    ]);
  });

  test('the same rows from plain text, gzip and standard input', async () => {
    const lake = newLake();
    const text = grab({ smtp: smtp() });
    const options = { lake, scan_id: 'mine' };
    await ingest({ ...options, inputs: [file(text)] });
    const before = await rows(lake, 'endpoints');
    for (const bytes of [text, gzipSync(text)]) {
      const stdin = Readable.from([Buffer.from(bytes)]);
      await ingest({ ...options, inputs: ['-'], stdin });
      expect(await rows(lake, 'endpoints')).toEqual(before);
    }
  });

  test('other files under the same name say what they replace', async () => {
    const lake = newLake();
    const told: string[] = [];
    const options = { lake, scan_id: 'mine', tell: (line: string) => void told.push(line) };
    const first = file(content);
    await ingest({ ...options, inputs: [first] });
    await ingest({ ...options, inputs: [first] });
    expect(told).toEqual([]);
    await ingest({ ...options, inputs: [file(grab({ smtp: smtp() }))] });
    expect(told).toEqual([`mine: replaces 2 endpoints that came from ${basename(first)}`]);
  });

  test('--strict makes of the quarantine an error, and writes nothing', async () => {
    const lake = newLake();
    await expect(ingest({ inputs: [file(content)], lake, strict: true })).rejects.toThrow(/no JSON/);
    await expect(rows(lake, 'endpoints')).rejects.toThrow();
  });

  test('a file that is cut short is an error, and writes nothing', async () => {
    const lake = newLake();
    const cut = gzipSync(content).subarray(0, -9);
    await expect(ingest({ inputs: [file(cut)], lake, from: 'zgrab2' })).rejects.toThrow(/is cut short/);
    await expect(rows(lake, 'endpoints')).rejects.toThrow();
  });
});

test('what each tool’s sample says is in the lake, beside a scan of our own', async () => {
  const lake = newLake();
  const names = ['zgrab2.ndjson', 'tlsx.ndjson', 'tls-scan.ndjson'];
  const inputs = [...names.map((name) => file(samples(name))), join(packageRoot, 'datasets/samples/village')];
  const summaries = await ingest({ inputs, lake });
  expect(summaries).toHaveLength(4);
  const sources = await rows(lake, 'scans', 'source');
  expect(sources.map(({ source }) => source)).toEqual(['native', 'tls-scan', 'tlsx', 'zgrab2']);
  const endpoints = await rows(lake, 'endpoints', 'scan_id');
  const of = (tool: string) => endpoints.filter(({ scan_id }) => String(scan_id).startsWith(tool)).length;
  expect(['zgrab2', 'tlsx', 'tls-scan'].map(of)).toEqual([6, 3, 2]);
  const accepted = await rows(lake, 'handshakes', 'scan_id, version, cipher_suite, error_kind');
  const bare = accepted.filter(
    ({ cipher_suite, error_kind }) => cipher_suite === null && error_kind === null,
  );
  expect(
    bare.map(({ scan_id, version }) => [String(scan_id).replace(/-[0-9a-f]{16}$/, ''), version]),
  ).toEqual([
    ['tls-scan', 768],
    ['tls-scan', 769],
    ['tlsx', 772],
  ]);
});

test.each([
  [
    '--scan-id with a scan of our own',
    { scan_id: 'x', inputs: [join(packageRoot, 'datasets/samples/village')] },
    /is a whole scan, no shard of one: leave --scan-id out/,
  ],
  [
    '--port with a scan of our own',
    { port: 25, inputs: [join(packageRoot, 'datasets/samples/village')] },
    /^--port goes with/,
  ],
  [
    '--positions with another tool',
    { positions: 'x', inputs: [file(grab({ smtp: smtp() }))] },
    /^--positions goes with/,
  ],
  [
    'an unusable name',
    { scan_id: '../x', inputs: [file(grab({ smtp: smtp() }))] },
    /^--scan-id "..\/x" is not usable/,
  ],
  [
    'one name for two tools',
    { scan_id: 'x', inputs: [file(grab({ smtp: smtp() })), file(samples('tlsx.ndjson'))] },
    /files are of several tools/,
  ],
])('%s', async (_what, options, message) => {
  await expect(ingest({ lake: newLake(), ...options })).rejects.toThrow(message);
});

test('no other tool confirms a refusal: what sslyze tells of its noes is kept, and marked', async () => {
  const lake = newLake();
  const recorded = join(import.meta.dirname, 'adapters/sslyze/samples/recorded-6.3.1.json.gz');
  await ingest({ inputs: [recorded], lake, port: 143 });
  const [counts] = await rows(
    lake,
    'endpoint_versions',
    'cast(sum(rejected) as integer) as noes, sum(unconfirmed) = sum(rejected) as all_of_them',
  );
  const [told] = await rows(
    lake,
    'refusals',
    'cast(sum(cipher_suites) as integer) as noes, bool_or(confirmed) as confirmed',
  );
  expect(counts).toEqual({ noes: expect.any(Number), all_of_them: true });
  expect(counts!['noes']).toBeGreaterThan(300);
  expect(told).toEqual({ noes: counts!['noes'], confirmed: false });
});
