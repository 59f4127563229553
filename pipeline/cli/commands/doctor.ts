/** `census doctor`: whether this machine can run the program, and what to do where it can't. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { openDatabase, sqlText } from '../../base/duckdb.ts';
import { packageVersion } from '../../base/package-root.ts';

type Verdict = 'ok' | 'warning' | 'failed';

interface Finding {
  what: string;
  verdict: Verdict;
  detail: string;
}

/** A scan with the default concurrency of 64 needs far fewer; one with thousands in flight needs this. */
const WANTED_OPEN_FILES = 4096;

export const doctorCommand: CommandModule<object, { folder: string }> = {
  builder: (yargs) =>
    yargs.option('folder', { describe: 'Folder that will be written to', type: 'string', default: '.' }),
  handler: async ({ folder }) => {
    const findings = [checkNode(), await checkDuckDb(), checkWriteAccess(folder), checkOpenFiles()];
    process.stdout.write(`mail-tls-census ${packageVersion}\n`);
    for (const { what, verdict, detail } of findings) {
      process.stdout.write(`${verdict.padEnd(7)}  ${what}: ${detail}\n`);
    }
    if (findings.some(({ verdict }) => verdict === 'failed')) process.exitCode = 1;
  },
};

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  const detail = `${process.version}, OpenSSL ${process.versions.openssl}`;
  return {
    what: 'Node',
    verdict: good ? 'ok' : 'failed',
    detail: good ? detail : `${detail}; 20.19 or later is needed`,
  };
}

/** Opens the engine and writes and reads a Parquet file. */
async function checkDuckDb(): Promise<Finding> {
  const folder = mkdtempSync(join(tmpdir(), 'census-doctor-'));
  try {
    const database = await openDatabase();
    const connection = await database.connect();
    const file = sqlText(join(folder, 'probe.parquet'));
    await connection.run(`copy (select 42 as answer) to ${file} (format parquet)`);
    const read = await connection.runAndReadAll(`select answer, version() from read_parquet(${file})`);
    database.close();
    const [answer, version] = read.getRows()[0] ?? [];
    return {
      what: 'DuckDB',
      verdict: answer === 42 ? 'ok' : 'failed',
      detail: `${version}, reads and writes Parquet`,
    };
  } catch (error) {
    return { what: 'DuckDB', verdict: 'failed', detail: `${(error as Error).message}; run npm ci again` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function checkWriteAccess(folder: string): Finding {
  const what = `write access to ${resolve(folder)}`;
  try {
    rmSync(mkdtempSync(join(folder, '.census-doctor-')), { recursive: true });
    return { what, verdict: 'ok', detail: 'yes' };
  } catch (error) {
    return { what, verdict: 'failed', detail: `${(error as Error).message}; name another with --folder` };
  }
}

function checkOpenFiles(): Finding {
  const what = 'open-file limit';
  const report = process.report?.getReport() as { userLimits?: Record<string, { soft: number | string }> };
  const soft = report?.userLimits?.['open_files']?.soft;
  if (soft === undefined) return { what, verdict: 'ok', detail: 'none on this system' };
  const enough = soft === 'unlimited' || Number(soft) >= WANTED_OPEN_FILES;
  return {
    what,
    verdict: enough ? 'ok' : 'warning',
    detail: enough
      ? String(soft)
      : `${soft}; for --concurrency in the thousands: ulimit -n ${WANTED_OPEN_FILES}`,
  };
}
