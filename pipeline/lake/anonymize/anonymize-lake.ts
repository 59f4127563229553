/**
 * A lake → another that can be given away (docs/sharing.md): the same rows, with pseudonyms that still join in place of
 * what tells a host. The same lake and key give the same bytes. The new lake appears whole or not at all.
 */
import { createHmac } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Database, type DatabaseOptions, openDatabase, sqlText } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import { inParallel } from '../../base/in-parallel.ts';
import { checkedLakeFiles, scanIds } from '../../formats/checked-lake-files.ts';
import type { LakeFile, LakeInput } from '../../formats/lake-manifest.ts';
import { LAKE_TABLES, type LakeTable, lakeTable } from '../../formats/lake-tables.ts';
import { LakeWriter } from '../lake-writer.ts';
import { rowOrder, rowsOf } from '../table-rows.ts';
import { columnRule } from './column-rules.ts';
import { pseudonymKey, readKey } from './key-file.ts';
import { fillPseudonyms, loadKey, type ScanRows } from './pseudonym-tables.ts';

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

/** UsageError for no lake, no key, and an `out` with something in it. */
export async function anonymizeLake(options: AnonymizeOptions): Promise<Anonymized> {
  const key = readKey(options.key);
  const files = checkedLakeFiles(options.lake);
  checkIsEmpty(options);
  const writer = new LakeWriter(options.out);
  try {
    const scans = scanIds(files);
    for (const scan_id of scans) {
      const own = files.filter((file) => file.scan_id === scan_id);
      await anonymizeScan(options, key, scan_id, own, writer);
    }
    const manifest = writer.commit(
      [],
      scans.map((scan_id) => inputOf(key, scan_id, files)),
    );
    const bytes = manifest.files.reduce((total, file) => total + file.bytes, 0);
    return { scans: scans.length, files: manifest.files.length, bytes };
  } finally {
    writer.close();
  }
}

function checkIsEmpty({ lake, out }: AnonymizeOptions): void {
  const found = statSync(out, { throwIfNoEntry: false });
  if (!found) return;
  if (resolve(lake) === resolve(out)) throw new UsageError('--out is the lake itself; name another folder');
  if (found.isDirectory() && readdirSync(out).length === 0) return;
  throw new UsageError(`${out} is not empty; a lake for sharing gets a folder of its own`);
}

/** What the new lake says it was made from: nothing that tells of the old one but to who has both and the key. */
function inputOf(key: Uint8Array, scan_id: string, files: readonly LakeFile[]): LakeInput {
  const mac = createHmac('sha256', pseudonymKey(key));
  for (const file of files) if (file.scan_id === scan_id) mac.update(`${file.path} ${file.sha256}\n`);
  return {
    scan_id,
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
  scan_id: string,
  files: readonly LakeFile[],
  writer: LakeWriter,
): Promise<void> {
  const database = await openDatabase(options);
  try {
    const connection = await database.connect();
    await loadKey(connection, key);
    await fillPseudonyms(connection, scan_id, scanRows(options.lake, files));
    await writeTables(options, database, files, writer);
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
  files: readonly LakeFile[],
  writer: LakeWriter,
): Promise<void> {
  const tasks = LAKE_TABLES.flatMap((table) => {
    const own = files.filter((file) => file.table === table.name);
    const ports = [...new Set(own.map(({ port }) => port))];
    return ports.map((port) => ({ table, files: own.filter((file) => file.port === port) }));
  });
  await inParallel(database, tasks, async (connection, task) => {
    for (const part of await parts(connection, task.table, task.files)) {
      const [{ scan_id, port }] = task.files as [LakeFile, ...LakeFile[]];
      await writer.write(
        connection,
        task.table.name,
        { scan_id, port },
        select(options, task.table, task.files, part),
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

function select(
  options: AnonymizeOptions,
  table: LakeTable,
  files: readonly LakeFile[],
  where: string,
): string {
  const { port } = files[0]!;
  const columns = table.columns.map(({ name }) => {
    const { sql } =
      options.drop_country && name === 'country' ? { sql: 'null' } : columnRule(table.name, name);
    return `${sql} as ${name}`;
  });
  const used = columns.join(', ');
  const joins = JOINS.filter(({ name }) => used.includes(`${name}.`)).map(({ join }) => join(port));
  const rows = `(select ${port === null ? '' : `${sqlText(String(port))}::integer as port, `}* from ${rowsOf(options.lake, files)})`;
  return `(select * from (select ${used} from ${rows} as t ${joins.join(' ')} where ${where}) order by ${rowOrder(table.name).join(', ')})`;
}

const JOINS: { name: string; join: (port: number | null) => string }[] = [
  {
    name: 'endpoint_ids',
    join: (port) =>
      `join endpoint_ids on endpoint_ids.port = ${port} and endpoint_ids.old_id = t.endpoint_id`,
  },
  {
    name: 'flight_ids',
    join: (port) => `left join flight_ids on flight_ids.port = ${port} and flight_ids.old_id = t.flight_id`,
  },
  { name: 'dh_group_ids', join: () => 'left join dh_group_ids on dh_group_ids.old_id = t.dh_group_id' },
  { name: 'addresses', join: () => 'left join addresses on addresses.ip = t.ip' },
  { name: 'prefixes', join: () => 'left join prefixes on prefixes.as_prefix = t.as_prefix' },
  {
    name: 'banners',
    join: () =>
      'left join banners on banners.banner = t.banner and banners.protocol is not distinct from t.protocol',
  },
  { name: 'versions', join: () => 'left join versions on versions.software_version = t.software_version' },
];
