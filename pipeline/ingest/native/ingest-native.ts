/** Raw records of `census scan` → a scan staged in the lake, in place of what the lake held of it. */
import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Database, sqlPathList, sqlText } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import { fileSha256 } from '../../base/files.ts';
import { inParallel } from '../../base/in-parallel.ts';
import type { LakeInput } from '../../formats/lake-manifest.ts';
import type { LakeWriter } from '../../lake/lake-writer.ts';
import { beginEnrichment, type Enrichment } from '../enrich/index.ts';
import { type Ingested, isKnownInput } from '../ingested.ts';
import { loadCertificates } from './certificate-table.ts';
import { ENDPOINT_TABLES, loadRecords, NUMBER_FLIGHTS } from './endpoint-tables.ts';
import { findContradiction } from './record-checks.ts';
import { checkParts, type ScanFolder } from './scan-folder.ts';
import { loadSoftware } from './software-table.ts';

/** Checks all parts, then stages the scan's files; undefined where the lake holds just these files already. */
export async function ingestNative(
  folder: ScanFolder,
  enrichment: Enrichment,
  database: Database,
  lake: LakeWriter,
): Promise<Ingested | undefined> {
  const { scan_id } = folder.scan;
  const inputs = [...(await describeInputs(folder)), ...enrichment.inputs(scan_id, 'native')];
  const known = (lake.before?.inputs ?? []).filter((input) => input.scan_id === scan_id);
  if (known.length === inputs.length && inputs.every((input) => isKnownInput(known, input))) return undefined;

  await checkParts(folder);
  const connection = await database.connect();
  const ports = await load(connection, folder, enrichment);
  const tasks = ports.flatMap((port) =>
    Object.entries(ENDPOINT_TABLES).map(([table, select]) => ({ table, port, from: select(port) })),
  );
  await inParallel(database, tasks, (worker, { table, port, from }) =>
    lake.write(worker, table, { scan_id, port }, from),
  );
  for (const [table, from] of Object.entries(scanTables(folder))) {
    await lake.write(connection, table, { scan_id, port: null }, from);
  }
  return { replaced: [{ scan_id }], inputs };
}

/** Fills the engine's tables from the part files, checks them, and gives the ports in them. */
async function load(
  connection: DuckDBConnection,
  folder: ScanFolder,
  enrichment: Enrichment,
): Promise<number[]> {
  if (folder.endpoints.length === 0) return [];
  await readAll(folder, async () => {
    await connection.run(loadRecords(folder.endpoints));
    await connection.run(loadDhGroups(folder.dh_groups));
    await loadCertificates(connection, folder.certificates);
  });
  const contradiction = await findContradiction(connection, folder.scan);
  if (contradiction) throw new UsageError(`${folder.folder}: ${contradiction}; nothing written`);
  await connection.run(NUMBER_FLIGHTS);
  await loadSoftware(connection);
  const enrich = await beginEnrichment(connection, enrichment);
  await enrich('records', 'address_origins');
  const ports = await connection.runAndReadAll('select distinct port from records order by port');
  return ports.getRows().map(([port]) => Number(port));
}

/** A line that is no record is the file's fault, told in one line. */
async function readAll(folder: ScanFolder, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    const [first = ''] = (error as Error).message.split('\n');
    throw new UsageError(`${folder.folder}: a raw record cannot be read: ${first}; nothing written`);
  }
}

function loadDhGroups(files: readonly string[]): string {
  return `create table dh_group_records as
    select distinct * from read_json(${sqlPathList(files)}, format = 'newline_delimited', hive_partitioning = false,
      compression = 'gzip', columns = {dh_group_id: 'varchar', prime_sha256: 'varchar', bits: 'integer',
      prime_hex: 'varchar', generator_hex: 'varchar'})`;
}

function scanTables({ scan, endpoints }: ScanFolder): Record<string, string> {
  const scans = `(select 'native' as source, ${sqlText(scan.tool)} as tool,
    ${sqlText(scan.tool_version)} as tool_version, ${sqlText(scan.strategy)} as strategy,
    ${scan.synthetic === true} as synthetic, ${timestamp(scan.started_at)} as started_at,
    ${timestamp(scan.finished_at)} as finished_at)`;
  if (endpoints.length === 0) return { scans };
  return {
    scans,
    chains: `(select distinct chain_id, generate_subscripts(certificates, 1) - 1 as position,
        unnest(certificates) as certificate_sha256
      from (select unnest(chains, recursive := true) from records)
      order by chain_id, position)`,
    certificates: '(select * from certificate_facts order by certificate_sha256)',
    dh_groups: '(select * from dh_group_records order by dh_group_id)',
  };
}

function timestamp(text: string | null): string {
  return text === null ? 'null' : `cast(${sqlText(text.replace('T', ' ').replace('Z', ''))} as timestamp)`;
}

async function describeInputs({ scan, folder, ...files }: ScanFolder): Promise<LakeInput[]> {
  const paths = [join(folder, 'scan.json'), ...files.endpoints, ...files.certificates, ...files.dh_groups];
  return Promise.all(
    paths.map(async (path) => ({
      scan_id: scan.scan_id,
      source: 'native' as const,
      name: basename(path),
      sha256: await fileSha256(path),
      bytes: statSync(path).size,
      ports: null,
    })),
  );
}
