/** Raw records of `census scan` → a scan in the lake, in place of what the lake held of it. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Database, sqlText, sqlTextList } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import { fileSha256 } from '../../base/files.ts';
import type { LakeInput } from '../../formats/lake-manifest.ts';
import { inParallel } from '../in-parallel.ts';
import type { LakeWriter } from '../lake-writer.ts';
import { loadCertificates } from './certificate-table.ts';
import { ENDPOINT_TABLES, loadRecords, NUMBER_FLIGHTS } from './endpoint-tables.ts';
import { checkParts, type ScanFolder } from './scan-folder.ts';

/** Checks all parts, then writes. Gives false where the lake holds just these files already. */
export async function ingestNative(
  folder: ScanFolder,
  database: Database,
  lake: LakeWriter,
): Promise<boolean> {
  const { scan_id } = folder.scan;
  const inputs = await describeInputs(folder);
  const known = (lake.before?.inputs ?? []).filter((input) => input.scan_id === scan_id);
  if (sameInputs(known, inputs)) return false;

  await checkParts(folder);
  const connection = await database.connect();
  const ports = await load(connection, folder);
  const tasks = ports.flatMap((port) =>
    Object.entries(ENDPOINT_TABLES).map(([table, select]) => ({ table, port, from: select(port) })),
  );
  await inParallel(database, tasks, (worker, { table, port, from }) =>
    lake.write(worker, table, { scan_id, port }, from),
  );
  for (const [table, from] of Object.entries(scanTables(folder))) {
    await lake.write(connection, table, { scan_id, port: null }, from);
  }
  lake.commit([{ scan_id }], inputs);
  return true;
}

/** Fills the engine's tables from the part files and gives the ports in them. */
async function load(connection: DuckDBConnection, folder: ScanFolder): Promise<number[]> {
  if (folder.endpoints.length === 0) return [];
  await readAll(connection, folder, loadRecords(folder.endpoints));
  const counted = await connection.runAndReadAll(
    'select port, count(*) from records group by port order by port',
  );
  const rows = counted.getRows().map(([port, count]) => ({ port: Number(port), count: Number(count) }));
  const expected = folder.scan.parts.reduce((sum, part) => sum + part.records, 0);
  const found = rows.reduce((sum, row) => sum + row.count, 0);
  if (found !== expected) {
    throw new UsageError(
      `${folder.folder}: scan.json counts ${expected} records, the part files hold ${found}; nothing written`,
    );
  }
  await connection.run(NUMBER_FLIGHTS);
  await loadCertificates(connection, folder.certificates);
  return rows.map(({ port }) => port);
}

/** A line that is no record is the file's fault, told in one line. */
async function readAll(connection: DuckDBConnection, folder: ScanFolder, statement: string): Promise<void> {
  try {
    await connection.run(statement);
  } catch (error) {
    const [first = ''] = (error as Error).message.split('\n');
    throw new UsageError(`${folder.folder}: a raw record cannot be read: ${first}; nothing written`);
  }
}

function scanTables({ scan, endpoints, dh_groups }: ScanFolder): Record<string, string> {
  const scans = `(select 'native' as source, ${sqlText(scan.tool)} as tool,
    ${sqlText(scan.tool_version)} as tool_version, ${sqlText(scan.strategy)} as strategy,
    ${scan.synthetic} as synthetic, ${timestamp(scan.started_at)} as started_at,
    ${timestamp(scan.finished_at)} as finished_at)`;
  if (endpoints.length === 0) return { scans };
  return {
    scans,
    chains: `(select distinct chain_id, generate_subscripts(certificates, 1) - 1 as position,
        unnest(certificates) as certificate_sha256
      from (select unnest(chains, recursive := true) from records)
      order by chain_id, position)`,
    certificates: '(select * from certificate_facts order by certificate_sha256)',
    dh_groups: `(select distinct * from read_json(${sqlTextList(dh_groups)}, format = 'newline_delimited',
        compression = 'gzip', columns = {dh_group_id: 'varchar', prime_sha256: 'varchar', bits: 'integer',
        prime_hex: 'varchar', generator_hex: 'varchar'})
      order by dh_group_id)`,
  };
}

function timestamp(text: string | null): string {
  return text === null ? 'null' : `cast(${sqlText(text.replace('T', ' ').replace('Z', ''))} as timestamp)`;
}

async function describeInputs({ scan, folder, ...files }: ScanFolder): Promise<LakeInput[]> {
  const paths = [`${folder}/scan.json`, ...files.endpoints, ...files.certificates, ...files.dh_groups];
  return Promise.all(
    paths.map(async (path) => ({
      scan_id: scan.scan_id,
      name: basename(path),
      sha256: await fileSha256(path),
      bytes: statSync(path).size,
      ports: null,
    })),
  );
}

function sameInputs(known: readonly LakeInput[], given: readonly LakeInput[]): boolean {
  const hashes = (inputs: readonly LakeInput[]): string =>
    inputs
      .map((input) => input.sha256)
      .sort()
      .join();
  return hashes(known) === hashes(given);
}
