/** Readers of a lake that share no code with DuckDB, in Python: a task is handed over as a file of JSON, and so is the answer. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findJava } from '../cluster/java.ts';

export interface SparkAnswer {
  tables: Record<string, { columns: [name: string, type: string][]; partitions: string[]; rows: number }>;
  answers: Record<string, unknown[][]>;
}

export type ArrowAnswer = Record<
  string,
  { columns: [name: string, type: string][]; rows: (string | null)[][] }
>;

/** What to do where Spark and Arrow cannot be run; undefined where they can. */
export function missingReaders(): string | undefined {
  if (readersFolder() === undefined)
    return `no pyspark and pyarrow in ${readersCache()} (scripts/foreign-tools/install-readers.sh)`;
  return sparkJava() === undefined
    ? 'no Java from 17 to 21 for Spark (apt-get install openjdk-17-jdk-headless)'
    : undefined;
}

/** Statements and tables by one Spark session in local mode. */
export function readBySpark(task: {
  setup: readonly string[];
  tables: readonly string[];
  statements: Record<string, string>;
}): Promise<SparkAnswer> {
  return answerOf('read-by-spark.py', (scratch) => ({ ...task, scratch })) as Promise<SparkAnswer>;
}

/** All rows of tables by Arrow. */
export function readByArrow(
  tables: Record<string, { files: string[]; base: string; partitions: Record<string, string> }>,
): Promise<ArrowAnswer> {
  return answerOf('read-by-arrow.py', () => tables) as Promise<ArrowAnswer>;
}

function answerOf(program: string, task: (scratch: string) => unknown): Promise<unknown> {
  const scratch = mkdtempSync(join(tmpdir(), 'census-reader-'));
  const [given, answer] = [join(scratch, 'task.json'), join(scratch, 'answer.json')];
  writeFileSync(given, JSON.stringify(task(scratch)));
  const python = join(readersFolder()!, 'bin', 'python');
  // Spark ends its JVM with the Python that started it.
  const env = { ...process.env, JAVA_HOME: dirname(dirname(sparkJava()!)) };
  return new Promise((resolve, reject) => {
    const words = [join(HERE, program), given, answer];
    execFile(
      python,
      words,
      { cwd: scratch, env, maxBuffer: 2 ** 26, timeout: MOST_MS },
      (error, stdout, stderr) => {
        const said = error ? undefined : JSON.parse(readFileSync(answer, 'utf8'));
        rmSync(scratch, { recursive: true, force: true });
        if (error) reject(new Error(`${program} gave no answer:\n${stdout}\n${stderr.slice(-8000)}`));
        else resolve(said);
      },
    );
  });
}

function sparkJava(): string | undefined {
  return findJava().find(({ feature }) => feature >= 17 && feature <= 21)?.command;
}

/** The environment that install-readers.sh made last. */
function readersFolder(): string | undefined {
  const cache = readersCache();
  if (!existsSync(cache)) return undefined;
  const whole = readdirSync(cache).filter((name) => existsSync(join(cache, name, 'installed')));
  return whole.length > 0 ? join(cache, whole.sort().at(-1)!) : undefined;
}

function readersCache(): string {
  const own = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const cache = process.getuid!() === 0 ? '/var/cache' : own;
  return process.env['CENSUS_READERS'] || join(cache, 'mail-tls-census', 'readers');
}

const HERE = dirname(fileURLToPath(import.meta.url));
/** Below the test's own limit, so that nothing is left running. */
const MOST_MS = 280_000;
