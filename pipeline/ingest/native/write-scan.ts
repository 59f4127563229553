/**
 * A staged scan → its rows of all tables in the lake. Batch by batch: each line is parsed once, becomes rows of all tables,
 * and is forgotten, so that memory and temporary disk do not grow with the scan.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Database, sqlPathList } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import type { LakeWriter } from '../../lake/lake-writer.ts';
import type { Enrichment } from '../enrich/index.ts';
import type { ScanSource, StagedScan } from '../staged-scan.ts';
import { onEngines } from './batch-engines.ts';
import { batchesOf, type ScanPart } from './batches.ts';
import { neededRoom } from './needed-room.ts';
import type { QuarantineWriter } from './quarantine-writer.ts';
import { findContradiction } from './scan-checks.ts';
import { scanTables } from './scan-tables.ts';
import { loadSideFiles } from './side-files.ts';
import { type BatchNotes, BatchWriter, type BatchWriting, type FlightCounts } from './write-batch.ts';

export interface ScanWriting {
  source: ScanSource;
  staged: StagedScan;
  database: Database;
  lake: LakeWriter;
  /** For files of this ingest, on the lake's disk. */
  folder: string;
  /** Gets the lines that can't be read. */
  quarantine: QuarantineWriter;
  strict: boolean;
  enrichment: Enrichment;
  /** Records of a batch; undefined: as many as fit in memory. */
  batch_records: number | undefined;
  tell: ((line: string) => void) | undefined;
}

/** Stages all files of the scan. UsageError for parts that are damaged, or contradict each other. */
export async function writeScan(writing: ScanWriting): Promise<void> {
  const { source, staged, lake, folder, tell } = writing;
  const parts = partsOf(staged);
  const connection = await writing.database.connect();
  const room = neededRoom(folder, parts);
  if (room) tell?.(`${source.scan_id}: ${room}`);
  const notes = parts.length > 0 ? await writeParts(writing, connection, parts) : [];
  // What one thread writes does not depend on the number of cores.
  await connection.run('set threads = 1');
  for (const [table, from] of Object.entries(scanTables(staged.scan, source.source, parts.length > 0))) {
    await lake.write(connection, table, { scan_id: source.scan_id, port: null }, from);
  }
  for (const { endpoint_ids, groups, chains } of notes)
    for (const file of [endpoint_ids, groups, chains]) rmSync(file);
}

function partsOf({ folder, scan, is_whole }: StagedScan): ScanPart[] {
  const path = (name: string) => join(folder, name);
  return scan.parts.map(({ endpoints, certificates, dh_groups, records }) => ({
    endpoints: path(endpoints),
    certificates: path(certificates),
    dh_groups: path(dh_groups),
    records,
    is_whole,
  }));
}

async function writeParts(
  { source, staged, database, lake, folder, quarantine, strict, enrichment, batch_records }: ScanWriting,
  connection: DuckDBConnection,
  parts: readonly ScanPart[],
): Promise<BatchNotes[]> {
  const { format_version } = staged.scan;
  const origin = {
    scan_id: source.scan_id,
    record_scan_ids: staged.record_scan_ids ?? [source.scan_id],
    native: source.source === 'native',
  };
  const loading = { connection, origin, format_version, folder, quarantine };
  const batch: BatchWriting = { origin, format_version, lake, enrichment, strict, folder };
  const notes: BatchNotes[] = [];
  const batches = onEngines(database, batchesOf(parts, batch_records), NO_FLIGHTS, async (engine) => {
    const writer = await BatchWriter.open(engine, batch);
    return async (parts, nth, flights) => {
      notes[nth] = await writer.write(parts, nth, flights);
    };
  });
  const [sides, ended] = await Promise.allSettled([loadSideFiles(loading, parts), batches]);
  if (sides.status === 'rejected') throw sides.reason;
  if (ended.status === 'rejected') throw ended.reason;
  for (const { quarantine: own } of notes) if (own.lines > 0) quarantine.takeOver(own.path);
  await connection.run(viewsOf(notes));
  const contradiction = await findContradiction(connection, sides.value);
  if (contradiction) throw new UsageError(`${staged.folder}: ${contradiction}; nothing written`);
  return notes;
}

const NO_FLIGHTS: FlightCounts = new Map();

/** What is checked of all batches together. */
function viewsOf(notes: readonly BatchNotes[]): string {
  const all = (kind: 'endpoint_ids' | 'groups' | 'chains') =>
    `read_parquet(${sqlPathList(notes.map((one) => one[kind]))})`;
  return `
    create view endpoint_ids as from ${all('endpoint_ids')};
    create view groups_shown as select distinct dh_group_id from ${all('groups')};
    create view chains_shown as select distinct chain_id, certificates from ${all('chains')}`;
}
