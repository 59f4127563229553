/**
 * Certificates of a scan, each distinct one once → the view `certificate_facts`, by way of pipeline/x509, on all cores.
 * They are dealt out by the first digits of their hashes into buckets, which are small and have nothing in common: each
 * is made distinct, sorted, read and written on its own, here or in a process of its own. What is in memory is a bucket;
 * the rest lies in the engine's temporary folder, about twice the bytes of the certificates.
 */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlPathList } from '../../base/duckdb.ts';
import { lakeTable } from '../../formats/lake-tables.ts';
import { type Bucket, dealIntoBuckets } from './certificates/buckets.ts';
import { type CertificateTuning, readBuckets } from './certificates/read-buckets.ts';

/**
 * Makes `certificate_facts`: one row a distinct certificate, in the order of their hashes, with the columns of the lake's
 * table and `declared_sha256`, the hash that the raw record gives it. The rows are the same on any number of cores.
 * `files` are parts with certificates, gzip. Throws where a line can't be read. The rows last as long as the engine.
 */
export async function loadCertificates(
  connection: DuckDBConnection,
  files: readonly string[],
  tuning: CertificateTuning = {},
): Promise<void> {
  const engine = await settings(connection);
  await mkdir(engine.temp_directory, { recursive: true });
  const folder = await mkdtemp(join(engine.temp_directory, 'certificates-'));
  const buckets = files.length === 0 ? [] : await dealIntoBuckets(connection, files, folder, tuning);
  await readBuckets(connection, buckets, { workers: engine.threads, ...tuning });
  await connection.run(`create or replace view certificate_facts as ${factsOf(buckets)}`);
}

function factsOf(buckets: readonly Bucket[]): string {
  if (buckets.length > 0)
    return `select * from read_parquet(${sqlPathList(buckets.map(({ facts }) => facts))})`;
  const columns = lakeTable('certificates').columns.map(
    ({ name, type }) => `cast(null as ${type}) as ${name}`,
  );
  return `select ${columns.join(', ')}, cast(null as varchar) as declared_sha256 where false`;
}

async function settings(connection: DuckDBConnection): Promise<{ threads: number; temp_directory: string }> {
  const result = await connection.runAndReadAll(
    `select current_setting('threads'), current_setting('temp_directory')`,
  );
  const [threads, temp_directory] = result.getRows()[0]!;
  return { threads: Number(threads), temp_directory: String(temp_directory) };
}
