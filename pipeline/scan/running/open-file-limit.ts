/** Whether this system lets a process open as many connections as the scan wants to have. */
import { UsageError } from '../../base/errors.ts';

/** Throws UsageError where it doesn't. Each process may have all endpoints in flight: an address has its own worker. */
export function checkOpenFiles(concurrency: number): void {
  if (concurrency + BESIDE <= SURE) return;
  const limit = openFileLimit();
  if (concurrency + BESIDE <= limit) return;
  throw new UsageError(
    `--concurrency ${concurrency} needs ${concurrency + BESIDE} open files, this system allows ${limit} a process; ` +
      `raise that (ulimit -n ${concurrency + BESIDE}) or lower --concurrency`,
  );
}

/** The soft limit, which Node raises to the hard one as it starts; Infinity where there is none. */
function openFileLimit(): number {
  const report = process.report.getReport() as unknown as { userLimits?: Record<string, { soft: unknown }> };
  const soft = report.userLimits?.['open_files']?.soft;
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}

/** Files that a scan has open beside its connections. */
const BESIDE = 64;
/** Allowed everywhere: not worth the report. */
const SURE = 256;
