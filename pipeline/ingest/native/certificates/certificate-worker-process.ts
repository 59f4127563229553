/**
 * The process of one certificate worker: buckets come by message one at a time, and it answers each when its facts are
 * written. It ends when nobody is at the other end.
 */
import { dirname } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Database, openDatabase } from '../../../base/duckdb.ts';
import { writeBucketFacts } from './bucket-facts.ts';
import type { Bucket } from './buckets.ts';
import type { FromCertificateWorker } from './certificate-worker.ts';

let database: Database | undefined;
let connection: DuckDBConnection | undefined;

async function read(bucket: Bucket): Promise<FromCertificateWorker> {
  try {
    database ??= await openDatabase({
      threads: 1,
      memory_limit: MEMORY_LIMIT,
      temp_directory: dirname(bucket.facts),
    });
    connection ??= await database.connect();
    await writeBucketFacts(connection, bucket);
    return { failure: null };
  } catch (error) {
    const { message, stack } = error as Error;
    return { failure: { message, stack: stack ?? message } };
  }
}

function end(): void {
  database?.close();
  process.exit();
}

/** A bucket and its facts take a quarter of it. */
const MEMORY_LIMIT = '256MB';

process.on('disconnect', end);
process.on(
  'message',
  (bucket: Bucket) => void read(bucket).then((answer) => process.send?.(answer, () => {})),
);
if (!process.connected) end();
