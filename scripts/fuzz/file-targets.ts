/** Files between stages, which other machines and tools may have written: a value, or one line for the operator. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../pipeline/base/errors.ts';
import { packageRoot } from '../../pipeline/base/package-root.ts';
import { readManifestIfAny } from '../../pipeline/formats/lake-manifest.ts';
import { LAKE_FORMAT_VERSION } from '../../pipeline/formats/lake-tables.ts';
import { openRun } from '../../pipeline/formats/run-manifest.ts';
import { checkScanFile } from '../../pipeline/formats/scan-file.ts';
import { Fault, type FuzzTarget } from './fuzz-target.ts';
import { mutateJson } from './mutate-json.ts';

export function fileTargets(): FuzzTarget[] {
  const sample = readFileSync(join(packageRoot, 'datasets/samples/village/scan.json'));
  return [
    target('scan-file', [JSON.parse(sample.toString('utf8'))], checkScan),
    target('lake-manifest', [MANIFEST], (bytes) =>
      readingFile(bytes, 'manifest.json', (_, folder) => readManifestIfAny(folder)),
    ),
    target('run-manifest', [RUN], (bytes) =>
      readingFile(bytes, 'run.json', (path) => openRun(path, RUN.asked, null)),
    ),
  ];
}

function target(name: string, values: readonly unknown[], check: FuzzTarget['check']): FuzzTarget {
  const seeds = values.map((value) => new Uint8Array(Buffer.from(JSON.stringify(value))));
  return { name, seeds, words: WORDS, check, mutate: mutateJson };
}

function checkScan(bytes: Uint8Array): string {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return 'no JSON';
  }
  const checked = checkScanFile(value);
  if ('scan' in checked) return 'scan';
  if (checked.problem.includes('\n') || checked.problem.length > 400)
    throw new Fault(`says: ${checked.problem}`);
  return checked.problem.split(':')[0]!.replaceAll(/\d+/g, '');
}

/** A file of these bytes, read by `read`. What isn't right about it is told to the operator, in few words. */
function readingFile(
  bytes: Uint8Array,
  name: string,
  read: (path: string, folder: string) => unknown,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'census-fuzz-'));
  const path = join(folder, name);
  try {
    writeFileSync(path, bytes);
    read(path, folder);
    return 'read';
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (error.message.length > 400) throw new Fault(`says: ${error.message}`);
    return error.message.split(path).at(-1)!.slice(0, 20);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const MANIFEST = {
  format_version: LAKE_FORMAT_VERSION,
  inputs: [{ scan_id: 'a', source: 'native', name: 'scan.json', sha256: '00', bytes: 1, ports: null }],
  files: [{ table: 'endpoints', path: 'endpoints/a.parquet', rows: 1, bytes: 1, sha256: '00' }],
};
const RUN = { format_version: 1, asked: { targets: 'a', ports: '25' }, title: null, finished: ['scan'] };

const WORDS: readonly Uint8Array[] = [
  ...[
    'null',
    'true',
    '-1',
    '1e999',
    '0.5',
    '[]',
    '{}',
    '""',
    '"../x"',
    '"\\u0000"',
    '"\\n"',
    '"__proto__":',
    ',',
  ],
].map((text) => new Uint8Array(Buffer.from(text)));
