/**
 * A lake → a prior: the patterns of all endpoints whose every question up to TLS 1.2 was answered on the wire, with
 * nothing inferred, failed or left out. A question is a suite that was offered, where the lake says which were
 * (`offered_suites`); else one that some endpoint accepts, since a suite that nobody took can't be told then from one that
 * was not offered. TLS 1.3 is left out: its few suites are cheaper asked than predicted.
 */
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type DatabaseOptions, openDatabase, sqlPathList } from '../base/duckdb.ts';
import { UsageError } from '../base/errors.ts';
import { type LakeFile, readManifest } from '../formats/lake-manifest.ts';
import { type CountedPattern, makePrior, type Prior } from '../formats/prior.ts';
import { type OfferFiles, offeredQuestions } from './offered-suites.ts';

export interface LakePriorOptions extends DatabaseOptions {
  lake: string;
  /** All by default. */
  ports?: readonly number[] | undefined;
  scans?: readonly string[] | undefined;
}

/** UsageError for a lake that has no such endpoints, or scans that offered different suites. */
export async function priorFromLake(options: LakePriorOptions): Promise<Prior> {
  const parts = partsOf(options);
  const database = await openDatabase(options);
  try {
    const connection = await database.connect();
    const offered = await offeredQuestions(connection, offerFiles(options.lake, parts), TLS13);
    if (!offered) await checkSameOffer(connection, options.lake, parts);
    const rows: CountedRow[] = [];
    for (const part of parts) rows.push(...(await countPatterns(connection, options.lake, part)));
    if (rows.length === 0)
      throw new UsageError(`${options.lake} has no endpoint that was asked everything; ${REMEDY}`);
    const scans = [...new Set(parts.map((part) => part.scan_id))].sort();
    const [first_at, last_at] = await datesOf(connection, options.lake, scans);
    const prior = priorOf(rows, { kind: 'lake', names: scans, first_at, last_at }, offered);
    return { ...prior, tls13_endpoints: await countTls13(connection, options.lake, parts) };
  } finally {
    database.close();
  }
}

/** One port of one scan: its files by table. */
interface Part {
  scan_id: string;
  port: number;
  versions: string[];
  handshakes: string[];
}

/** An accepted suite is `version * 2^24 + suite`; these are ascending and joined by commas. */
interface CountedRow {
  port: number;
  accepted: string;
  endpoints: number;
}

function partsOf({ lake, ports, scans }: LakePriorOptions): Part[] {
  const files = readManifest(lake).files;
  const there = files.filter((file) => file.table === 'endpoint_versions' && isPlainPath(file));
  const missingPort = ports?.find((port) => !there.some((file) => file.port === port));
  if (missingPort !== undefined)
    throw new UsageError(`${lake} has nothing of port ${missingPort}; ${REMEDY}`);
  const missingScan = scans?.find((scan) => !there.some((file) => file.scan_id === scan));
  if (missingScan !== undefined)
    throw new UsageError(`${lake} has no scan ${JSON.stringify(missingScan)}; ${REMEDY}`);
  const wanted = there.filter(
    (file) => (ports?.includes(file.port!) ?? true) && (scans?.includes(file.scan_id) ?? true),
  );
  const keys = [...new Set(wanted.map((file) => `${file.scan_id}/${file.port}`))].sort();
  return keys.map((key) => {
    const of = (table: string) =>
      files.filter(
        (file) => file.table === table && `${file.scan_id}/${file.port}` === key && isPlainPath(file),
      );
    const [{ scan_id, port }] = of('endpoint_versions') as [LakeFile, ...LakeFile[]];
    const paths = (table: string) => of(table).map((file) => file.path);
    return { scan_id, port: port!, versions: paths('endpoint_versions'), handshakes: paths('handshakes') };
  });
}

function offerFiles(lake: string, parts: readonly Part[]): OfferFiles[] {
  const files = readManifest(lake).files.filter(
    (file) => file.table === 'offered_suites' && isPlainPath(file),
  );
  return [...new Set(parts.map((part) => part.scan_id))].sort().map((scan_id) => {
    const paths = files.filter((file) => file.scan_id === scan_id).map(({ path }) => path);
    return { scan_id, parquet: paths.length > 0 ? parquet(lake, paths) : null };
  });
}

/** A manifest is data from a disk: only files where ingest writes them are read. */
function isPlainPath({ table, scan_id, port, path }: LakeFile): boolean {
  const folder = port === null ? `${table}/scan_id=${scan_id}/` : `${table}/scan_id=${scan_id}/port=${port}/`;
  return path.startsWith(folder) && /^part-[0-9a-f]{16}\.parquet$/.test(path.slice(folder.length));
}

/** A suite that one scan's endpoints accept and that another did not offer would count as rejected there. */
async function checkSameOffer(
  connection: DuckDBConnection,
  lake: string,
  parts: readonly Part[],
): Promise<void> {
  if (parts.length === 0) return;
  const files = parts.flatMap((part) => part.versions);
  const result = await connection.runAndReadAll(`
    select version, count(distinct offered) from ${parquet(lake, files)}
    where version < ${TLS13} group by version having count(distinct offered) > 1 order by version`);
  const [mixed] = result.getRows();
  if (!mixed) return;
  throw new UsageError(
    `${lake}: not all endpoints were offered the same number of suites at version ${mixed[0]}, so that refusals ` +
      'are not comparable; name scans that offered the same with --scan',
  );
}

async function countPatterns(connection: DuckDBConnection, lake: string, part: Part): Promise<CountedRow[]> {
  const bounds = await connection.runAndReadAll(
    `select coalesce(max(endpoint_id), -1) from ${parquet(lake, part.versions)}`,
  );
  const last = Number(bounds.getRows()[0]![0]);
  const rows: CountedRow[] = [];
  for (let from = 0; from <= last; from += SLICE) {
    const result = await connection.runAndReadAll(patternsBetween(lake, part, from, from + SLICE - 1));
    for (const [accepted, endpoints] of result.getRows()) {
      rows.push({ port: part.port, accepted: String(accepted), endpoints: Number(endpoints) });
    }
  }
  return rows;
}

function patternsBetween(lake: string, { versions, handshakes }: Part, from: number, to: number): string {
  const within = `endpoint_id between ${from} and ${to} and version < ${TLS13}`;
  const accepted =
    handshakes.length === 0
      ? "select 0 as endpoint_id, '' as accepted where false"
      : `select endpoint_id, array_to_string(list_sort(list(question)), ',') as accepted from (
          select endpoint_id, version::bigint * ${VERSION_UNIT} + cipher_suite as question
          from ${parquet(lake, handshakes)} where error_kind is null and ${within}
        ) group by endpoint_id`;
  return `
    with asked as (
      select endpoint_id from ${parquet(lake, versions)} where ${within} group by endpoint_id
      having sum(errors + not_tested + inferred_accepted + inferred_rejected) = 0
    ), accepted as (${accepted})
    select coalesce(accepted, '') as pattern, count(*) from asked left join accepted using (endpoint_id)
    group by pattern order by pattern`;
}

/** Endpoints that accept TLS 1.3: what a server of that kind is no stranger for. */
async function countTls13(
  connection: DuckDBConnection,
  lake: string,
  parts: readonly Part[],
): Promise<number> {
  const files = parquet(
    lake,
    parts.flatMap((part) => part.versions),
  );
  const result = await connection.runAndReadAll(
    `select count(*) from ${files} where version = ${TLS13} and accepted > 0`,
  );
  return Number(result.getRows()[0]![0]);
}

async function datesOf(
  connection: DuckDBConnection,
  lake: string,
  scans: readonly string[],
): Promise<[string | null, string | null]> {
  const files = readManifest(lake).files.filter(
    (file) => file.table === 'scans' && scans.includes(file.scan_id) && isPlainPath(file),
  );
  if (files.length === 0) return [null, null];
  const iso = (time: string) => `strftime(${time}, '%Y-%m-%dT%H:%M:%SZ')`;
  const paths = files.map((file) => file.path);
  const result = await connection.runAndReadAll(
    `select ${iso('min(started_at)')}, ${iso('max(finished_at)')} from ${parquet(lake, paths)}`,
  );
  return result.getRows()[0]!.map((value) => (value === null ? null : String(value))) as [
    string | null,
    string | null,
  ];
}

/** `offered`: null where only what was accepted is known. */
function priorOf(
  rows: readonly CountedRow[],
  source: Prior['source'],
  offered: Prior['questions'] | null,
): Prior {
  const accepted = [...new Set(rows.flatMap(codesOf))].sort((a, b) => a - b);
  if (accepted.length === 0)
    throw new UsageError(`no endpoint accepts anything: there is nothing to learn; ${REMEDY}`);
  const questions = offered ?? questionsOf(accepted);
  const codes = questions.flatMap(({ version, cipher_suites }) =>
    cipher_suites.map((suite) => version * VERSION_UNIT + suite),
  );
  const ports = [...new Set(rows.map((row) => row.port))].sort((a, b) => a - b);
  const counted = rows.map((row): CountedPattern => {
    const taken = new Set(codesOf(row));
    const counts = ports.map((port) => (port === row.port ? row.endpoints : 0));
    return { accepted: codes.map((code) => taken.has(code)), counts };
  });
  return makePrior({ source, ports, questions }, counted);
}

function codesOf({ accepted }: CountedRow): number[] {
  return accepted === '' ? [] : accepted.split(',').map(Number);
}

/** `codes` ascend. */
function questionsOf(codes: readonly number[]): Prior['questions'] {
  const versionOf = (code: number) => Math.floor(code / VERSION_UNIT);
  return [...new Set(codes.map(versionOf))].map((version) => ({
    version,
    cipher_suites: codes.filter((code) => versionOf(code) === version).map((code) => code % VERSION_UNIT),
  }));
}

function parquet(lake: string, paths: readonly string[]): string {
  return `read_parquet(${sqlPathList(paths.map((path) => join(lake, path)))}, hive_partitioning = false)`;
}

const TLS13 = 0x0304;
const VERSION_UNIT = 2 ** 24;
/** Endpoints that are gathered at a time: their lists of suites are in memory together. More were not faster. */
const SLICE = 50_000;
const REMEDY = 'name an exhaustive or adaptive scan';
