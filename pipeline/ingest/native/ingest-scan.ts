/** A scan in part files → its files staged in the lake, in place of what the lake held of it; nothing where it holds just these. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import type { LakeInput, LakeManifest } from '../../formats/lake-manifest.ts';
import type { LakeWriter } from '../../lake/lake-writer.ts';
import type { Enrichment } from '../enrich/index.ts';
import type { Ingested } from '../ingested.ts';
import { isKnownInput } from '../ingested.ts';
import type { ScanSource, StagedScan } from '../staged-scan.ts';
import { QuarantineWriter } from './quarantine-writer.ts';
import { writeScan } from './write-scan.ts';

export interface ScanIngestOptions {
  /** What is known of addresses. */
  enrichment: Enrichment;
  /** A line that can't be read is an error. */
  strict: boolean;
  batch_records?: number | undefined;
  tell?: ((line: string) => void) | undefined;
}

/** Stages the scan's files; undefined where the lake holds just these files already. */
export async function ingestScan(
  source: ScanSource,
  database: Database,
  lake: LakeWriter,
  options: ScanIngestOptions,
): Promise<Ingested | undefined> {
  const { scan_id } = source;
  const { enrichment } = options;
  const inputs = [...(await source.inputs()), ...enrichment.inputs(scan_id, source.source)];
  const known = (lake.before?.inputs ?? []).filter((input) => input.scan_id === scan_id);
  const isKnown = known.length === inputs.length && inputs.every((input) => isKnownInput(known, input));
  const isThere = isKnown && lake.isWhole(scan_id);
  if (isThere && !(options.strict && lake.hasQuarantine(scan_id))) return undefined;

  const loss = replacedFiles(known, inputs, lake.before);
  if (loss) options.tell?.(`${scan_id}: ${loss}`);
  const folder = lake.temporaryFolder();
  const given = join(folder, 'given');
  mkdirSync(given);
  const staged = await source.stage(given);
  const quarantine = new QuarantineWriter(join(folder, 'quarantine.ndjson'), options.strict);
  try {
    checkChanged(staged, options);
    if (staged.quarantine !== null) quarantine.takeOver(staged.quarantine);
    const { strict, batch_records, tell } = options;
    const work = {
      source,
      staged,
      database,
      lake,
      folder,
      quarantine,
      enrichment,
      strict,
      batch_records,
      tell,
    };
    await writeScan(work);
  } finally {
    quarantine.close();
    rmSync(given, { recursive: true, force: true });
  }
  await lake.addQuarantine(scan_id, quarantine.path, quarantine.lines);
  return { replaced: [{ scan_id }], inputs };
}

/** Other bytes than the scan wrote: somebody may have wanted it so, but nobody should have to guess. */
function checkChanged({ folder, changed }: StagedScan, { strict, tell }: ScanIngestOptions): void {
  if (changed.length === 0) return;
  const [first, more] = [join(folder, changed[0]!), changed.length - 1];
  const what = `${first}${more > 0 ? ` and ${more} more` : ''}: not the bytes whose SHA-256 scan.json tells`;
  if (strict) throw new UsageError(`${what}; copy the scan again, or leave out --strict; nothing written`);
  tell?.(what);
}

/** What is lost where a scan of this name came from other files; undefined where it did not. */
function replacedFiles(
  known: readonly LakeInput[],
  inputs: readonly LakeInput[],
  before: LakeManifest | undefined,
): string | undefined {
  const names = new Set(inputs.map(({ name }) => name));
  const gone = known.filter(({ name, tells }) => tells === undefined && !names.has(name));
  if (gone.length === 0) return undefined;
  const scan_id = gone[0]!.scan_id;
  const files = (before?.files ?? []).filter(
    (file) => file.scan_id === scan_id && file.table === 'endpoints',
  );
  const endpoints = files.reduce((sum, { rows }) => sum + rows, 0);
  const from = gone.slice(0, 3).map(({ name }) => printable(name, 80));
  const more = gone.length > 3 ? ` and ${gone.length - 3} more files` : '';
  return `replaces ${endpoints} endpoints that came from ${from.join(', ')}${more}`;
}
