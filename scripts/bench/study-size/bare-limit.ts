/**
 * `bare-limit.ts PARQUET FILE…`: what no ingest can do without, in a process of its own: DuckDB reads the same lines with the
 * columns that it finds by itself, and writes them to one Parquet file.
 */
import { openDatabase, sqlPathList, sqlText } from '../../../pipeline/base/duckdb.ts';

const [parquet = '', ...files] = process.argv.slice(2);
const database = await openDatabase();
const connection = await database.connect();
await connection.run('set preserve_insertion_order = false');
await connection.run(
  `copy (select * from read_json(${sqlPathList(files)}, format = 'newline_delimited', compression = 'gzip',
    hive_partitioning = false, union_by_name = true)) to ${sqlText(parquet)} (format parquet)`,
);
database.close();
