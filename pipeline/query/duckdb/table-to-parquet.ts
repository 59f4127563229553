/**
 * A result table → a Parquet file, for tables that came from another engine: columns typed as the table says, and
 * `synthetic_scans` in the metadata, as in what DuckDB writes of a lake itself.
 */
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  SMALLINT,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api';
import { openDatabase, sqlText } from '../../base/duckdb.ts';
import { sqlName } from '../../base/sql-text.ts';
import type { ColumnType, ResultTable, ResultValue } from '../../formats/result-table.ts';

export async function writeTableAsParquet(table: ResultTable, file: string): Promise<void> {
  const database = await openDatabase();
  try {
    const connection = await database.connect();
    const columns = table.columns.map(({ name, type }) => `${sqlName(name)} ${type}`);
    await connection.run(`create table result (${columns.join(', ')})`);
    const appender = await connection.createAppender('result');
    for (const row of table.rows) {
      for (const [place, value] of row.entries()) {
        const { type } = table.columns[place]!;
        appender.appendValue(duckdbValue(value, type), TYPES[type]);
      }
      appender.endRow();
    }
    appender.closeSync();
    const metadata = `kv_metadata {synthetic_scans: ${sqlText(table.synthetic_scans.join(' '))}}`;
    await connection.run(`copy result to ${sqlText(file)} (format parquet, ${metadata})`);
  } finally {
    database.close();
  }
}

function duckdbValue(value: ResultValue, type: ColumnType): DuckDBValue {
  if (value === null) return null;
  if (type === 'bigint') return BigInt(value as number);
  if (type === 'timestamp') return new DuckDBTimestampValue(BigInt(Date.parse(String(value))) * 1000n);
  return value;
}

const TYPES: Record<ColumnType, DuckDBType> = {
  varchar: VARCHAR,
  boolean: BOOLEAN,
  smallint: SMALLINT,
  integer: INTEGER,
  bigint: BIGINT,
  double: DOUBLE,
  timestamp: TIMESTAMP,
};
