/**
 * Buckets of certificates, each read once: here where there is little to do, else by as many processes as there are
 * cores, each with a small engine of its own. Reading is JavaScript, of which one process does one thing at a time.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { writeBucketFacts } from './bucket-facts.ts';
import type { Bucket } from './buckets.ts';
import { CertificateWorker } from './certificate-worker.ts';

/** For tests and benches; the defaults are right for everybody else. */
export interface CertificateTuning {
  /** Processes; as many as the engine has threads by default. */
  workers?: number | undefined;
  /** Size of a bucket, about. */
  bucket_bytes?: number | undefined;
}

/** Throws the first failure once all workers have ended. */
export async function readBuckets(
  connection: DuckDBConnection,
  buckets: readonly Bucket[],
  { workers = 1 }: CertificateTuning,
): Promise<void> {
  const processes = Math.min(workers, buckets.length, MAX_WORKERS);
  if (processes > 1) await readInProcesses(buckets, processes);
  else for (const bucket of buckets) await writeBucketFacts(connection, bucket);
}

async function readInProcesses(buckets: readonly Bucket[], processes: number): Promise<void> {
  const queue = [...buckets];
  const work = async (): Promise<void> => {
    const worker = new CertificateWorker();
    try {
      for (let bucket = queue.shift(); bucket !== undefined; bucket = queue.shift())
        await worker.read(bucket);
    } catch (error) {
      queue.length = 0;
      throw error;
    } finally {
      await worker.end();
    }
  };
  const results = await Promise.allSettled(Array.from({ length: processes }, work));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

/** A process takes up to 300 MiB. */
const MAX_WORKERS = 4;
