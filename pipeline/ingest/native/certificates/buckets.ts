/**
 * Part files with certificates → buckets by the first two digits of the hashes that the records give them: a Parquet
 * folder each, with whatever duplicates there are. How many depends on the files alone.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlPathList, sqlText } from '../../../base/duckdb.ts';

export interface Bucket {
  /** Parquet files with `sha256` and `der`, in no order. */
  files: string[];
  /** Where its facts go. */
  facts: string;
}

/** Buckets that hold something, in the order of the hashes. Throws where a line can't be read. */
export async function dealIntoBuckets(
  connection: DuckDBConnection,
  files: readonly string[],
  folder: string,
  { bucket_bytes = BUCKET_BYTES }: { bucket_bytes?: number | undefined },
): Promise<Bucket[]> {
  const count = bucketCount(files, bucket_bytes);
  const dealt = join(folder, 'dealt');
  // The engine holds back so many rows a thread, whatever their size.
  await connection.run(`set partitioned_write_flush_threshold = ${ROWS_HELD_BACK}`);
  await connection.run(
    `copy (
      select sha256, from_base64(der) as der,
        coalesce(try_cast('0x' || substr(sha256, 1, 2) as utinyint), 0) // ${256 / count} as bucket
      from read_json(${sqlPathList(files)}, format = 'newline_delimited', hive_partitioning = false,
        compression = 'gzip', maximum_object_size = ${MAX_RECORD_BYTES}, columns = {sha256: 'varchar', der: 'varchar'})
    ) to ${sqlText(dealt)} (format parquet, compression lz4, partition_by (bucket))`,
  );
  await connection.run('reset partitioned_write_flush_threshold');
  const folders = Array.from({ length: count }, (_, bucket) => join(dealt, `bucket=${bucket}`));
  return folders.filter(existsSync).map((bucket) => ({
    files: readdirSync(bucket).map((file) => join(bucket, file)),
    facts: `${bucket}.facts.parquet`,
  }));
}

/** A power of two up to 256. DER packed as base64 and by gzip takes about as many bytes as it is. */
function bucketCount(files: readonly string[], bucketBytes: number): number {
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  return Math.min(256, 2 ** Math.max(0, Math.ceil(Math.log2(bytes / bucketBytes))));
}

/** About 20,000 certificates: a second or two of work. */
const BUCKET_BYTES = 16 * 2 ** 20;
const ROWS_HELD_BACK = 16_384;
/** A Certificate message holds at most 2^24 bytes; base64 makes that a third more. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024;
