/** A staged scan holds what the files hold: nothing twice, nothing lost, and the same bytes each time. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { sha256Hex } from '../../base/hex.ts';
import { type PackedRecord, unpackRecord } from '../../formats/packed-record.ts';
import type { QuarantinedLine } from '../../formats/quarantine.ts';
import type { CertificateRecord, DhGroupRecord } from '../../formats/raw-record.ts';
import { openInput } from './input/open-input.ts';
import { type ForeignScanOptions, stageForeign } from './stage-foreign.ts';
import { grab, ISSUER, LEAF, smtp } from './zgrab2/grabs.fixture.ts';
import { zgrab2 } from './zgrab2/zgrab2.ts';

const base = temporaryFolder('stage');
let made = 0;

function fileOf(content: string): ForeignScanOptions['inputs'][number] {
  const path = join(base, `${made++}.json`);
  writeFileSync(path, content);
  return { path, open: () => openInput(path) };
}

function stage(contents: readonly string[], changes: Partial<ForeignScanOptions> = {}) {
  const folder = join(base, `staged-${made++}`);
  mkdirSync(folder);
  const inputs = contents.map(fileOf);
  return stageForeign({ scan_id: 'a', adapter: zgrab2, inputs, port: null, ...changes }, folder);
}

function linesOf<T>(path: string): T[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

function contentOf({ folder, scan, quarantine }: Awaited<ReturnType<typeof stage>>) {
  const all = <T>(kind: 'endpoints' | 'certificates' | 'dh_groups') =>
    scan.parts.map((part) => linesOf<T>(join(folder, part[kind])));
  return {
    endpoints: all<PackedRecord>('endpoints'),
    certificates: all<CertificateRecord>('certificates'),
    groups: all<DhGroupRecord>('dh_groups'),
    quarantine: quarantine === null ? [] : linesOf<QuarantinedLine>(quarantine),
  };
}

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => grab({ smtp: smtp() }, { ip: `192.0.2.${index}` }));

describe('a staged scan', () => {
  test('packed records, each certificate and group once a part, numbered through', async () => {
    const staged = await stage([`${lines(5).join('\n')}\n`], { endpoints_per_part: 2 });
    expect(staged.scan).toEqual({
      ...{ format_version: expect.any(Number), scan_id: 'a', tool: 'zgrab2', tool_version: null },
      ...{ started_at: '2025-10-28T10:00:01.000Z', finished_at: null, synthetic: false, strategy: null },
      cipher_suites: null,
      parts: [2, 2, 1].map((records, index) => ({
        endpoints: `endpoints-0000${index}.ndjson.gz`,
        certificates: `certificates-0000${index}.ndjson.gz`,
        dh_groups: `dh-groups-0000${index}.ndjson.gz`,
        ...{ flights: null, records },
      })),
    });
    const { endpoints, certificates, groups, quarantine } = contentOf(staged);
    expect(endpoints.flat().map(({ endpoint_id, ip, scan_id }) => [endpoint_id, ip, scan_id])).toEqual(
      [0, 1, 2, 3, 4].map((index) => [index, `192.0.2.${index}`, 'a']),
    );
    const both = [LEAF, ISSUER].map((der) => ({ sha256: sha256Hex(der), der: der.toString('base64') }));
    expect(certificates).toEqual([both, both, both]);
    expect(groups.map((part) => part.map(({ bits, generator_hex }) => [bits, generator_hex]))).toEqual(
      Array(3).fill([[1024, '02']]),
    );
    expect(quarantine).toEqual([]);
    expect(staged.quarantine).toBeNull();
  });

  test('a record unpacks to what the reader said', async () => {
    const [[packed]] = contentOf(await stage([lines(1)[0]!])).endpoints as [[PackedRecord]];
    expect(packed).not.toHaveProperty('duration_ms');
    const record = unpackRecord(packed);
    expect(record).toMatchObject({ port: 25, outcome: 'tls', dialogue: { starttls_accepted: true } });
    expect(record.handshakes).toMatchObject([{ version: 771, cipher_suite: 0x9e, key_bits: 1024 }]);
    expect(record.handshakes[0]!.chain_id).toBe(record.chains[0]!.chain_id);
  });

  test('several files are one scan; what can’t be read is told with its file, line and bytes', async () => {
    const first = `nonsense\n${lines(1)[0]}\n`;
    const second = `${lines(1)[0]}\n${grab({ http: smtp({ protocol: 'http' }) })}\n{`;
    const staged = await stage([first, second]);
    const { endpoints, quarantine } = contentOf(staged);
    expect(endpoints.flat().map(({ endpoint_id }) => endpoint_id)).toEqual([0, 1]);
    expect(quarantine.map(({ line, reason, truncated }) => [line, reason, truncated])).toEqual([
      [1, 'no JSON', false],
      [2, 'http: a module that is none of smtp, pop3, imap, tls', false],
      [3, 'the file ends before it is whole', false],
    ]);
    expect(Buffer.from(quarantine[0]!.bytes, 'base64').toString()).toBe('nonsense');
    expect(new Set(quarantine.map(({ file }) => file)).size).toBe(2);
  });

  test('a long line that can’t be read is kept in part', async () => {
    const { quarantine } = contentOf(await stage([`${lines(1)[0]}\n${'x'.repeat(100_000)}\n`]));
    expect(quarantine[0]).toMatchObject({ line: 2, truncated: true });
    expect(Buffer.from(quarantine[0]!.bytes, 'base64')).toHaveLength(65_536);
  });

  test('a file of which nothing can be taken is another tool’s, and no scan', async () => {
    await expect(stage(['{"nonsense": 1}\n'])).rejects.toThrow(
      /holds no endpoint that could be taken as zgrab2 writes them \(line 1: .*\); nothing written/,
    );
  });

  test('the same file gives the same bytes', async () => {
    const content = `${lines(7).join('\n')}\nnonsense\n`;
    const hashes = await Promise.all(
      [1, 2].map(async () => {
        const { folder } = await stage([content], { endpoints_per_part: 3 });
        const names = readdirSync(folder).sort();
        return names.map((name) => [
          name,
          createHash('sha256')
            .update(
              name.startsWith('quarantine')
                ? readFileSync(join(folder, name), 'utf8').replace(/"\d+\.json"/, '')
                : readFileSync(join(folder, name)),
            )
            .digest('hex'),
        ]);
      }),
    );
    expect(hashes[0]).toEqual(hashes[1]);
    expect(hashes[0]).toHaveLength(10);
  });
});

test.each(['', '\n \n'])('a file with nothing in it is told: %j', async (content) => {
  await expect(stage([content])).rejects.toThrow(/is empty: no line of zgrab2 in it; nothing written$/);
});

test('a hundred thousand endpoints in bounded memory, none lost', { timeout: 120_000 }, async () => {
  const line = Buffer.from(
    `${grab({ smtp: { status: 'io-timeout', protocol: 'smtp', port: 25, error: 'EOF' } })}\n`,
  );
  const chunk = Buffer.concat(Array(1000).fill(line) as Buffer[]);
  async function* chunks() {
    for (let count = 0; count < 100; count++) yield chunk;
  }
  const inputs = [{ path: 'many.json', open: async () => ({ head: '', chunks: chunks() }) }];
  const before = process.memoryUsage().rss;
  const { scan } = await stage([], { inputs });
  expect(scan.parts.map(({ records }) => records)).toEqual([50_000, 50_000]);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});
