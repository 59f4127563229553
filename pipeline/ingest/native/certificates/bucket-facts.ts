/** One bucket of certificates → its facts as Parquet: distinct, in the order of their hashes. */
import { rmSync } from 'node:fs';
import {
  BLOB,
  BOOLEAN,
  DOUBLE,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  SMALLINT,
  VARCHAR,
} from '@duckdb/node-api';
import { sqlPathList, sqlText } from '../../../base/duckdb.ts';
import { type LakeColumn, lakeTable } from '../../../formats/lake-tables.ts';
import { type CertificateFacts, readCertificate } from '../../../x509/index.ts';
import type { Bucket } from './buckets.ts';

/** Removes the bucket's files. Throws where a record lacks its hash or its certificate. */
export async function writeBucketFacts(
  connection: DuckDBConnection,
  { files, facts }: Bucket,
): Promise<void> {
  await connection.run(`create or replace temp table bucket_facts (${COLUMNS.map(definition).join(', ')})`);
  const appender = await connection.createAppender('bucket_facts');
  const rows = await connection.stream(
    `select distinct sha256, der from read_parquet(${sqlPathList(files)}, hive_partitioning = false)
     order by sha256, der`,
  );
  for (let chunk = await rows.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await rows.fetchChunk()) {
    const [hashes, ders] = [chunk.getColumnValues(0), chunk.getColumnValues(1)];
    for (let start = 0; start < ders.length; start += ROWS_AT_ONCE) {
      const end = start + ROWS_AT_ONCE;
      appender.appendDataChunk(factsChunk(hashes.slice(start, end), ders.slice(start, end)));
    }
  }
  appender.closeSync();
  const columns = COLUMNS.map(({ name, type }) => `cast(${name} as ${type}) as ${name}`).join(', ');
  await connection.run(
    `copy (select ${columns} from bucket_facts) to ${sqlText(facts)} (format parquet, compression lz4)`,
  );
  await connection.run('drop table bucket_facts');
  for (const file of files) rmSync(file);
}

/** Few enough that they are forgotten before the collector of garbage moves them about. */
const ROWS_AT_ONCE = 256;

/** Hashes and certificates → rows of facts. */
function factsChunk(hashes: readonly DuckDBValue[], ders: readonly DuckDBValue[]): DuckDBDataChunk {
  const rows = ders.map((der, index) => factsRow(hashes[index]!, der));
  const chunk = DuckDBDataChunk.create(
    COLUMNS.map(({ type }) => HELD_AS[type]),
    rows.length,
  );
  for (const [index, { name }] of COLUMNS.entries()) {
    chunk.setColumnValues(
      index,
      rows.map((row) => row[name as keyof FactsRow]),
    );
  }
  return chunk;
}

type FactsRow = CertificateFacts & { der: DuckDBBlobValue; declared_sha256: DuckDBValue };

function factsRow(declared_sha256: DuckDBValue, der: DuckDBValue): FactsRow {
  if (declared_sha256 === null || !(der instanceof DuckDBBlobValue)) {
    throw new Error('a certificate lacks its sha256 or its der');
  }
  return { ...readCertificate(der.bytes), der, declared_sha256 };
}

const COLUMNS: readonly Pick<LakeColumn, 'name' | 'type'>[] = [
  ...lakeTable('certificates').columns,
  { name: 'declared_sha256', type: 'varchar' },
];

/** Times are texts until the engine makes them timestamps. */
const HELD_AS: Record<LakeColumn['type'], DuckDBType> = {
  varchar: VARCHAR,
  boolean: BOOLEAN,
  smallint: SMALLINT,
  integer: INTEGER,
  bigint: INTEGER,
  double: DOUBLE,
  timestamp: VARCHAR,
  blob: BLOB,
};

function definition({ name, type }: Pick<LakeColumn, 'name' | 'type'>): string {
  return `${name} ${HELD_AS[type]}`;
}
