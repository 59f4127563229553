/** Recorded files of sslyze and testssl, staged: what a part file says, unpacked, is what the adapter said. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { unpackRecord } from '../../formats/packed-record.ts';
import type { CertificateRecord } from '../../formats/raw-record.ts';
import { openInput } from './input/open-input.ts';
import { endpointsOf, itemsOf, scanOf } from './items-of.fixture.ts';
import { sslyze } from './sslyze/sslyze.ts';
import { stageForeign } from './stage-foreign.ts';
import { testssl } from './testssl/testssl.ts';

const base = temporaryFolder('reports');

test.each([
  ['sslyze', 'recorded-5.2.0.json.gz', 143],
  ['sslyze', 'recorded-6.3.1.json.gz', 143],
  ['testssl', 'recorded-flat-3.0.8.json', 993],
  ['testssl', 'recorded-pretty-3.0.8.json', 993],
] as const)('$name %s', async (tool, name, port) => {
  const adapter = { sslyze, testssl }[tool];
  const path = join(import.meta.dirname, adapter.name, 'samples', name);
  const folder = join(base, name);
  mkdirSync(folder);
  const inputs = [{ path, open: () => openInput(path) }];
  const { scan, quarantine } = await stageForeign({ scan_id: 'a', adapter, inputs, port }, folder);
  const bytes = readFileSync(path);
  const items = itemsOf(adapter, name.endsWith('.gz') ? gunzipSync(bytes) : bytes, { port });
  expect(quarantine).toBeNull();
  expect(scan).toMatchObject({ tool: adapter.name, tool_version: scanOf(items)!.tool_version });
  const [part, ...others] = scan.parts;
  expect(others).toEqual([]);
  const [line, ...more] = linesOf(join(folder, part!.endpoints));
  expect(more).toEqual([]);
  const { effort, ...said } = endpointsOf(items)[0]!;
  expect(new Set(Object.values(effort))).toEqual(new Set([null]));
  const unpacked = unpackRecord(line as Parameters<typeof unpackRecord>[0]);
  expect(unpacked).toMatchObject(withoutNulls(said) as object);
  const ders = items.flatMap((item) => (item.kind === 'certificate' ? [item.der] : []));
  const certificates = linesOf(join(folder, part!.certificates)) as CertificateRecord[];
  expect(certificates.map(({ der }) => der)).toEqual(ders.map((der) => Buffer.from(der).toString('base64')));
});

function linesOf(path: string): unknown[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function withoutNulls(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, part) => (part === null ? undefined : part));
}
