/**
 * A lake → another that can be given away (docs/sharing.md): the same rows, with pseudonyms that still join in place of
 * what tells a host. The same lake and key give the same bytes. The new lake appears whole or not at all.
 */
import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Database, type DatabaseOptions, openDatabase } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import { inParallel } from '../../base/in-parallel.ts';
import { checkedLakeFiles, scanIds } from '../../formats/checked-lake-files.ts';
import {
  type LakeFile,
  type LakeInput,
  readManifest,
  readManifestIfAny,
} from '../../formats/lake-manifest.ts';
import { LAKE_TABLES, type LakeTable, lakeTable } from '../../formats/lake-tables.ts';
import { LakeWriter } from '../lake-writer.ts';
import { rowsOf } from '../table-rows.ts';
import { pseudonymKey, readKey } from './key-file.ts';
import { checkNewLake } from './new-lake-folder.ts';
import { fillPseudonyms, loadKey, type ScanRows } from './pseudonym-tables.ts';
import { sharedRows } from './shared-rows.ts';
import { sharedScanId } from './shared-scan-id.ts';

export interface AnonymizeOptions extends DatabaseOptions {
  lake: string;
  /** File with the key. */
  key: string;
  /** Folder of the new lake: none, or an empty one. */
  out: string;
  /** Leaves countries out. */
  drop_country?: boolean | undefined;
}

export interface Anonymized {
  scans: number;
  files: number;
  bytes: number;
}

/** UsageError for no lake, no key, an `out` with something in it, and a lake that is changed meanwhile. */
export async function anonymizeLake(options: AnonymizeOptions): Promise<Anonymized> {
  const key = readKey(options.key);
  const files = checkedLakeFiles(options.lake);
  const { inputs } = readManifest(options.lake);
  checkNewLake(options.lake, options.out);
  const writer = new LakeWriter(options.out);
  try {
    // Another export may have ended between the look and the lock.
    checkNewLake(options.lake, options.out);
    const scans = scanIds(files).map((scan_id) => scanOf(key, scan_id, files, inputs));
    for (const scan of scans) await anonymizeScan(options, key, scan, writer);
    const manifest = await writer.commit(
      [],
      scans.map((scan) => inputOf(key, scan)),
    );
    const bytes = manifest.files.reduce((total, file) => total + file.bytes, 0);
    return { scans: scans.length, files: manifest.files.length, bytes };
  } catch (error) {
    throw changeOf(options.lake, files) ?? error;
  } finally {
    writer.close();
  }
}

interface SharedScan {
  scan_id: string;
  /** Its name in the new lake. */
  shared_id: string;
  /** Its files in the lake. */
  files: readonly LakeFile[];
}

function scanOf(
  key: Uint8Array,
  scan_id: string,
  files: readonly LakeFile[],
  inputs: readonly LakeInput[],
): SharedScan {
  const own = files.filter((file) => file.scan_id === scan_id);
  return { scan_id, shared_id: sharedScanId(key, scan_id, inputs), files: own };
}

/**
 * The lake is read without its lock, which may be on a disk that cannot be written. Its files never change: an ingest
 * puts others in their place, and removes them.
 */
function changeOf(lake: string, files: readonly LakeFile[]): UsageError | undefined {
  const gone = files.find(({ path }) => !existsSync(join(lake, path)));
  if (!gone) return undefined;
  const named = readManifestIfAny(lake)?.files.some(({ path }) => path === gone.path);
  return new UsageError(
    named
      ? `${lake} is not whole: ${gone.path} is missing; see: census lake verify ${lake}`
      : `${lake} was changed while it was read (${gone.path} is gone); nothing written; run the export again when no other program writes to the lake`,
  );
}

/** What the new lake says it was made from: nothing that tells of the old one but to who has both and the key. */
function inputOf(key: Uint8Array, { shared_id, files }: SharedScan): LakeInput {
  const mac = createHmac('sha256', pseudonymKey(key));
  for (const file of files) mac.update(`${file.path} ${file.sha256}\n`);
  return {
    scan_id: shared_id,
    source: 'anonymized',
    name: 'anonymized',
    sha256: mac.digest('hex'),
    bytes: 0,
    ports: null,
  };
}

async function anonymizeScan(
  options: AnonymizeOptions,
  key: Uint8Array,
  scan: SharedScan,
  writer: LakeWriter,
): Promise<void> {
  const database = await openDatabase(options);
  try {
    const connection = await database.connect();
    await loadKey(connection, key);
    await fillPseudonyms(connection, scan.scan_id, scanRows(options.lake, scan.files));
    await writeTables(options, database, scan, writer);
  } finally {
    database.close();
  }
}

function scanRows(lake: string, files: readonly LakeFile[]): ScanRows {
  const all = (table: string): string => {
    const own = files.filter((file) => file.table === table);
    const byPort = lakeTable(table).partitioned_by.includes('port');
    if (own.length === 0) return noRows(table);
    if (!byPort) return `(select * from ${rowsOf(lake, own)})`;
    const ports = [...new Set(own.map(({ port }) => port))];
    const parts = ports.map(
      (port) =>
        `select ${port} as port, * from ${rowsOf(
          lake,
          own.filter((file) => file.port === port),
        )}`,
    );
    return `(${parts.join(' union all ')})`;
  };
  return {
    endpoints: all('endpoints'),
    endpoint_facts: all('endpoint_facts'),
    flights: all('flights'),
    dh_groups: all('dh_groups'),
  };
}

function noRows(table: string): string {
  const columns = lakeTable(table).columns.map(({ name, type }) => `cast(null as ${type}) as ${name}`);
  return `(select cast(null as integer) as port, ${columns.join(', ')} where false)`;
}

async function writeTables(
  options: AnonymizeOptions,
  database: Database,
  { shared_id, files }: SharedScan,
  writer: LakeWriter,
): Promise<void> {
  const tasks = LAKE_TABLES.flatMap((table) => {
    const own = files.filter((file) => file.table === table.name);
    const ports = [...new Set(own.map(({ port }) => port))];
    return ports.map((port) => ({ table, files: own.filter((file) => file.port === port) }));
  });
  await inParallel(database, tasks, async (connection, task) => {
    for (const part of await parts(connection, task.table, task.files)) {
      const { port } = task.files[0]!;
      await writer.write(
        connection,
        task.table.name,
        { scan_id: shared_id, port },
        sharedRows(options, task.table, task.files, part),
      );
    }
  });
}

/** As many rows as one sort in memory takes. */
const ROWS_PER_PART = 50_000_000;

/** Conditions that divide a large partition by its endpoints. */
async function parts(
  connection: DuckDBConnection,
  table: LakeTable,
  files: readonly LakeFile[],
): Promise<string[]> {
  const rows = files.reduce((total, file) => total + file.rows, 0);
  const count = table.columns[0]!.name === 'endpoint_id' ? Math.ceil(rows / ROWS_PER_PART) : 1;
  if (count === 1) return ['true'];
  const result = await connection.runAndReadAll(
    `select count(*) from endpoint_ids where port = ${files[0]!.port}`,
  );
  const each = Math.ceil(Number(result.getRows()[0]![0]) / count);
  return Array.from(
    { length: count },
    (_, part) => `endpoint_ids.new_id >= ${part * each} and endpoint_ids.new_id < ${(part + 1) * each}`,
  );
}
