/**
 * A lake against its manifest: each file that it names is there, with the bytes, hash, rows and columns that it should
 * have, and no other file lies in the lake. What is wrong is data, one line a fault.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type DatabaseOptions, openDatabase, sqlPath } from '../base/duckdb.ts';
import { hashFiles } from '../base/hash-files.ts';
import { inParallel } from '../base/in-parallel.ts';
import { checkedLakeFiles, checkedQuarantine } from '../formats/checked-lake-files.ts';
import type { LakeFile, LakeQuarantine } from '../formats/lake-manifest.ts';
import { lakeTable } from '../formats/lake-tables.ts';

export interface Fault {
  /** From the lake's folder. */
  path: string;
  fault: string;
}

export interface Verification {
  files: number;
  bytes: number;
  /** By path. */
  faults: Fault[];
}

/** UsageError for no lake, and for a manifest that no program of ours writes. */
export async function verifyLake(lake: string, options: DatabaseOptions = {}): Promise<Verification> {
  const files = checkedLakeFiles(lake);
  const quarantine = checkedQuarantine(lake);
  const all = [...files, ...quarantine];
  const faults: Fault[] = strays(lake, all).map((path) => ({ path, fault: 'is no part of the lake' }));
  const present: Named[] = [];
  for (const file of all) {
    const fault = sizeFault(lake, file);
    if (fault) faults.push({ path: file.path, fault });
    else present.push(file);
  }
  faults.push(...(await contentFaults(lake, present, options)));
  faults.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files: all.length, bytes: all.reduce((total, { bytes }) => total + bytes, 0), faults };
}

type Named = LakeFile | LakeQuarantine;

function sizeFault(lake: string, { path, bytes }: Named): string | undefined {
  const found = statSync(join(lake, path), { throwIfNoEntry: false });
  if (!found?.isFile()) return 'is missing';
  return found.size === bytes ? undefined : `has ${found.size} bytes, the manifest says ${bytes}`;
}

async function contentFaults(
  lake: string,
  files: readonly Named[],
  options: DatabaseOptions,
): Promise<Fault[]> {
  const database = await openDatabase(options);
  try {
    const faults: Fault[] = [];
    const hashes = await hashFiles(
      files.map(({ path }) => join(lake, path)),
      database.threads,
    );
    const right: LakeFile[] = [];
    for (const [place, file] of files.entries()) {
      const hash = hashes[place]!;
      if (hash !== file.sha256) faults.push({ path: file.path, fault: hashFault(hash, file) });
      else if ('table' in file) right.push(file);
    }
    await inParallel(database, right, async (connection, file) => {
      for (const fault of await parquetFaults(connection, lake, file))
        faults.push({ path: file.path, fault });
    });
    return faults;
  } finally {
    database.close();
  }
}

function hashFault(hash: string | Error, { sha256 }: Named): string {
  if (hash instanceof Error) return `cannot be read: ${firstLine(hash)}`;
  return `has the SHA-256 ${hash}, the manifest says ${sha256}`;
}

/** A file can be what the manifest says and yet not what this version of the lake documents. */
async function parquetFaults(connection: DuckDBConnection, lake: string, file: LakeFile): Promise<string[]> {
  const path = sqlPath(join(lake, file.path));
  try {
    const metadata = await connection.runAndReadAll(`select num_rows from parquet_file_metadata(${path})`);
    const rows = Number(metadata.getRows()[0]?.[0]);
    const described = await connection.runAndReadAll(
      `describe select * from read_parquet(${path}, hive_partitioning = false)`,
    );
    const columns = new Map(
      described.getRows().map(([name, type]) => [String(name), String(type).toLowerCase()]),
    );
    return [
      ...(rows === file.rows ? [] : [`has ${rows} rows, the manifest says ${file.rows}`]),
      ...columnFaults(file.table, columns),
    ];
  } catch (error) {
    return [`cannot be read as Parquet: ${firstLine(error as Error)}`];
  }
}

function columnFaults(table: string, found: ReadonlyMap<string, string>): string[] {
  const { columns } = lakeTable(table);
  const known = new Set(columns.map(({ name }) => name));
  const wrong = columns.flatMap(({ name, type }) => {
    const is = found.get(name);
    if (is === type) return [];
    return [is === undefined ? `has no column ${name}` : `has ${name} as ${is}, documented is ${type}`];
  });
  const unknown = [...found.keys()].filter((name) => !known.has(name));
  return [...wrong, ...unknown.map((name) => `has a column ${name} that is not documented`)];
}

/** Files in the lake that its manifest does not name; what an ingest that is under way writes is left out. */
function strays(lake: string, files: readonly Named[]): string[] {
  const named = new Set(['manifest.json', ...files.map(({ path }) => path)]);
  const isBeingWritten = existsSync(join(lake, '.lock'));
  return readdirSync(lake, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(join(lake, '.').length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !named.has(path) && !path.startsWith('.lock'))
    .filter((path) => !(isBeingWritten && path.startsWith('.staging/')));
}

function firstLine(error: Error): string {
  return error.message.split('\n')[0]!;
}
