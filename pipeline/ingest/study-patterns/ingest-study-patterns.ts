/**
 * Accept/reject patterns of the study of 2015 (Mayer and Schmiedecker 2017) → a scan in the lake. Each counted
 * endpoint becomes an endpoint of its own; it has no address, no certificate and no key exchange: these stay null.
 */

import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Database, sqlText } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import { fileSha256 } from '../../base/files.ts';
import { inParallel } from '../../base/in-parallel.ts';
import type { LakeInput } from '../../formats/lake-manifest.ts';
import { mailPort } from '../../formats/ports.ts';
import type { LakeWriter } from '../../lake/lake-writer.ts';
import { type Ingested, isKnownInput } from '../ingested.ts';
import { type Pattern, readPatterns } from './patterns.ts';
import { type Position, readPositions } from './positions.ts';

export const STUDY_SCAN_ID = 'study-2015';

/** Reads and checks all files, then stages; undefined where the lake holds just these files already. */
export async function ingestStudyPatterns(
  files: readonly string[],
  positionsPath: string | undefined,
  scan_id: string,
  database: Database,
  lake: LakeWriter,
): Promise<Ingested | undefined> {
  const positionsFile = positionsPath ?? positionsBeside(files);
  const positions = readPositions(positionsFile);
  const byPort = groupByPort(files.map((file) => ({ file, patterns: readPatterns(file, positions.length) })));
  const positions_sha256 = await fileSha256(positionsFile);
  const inputs = await Promise.all(
    files.map(async (file) => ({ ...(await describeInput(file, scan_id, byPort)), positions_sha256 })),
  );
  const isKnown = inputs.every((input) => isKnownInput(lake.before?.inputs ?? [], input));
  if (isKnown && lake.isWhole(scan_id)) return undefined;

  await loadPatterns(await database.connect(), positions, byPort);
  await writePorts([...byPort.keys()], scan_id, database, lake);
  return { replaced: [null, ...byPort.keys()].map((port) => ({ scan_id, port })), inputs };
}

interface FilePatterns {
  file: string;
  patterns: Pattern[];
}

/** What a lake gets of one port. */
type PortPatterns = FilePatterns & { place: number };

function positionsBeside(files: readonly string[]): string {
  const beside = join(dirname(files[0] ?? '.'), 'positions.csv');
  if (existsSync(beside)) return beside;
  throw new UsageError(`no positions.csv beside ${files[0]}; name the position table with --positions FILE`);
}

/** A port comes from one file: twice the same port is most likely the same file twice. */
function groupByPort(read: readonly FilePatterns[]): Map<number, PortPatterns> {
  const byPort = new Map<number, PortPatterns>();
  for (const [place, { file, patterns }] of read.entries()) {
    for (const pattern of patterns) {
      const entry = byPort.get(pattern.port) ?? { file, place, patterns: [] };
      if (entry.place !== place) {
        throw new UsageError(
          `port ${pattern.port} is in ${entry.file} and in ${file}; give it once; nothing written`,
        );
      }
      entry.patterns.push(pattern);
      byPort.set(pattern.port, entry);
    }
  }
  return byPort;
}

async function describeInput(
  file: string,
  scan_id: string,
  byPort: ReadonlyMap<number, PortPatterns>,
): Promise<LakeInput> {
  const ports = [...byPort].filter(([, entry]) => entry.file === file).map(([port]) => port);
  return {
    scan_id,
    source: 'study-patterns',
    name: basename(file),
    sha256: await fileSha256(file),
    bytes: statSync(file).size,
    ports: ports.sort((a, b) => a - b),
  };
}

/**
 * Tables `patterns`, `replicas` (runs of endpoints that show a pattern, with the first's endpoint_id) and `answers`
 * (per pattern its accepted handshakes and its counts per version, as lists, so that one unnest expands them).
 */
async function loadPatterns(
  connection: DuckDBConnection,
  positions: readonly Position[],
  byPort: ReadonlyMap<number, PortPatterns>,
): Promise<void> {
  await connection.run(`
    create table positions (position integer, version smallint, cipher_suite integer);
    create table patterns (port integer, pattern_id bigint, pattern varchar);
    create table replicas (port integer, pattern_id bigint, first_id bigint, endpoints bigint)`);
  await append(connection, 'positions', positions, (row, index) => [index, row.version, row.cipher_suite]);
  for (const [port, { patterns }] of byPort) {
    await append(connection, 'patterns', patterns, ({ pattern }, index) => [port, BigInt(index), pattern]);
    await append(connection, 'replicas', runsOf(patterns), (run) => [
      port,
      run.pattern_id,
      run.first_id,
      run.endpoints,
    ]);
  }
  await connection.run(ANSWERS);
}

interface Run {
  pattern_id: bigint;
  first_id: bigint;
  endpoints: bigint;
}

/** DuckDB expands a run as one list: long ones are cut, so that memory stays bounded. */
const LONGEST_RUN = 1_000_000;

function runsOf(patterns: readonly Pattern[]): Run[] {
  let next = 0;
  return patterns.flatMap(({ count }, index) =>
    Array.from({ length: Math.ceil(count / LONGEST_RUN) }, (_, run) => {
      const endpoints = Math.min(LONGEST_RUN, count - run * LONGEST_RUN);
      next += endpoints;
      return { pattern_id: BigInt(index), first_id: BigInt(next - endpoints), endpoints: BigInt(endpoints) };
    }),
  );
}

async function append<T>(
  connection: DuckDBConnection,
  table: string,
  rows: readonly T[],
  values: (row: T, index: number) => (number | bigint | string)[],
): Promise<void> {
  const appender = await connection.createAppender(table);
  rows.forEach((row, index) => {
    for (const value of values(row, index)) {
      if (typeof value === 'string') appender.appendVarchar(value);
      else if (typeof value === 'bigint') appender.appendBigInt(value);
      else appender.appendInteger(value);
    }
    appender.endRow();
  });
  appender.closeSync();
}

/** The largest partition first, two at a time: DuckDB writes one ordered file with one core. */
async function writePorts(
  ports: readonly number[],
  scan_id: string,
  database: Database,
  lake: LakeWriter,
): Promise<void> {
  const settings = await database.connect();
  // Replicas probe, answers are built on: endpoints then stay in their order.
  await settings.run("set disabled_optimizers = 'join_order,build_side_probe_side'");
  const tasks = Object.entries(TABLES).flatMap(([table, select]) =>
    ports.map((port) => ({ table, port, from: select(port) })),
  );
  await inParallel(database, tasks, (connection, { table, port, from }) =>
    lake.write(connection, table, { scan_id, port }, from),
  );
  await lake.write(settings, 'scans', { scan_id, port: null }, SCAN);
}

const SCAN = `(select 'study-patterns' as source, 'No Need for Black Chambers' as tool, null as tool_version,
  'exhaustive' as strategy, false as synthetic, null as started_at, null as finished_at,
  null as inference_error, null as inference_error_low, null as inference_error_high, null as inference_stopped)`;

const ANSWERS = `
  create table answers as
  with asked as (
    select port, pattern_id, position, version, cipher_suite,
      substr(pattern, position + 1, 1) = 'a' as accepted
    from patterns cross join positions
  ), per_version as (
    select port, pattern_id, version, count(*) as offered, count(*) filter (where accepted) as accepted
    from asked group by port, pattern_id, version
  ), versions as (
    select port, pattern_id, sum(offered) as offered, sum(accepted) as accepted,
      list({'version': version, 'offered': offered, 'accepted': accepted} order by version) as versions
    from per_version group by port, pattern_id
  ), suites as (
    select port, pattern_id, list({'version': version, 'cipher_suite': cipher_suite} order by position) as suites
    from asked where accepted group by port, pattern_id
  )
  select port, pattern_id, offered, accepted, versions, suites
  from versions left join suites using (port, pattern_id)`;

/**
 * One row per endpoint of a port, in the order of the file, with what its pattern answered. The join comes after
 * the expansion: its output refers to the lists of `answers`, where expanding a row with its lists would copy them
 * once an endpoint (measured: a seventh of the memory, half the time).
 */
const expanded = (port: number, columns: string): string =>
  `(select endpoint_id, ${columns}
    from (select pattern_id, unnest(range(first_id, first_id + endpoints)) as endpoint_id
      from replicas where port = ${port}) as expanded
    join (select * from answers where port = ${port}) as answers using (pattern_id))`;

const TABLES = {
  handshakes: (port: number) =>
    `(select endpoint_id, suite.version, suite.cipher_suite, null as error_kind, null as flight_id
      from (select endpoint_id, unnest(suites) as suite from ${expanded(port, 'suites')}))`,
  endpoint_versions: (port: number) =>
    `(select endpoint_id, counts.version, counts.offered, counts.accepted,
        counts.offered - counts.accepted as rejected, counts.offered - counts.accepted as unconfirmed,
        0 as errors, 0 as not_tested, 0 as inferred_accepted, 0 as inferred_rejected, null as handshake_completed
      from (select endpoint_id, unnest(versions) as counts from ${expanded(port, 'versions')}))`,
  endpoints: (port: number) =>
    `(select endpoint_id, null as target, null as host, null as ip,
        null as asn, null as as_prefix, null as country, null as connect_port,
        ${nullableText(mailPort(port)?.protocol)} as protocol, ${nullableText(mailPort(port)?.tls_mode)} as tls_mode,
        case when accepted > 0 then 'tls' else 'tls_rejected' end as outcome, null as error_kind, null as banner,
        null as ehlo_first_line, null as starttls_offered, null as starttls_accepted, null as plaintext_auth_offered,
        offered, accepted, offered - accepted as rejected, offered - accepted as unconfirmed, 0 as errors, 0 as not_tested,
        0 as inferred, offered as handshakes, null as chain_id, null as duration_ms
      from ${expanded(port, 'offered, accepted')})`,
};

function nullableText(text: string | undefined): string {
  return text === undefined ? 'null' : sqlText(text);
}
