/**
 * A scan in part files → its files staged in the lake, in place of what the lake held of it. Batch by batch: each line is
 * parsed once, becomes rows of all tables, and is forgotten, so that memory and temporary disk do not grow with the scan.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Database, sqlPathList, sqlText } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import { inParallel } from '../../base/in-parallel.ts';
import { printable } from '../../base/printable.ts';
import type { LakeInput, LakeManifest } from '../../formats/lake-manifest.ts';
import type { LakeWriter } from '../../lake/lake-writer.ts';
import { beginEnrichment, type EnrichAddresses, type Enrichment } from '../enrich/index.ts';
import type { Ingested } from '../ingested.ts';
import { isKnownInput } from '../ingested.ts';
import type { ScanSource, StagedScan } from '../staged-scan.ts';
import { batchesOf, type ScanPart } from './batches.ts';
import {
  BEGIN_FLIGHTS,
  DESCRIBE_ENDPOINTS,
  ENDPOINT_TABLES,
  FORGET_DESCRIBED,
  KEEP_ORDER,
  NUMBER_FLIGHTS,
} from './endpoint-tables.ts';
import { type Loading, loadBatch } from './load-batch.ts';
import { neededRoom } from './needed-room.ts';
import { QuarantineWriter } from './quarantine-writer.ts';
import { findContradiction } from './scan-checks.ts';
import { scanTables } from './scan-tables.ts';
import { loadSideFiles } from './side-files.ts';
import { loadSoftware } from './software-table.ts';
import { FORGET_SPREAD, inOrder } from './spread-records.ts';

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

  const loss = source.source === 'native' ? undefined : replacedFiles(known, inputs, lake.before);
  if (loss) options.tell?.(`${scan_id}: ${loss}`);
  const folder = lake.temporaryFolder();
  const given = join(folder, 'given');
  mkdirSync(given);
  const staged = await source.stage(given);
  const quarantine = new QuarantineWriter(
    join(folder, 'quarantine.ndjson'),
    options.strict,
    staged.quarantine,
  );
  try {
    const { batch_records, tell } = options;
    const work = { source, staged, database, lake, folder, quarantine, enrichment, batch_records, tell };
    await new ScanIngest(work).run();
  } finally {
    quarantine.close();
    rmSync(given, { recursive: true, force: true });
  }
  await lake.addQuarantine(scan_id, quarantine.path, quarantine.lines);
  return { replaced: [{ scan_id }], inputs };
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

interface Work {
  source: ScanSource;
  staged: StagedScan;
  database: Database;
  lake: LakeWriter;
  /** For files of this ingest, on the lake's disk. */
  folder: string;
  quarantine: QuarantineWriter;
  enrichment: Enrichment;
  batch_records: number | undefined;
  tell: ScanIngestOptions['tell'];
}

class ScanIngest {
  readonly #work: Work;
  readonly #parts: ScanPart[];
  /** Of each batch a file of its distinct chains: there may be one an endpoint. */
  readonly #chains: string[] = [];

  constructor(work: Work) {
    this.#work = work;
    const path = (name: string) => join(work.staged.folder, name);
    this.#parts = work.staged.scan.parts.map(({ endpoints, certificates, dh_groups, records }) => ({
      endpoints: path(endpoints),
      certificates: path(certificates),
      dh_groups: path(dh_groups),
      records,
    }));
  }

  async run(): Promise<void> {
    const connection = await this.#work.database.connect();
    const { tell, staged } = this.#work;
    const { scan } = staged;
    const { source, scan_id } = this.#work.source;
    const loading: Loading = {
      database: this.#work.database,
      connection,
      origin: { scan_id, native: source === 'native' },
      format_version: scan.format_version,
      folder: this.#work.folder,
      quarantine: this.#work.quarantine,
    };
    const room = neededRoom(this.#work.folder, this.#parts);
    if (room) tell?.(`${scan_id}: ${room}`);
    if (this.#parts.length > 0) await this.#readParts(loading);
    const tables = scanTables(scan, source, this.#parts.length > 0);
    for (const [table, from] of Object.entries(tables)) {
      await this.#work.lake.write(connection, table, { scan_id, port: null }, inOrder(from));
    }
    for (const chains of this.#chains) rmSync(chains);
  }

  async #readParts(loading: Loading): Promise<void> {
    const { connection } = loading;
    const files = (kind: 'certificates' | 'dh_groups') => this.#parts.map((part) => part[kind]);
    const aside = await loadSideFiles(loading, {
      certificates: files('certificates'),
      dh_groups: files('dh_groups'),
    });
    await connection.run(`${BEGIN_FLIGHTS}; ${BEGIN_SHOWN}; ${KEEP_ORDER}`);
    const enrich = await beginEnrichment(connection, this.#work.enrichment);
    for (const batch of batchesOf(this.#parts, this.#work.batch_records)) {
      await loadBatch(loading, batch);
      await this.#writeBatch(connection, enrich);
    }
    await connection.run(`create view chains_shown as
      select distinct chain_id, certificates from read_parquet(${sqlPathList(this.#chains)})`);
    const contradiction = await findContradiction(connection, aside);
    if (contradiction) throw new UsageError(`${this.#work.staged.folder}: ${contradiction}; nothing written`);
  }

  /** The table `records` to rows. */
  async #writeBatch(connection: DuckDBConnection, enrich: EnrichAddresses): Promise<void> {
    const { scan_id } = this.#work.source;
    const chains = join(this.#work.folder, `chains-${this.#chains.length}.parquet`);
    await connection.run(noteShown(chains));
    await connection.run('drop table records');
    await connection.run(NUMBER_FLIGHTS);
    this.#chains.push(chains);
    await loadSoftware(connection);
    await enrich('endpoint_rows', 'address_origins');
    await connection.run(DESCRIBE_ENDPOINTS);
    const found = await connection.runAndReadAll('select distinct port from endpoint_rows order by port');
    const ports = found.getRows().map(([port]) => Number(port));
    const tasks = Object.entries(ENDPOINT_TABLES).flatMap(([table, select]) =>
      ports.map((port) => ({ table, port, from: select(port) })),
    );
    await inParallel(this.#work.database, tasks, (worker, { table, port, from }) =>
      this.#work.lake.write(worker, table, { scan_id, port }, from),
    );
    await connection.run(`${FORGET_SPREAD}; ${FORGET_DESCRIBED}`);
  }
}

const BEGIN_SHOWN =
  'create table endpoint_ids (endpoint_id bigint); create table groups_shown (dh_group_id varchar)';

/** What is checked of all batches together. */
function noteShown(chains: string): string {
  return `
    insert into endpoint_ids select endpoint_id from records;
    insert into groups_shown
      select distinct dh_group_id from handshake_groups where dh_group_id is not null except from groups_shown;
    copy (select distinct c.chain_id as chain_id, coalesce(c.certificates, []) as certificates
      from (select unnest(chains) as c from records)) to ${sqlText(chains)} (format parquet, compression zstd)`;
}
