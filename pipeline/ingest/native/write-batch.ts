/** One batch of raw records → its rows in the files of all tables by port, and notes of what is checked of all batches together. */
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Database, sqlText } from '../../base/duckdb.ts';
import type { LakeWriter } from '../../lake/lake-writer.ts';
import { beginEnrichment, type EnrichAddresses, type Enrichment } from '../enrich/index.ts';
import type { Baton } from './batch-engines.ts';
import type { ScanPart } from './batches.ts';
import {
  CONTINUE_NUMBERS,
  COUNT_FLIGHTS,
  DESCRIBE_ENDPOINTS,
  ENDPOINT_TABLES,
  FORGET_DESCRIBED,
  KEEP_ORDER,
  NUMBER_FLIGHTS,
  PORTS,
} from './endpoint-tables.ts';
import { loadBatch } from './load-batch.ts';
import { QuarantineWriter } from './quarantine-writer.ts';
import type { RecordOrigin } from './record-checks.ts';
import { loadSoftware } from './software-table.ts';
import { FORGET_SPREAD } from './spread-records.ts';

/** How many flights each port has so far. */
export type FlightCounts = ReadonlyMap<number, number>;

/** Files that a batch leaves behind for the checks of the whole scan. */
export interface BatchNotes {
  /** Parquet of `endpoint_id`. */
  endpoint_ids: string;
  /** Parquet of the distinct `dh_group_id` that its handshakes show. */
  groups: string;
  /** Parquet of its distinct chains, `chain_id` and `certificates`. */
  chains: string;
  /** Lines that can't be read; the file is there if there are some. */
  quarantine: QuarantineWriter;
}

export interface BatchWriting {
  origin: RecordOrigin;
  format_version: number;
  lake: LakeWriter;
  enrichment: Enrichment;
  strict: boolean;
  /** For files of this ingest, on the lake's disk. */
  folder: string;
}

export class BatchWriter {
  readonly #connection: DuckDBConnection;
  readonly #enrich: EnrichAddresses;
  readonly #writing: BatchWriting;

  private constructor(connection: DuckDBConnection, enrich: EnrichAddresses, writing: BatchWriting) {
    this.#connection = connection;
    this.#enrich = enrich;
    this.#writing = writing;
  }

  /** On an engine with one thread. */
  static async open(engine: Database, writing: BatchWriting): Promise<BatchWriter> {
    const connection = await engine.connect();
    await connection.run(KEEP_ORDER);
    return new BatchWriter(connection, await beginEnrichment(connection, writing.enrichment), writing);
  }

  /** Writes the rows of batch `nth`. UsageError for what `loadBatch` refuses. */
  async write(parts: readonly ScanPart[], nth: number, flights: Baton<FlightCounts>): Promise<BatchNotes> {
    const notes = this.#notesOf(nth);
    const { quarantine } = notes;
    try {
      await loadBatch({ ...this.#writing, connection: this.#connection, quarantine }, parts);
    } finally {
      quarantine.close();
    }
    await this.#connection.run(writeNotes(notes));
    await this.#connection.run('drop table records');
    await this.#numberFlights(flights);
    await this.#writeTables();
    await this.#connection.run(`${FORGET_SPREAD}; ${FORGET_DESCRIBED}`);
    return notes;
  }

  async #numberFlights({ taken, pass }: Baton<FlightCounts>): Promise<void> {
    await this.#connection.run(NUMBER_FLIGHTS);
    const counted = await this.#connection.runAndReadAll(COUNT_FLIGHTS);
    const before = await taken;
    const after = new Map(before);
    for (const [port, flights] of counted.getRows()) {
      after.set(Number(port), (before.get(Number(port)) ?? 0) + Number(flights));
    }
    pass(after);
    const rows = [...before].map(([port, flights]) => `(${port}, ${flights})`);
    await this.#connection.run(`create table flights_before (port integer, flights bigint);
      ${rows.length > 0 ? `insert into flights_before values ${rows.join(', ')};` : ''} ${CONTINUE_NUMBERS}`);
  }

  async #writeTables(): Promise<void> {
    const { lake, origin } = this.#writing;
    await loadSoftware(this.#connection);
    await this.#enrich('endpoint_rows', 'address_origins');
    await this.#connection.run(DESCRIBE_ENDPOINTS);
    const found = await this.#connection.runAndReadAll(PORTS);
    for (const has of found.getRowObjects()) {
      const port = Number(has['port']);
      for (const [table, select] of Object.entries(ENDPOINT_TABLES)) {
        if (has[table] === false) continue;
        await lake.write(this.#connection, table, { scan_id: origin.scan_id, port }, select(port));
      }
    }
  }

  #notesOf(nth: number): BatchNotes {
    const { folder, strict } = this.#writing;
    const path = (name: string): string => join(folder, `${name}-${nth}.parquet`);
    return {
      endpoint_ids: path('endpoint-ids'),
      groups: path('groups'),
      chains: path('chains'),
      quarantine: new QuarantineWriter(join(folder, `quarantine-${nth}.ndjson`), strict),
    };
  }
}

function writeNotes({ endpoint_ids, groups, chains }: BatchNotes): string {
  const notes = [
    [endpoint_ids, 'select endpoint_id from records'],
    [groups, 'select distinct dh_group_id from handshake_groups where dh_group_id is not null'],
    [
      chains,
      `select distinct c.chain_id as chain_id, coalesce(c.certificates, []) as certificates
        from (select unnest(chains) as c from records)`,
    ],
  ] as const;
  return notes
    .map(([file, select]) => `copy (${select}) to ${sqlText(file)} (format parquet, compression zstd)`)
    .join('; ');
}
