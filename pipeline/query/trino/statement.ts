/**
 * One statement by Trino's client protocol: POST /v1/statement, then GET of each page's `nextUri` until there is none; DELETE
 * of it ends the query on the cluster (Trino documentation, client protocol). Whoever stops reading cancels.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../base/errors.ts';
import type { ResultValue } from '../../formats/result-table.ts';
import type { EngineProgress, EngineRows } from '../engine.ts';
import type { TrinoConnection, TrinoPage } from './connection.ts';
import { requestFailure, statementFailure, TrinoFailure } from './failure.ts';
import { columnType, resultValue } from './result-value.ts';

export interface StatementWatch {
  signal?: AbortSignal | undefined;
  progress?: ((progress: EngineProgress) => void) | undefined;
}

/** Runs a statement until its columns are known. Throws TrinoFailure, and UsageError where no coordinator answers. */
export async function runStatement(
  connection: TrinoConnection,
  statement: string,
  watch: StatementWatch = {},
): Promise<EngineRows> {
  const pages = pagesOf(connection, statement, watch);
  const early: TrinoPage[] = [];
  let columns: TrinoPage['columns'];
  while (columns === undefined) {
    const { value, done } = await pages.next();
    // A statement that gives no rows, as `create view`, has no columns.
    if (done) return { columns: [], batches: batchesOf([], early, pages) };
    early.push(value);
    columns = value.columns;
  }
  const types = columns.map(({ type }) => type);
  return {
    columns: columns.map(({ name, type }) => ({ name, type: columnType(type) })),
    batches: batchesOf(types, early, pages),
  };
}

/** All rows of a statement of ours that gives few. */
export async function fewRows(
  connection: TrinoConnection,
  statement: string,
  watch: StatementWatch = {},
): Promise<ResultValue[][]> {
  const { batches } = await runStatement(connection, statement, watch);
  const rows: ResultValue[][] = [];
  for await (const batch of batches) rows.push(...batch);
  return rows;
}

/** The same, with failures told as the operator's. */
export async function executeStatement(
  connection: TrinoConnection,
  statement: string,
  watch: StatementWatch = {},
): Promise<ResultValue[][]> {
  try {
    return await fewRows(connection, statement, watch);
  } catch (error) {
    throw error instanceof TrinoFailure ? statementFailure(connection, error) : error;
  }
}

async function* batchesOf(
  types: readonly string[],
  early: readonly TrinoPage[],
  pages: AsyncGenerator<TrinoPage>,
): AsyncGenerator<ResultValue[][]> {
  try {
    for (const page of early) yield rowsOf(page, types);
    for await (const page of pages) yield rowsOf(page, types);
  } finally {
    await pages.return(undefined);
  }
}

function rowsOf({ data = [] }: TrinoPage, types: readonly string[]): ResultValue[][] {
  return (data as unknown[][]).map((row) => row.map((value, place) => resultValue(value, types[place]!)));
}

async function* pagesOf(
  connection: TrinoConnection,
  statement: string,
  { signal, progress }: StatementWatch,
): AsyncGenerator<TrinoPage> {
  let next: string | undefined;
  try {
    let page = await requestPage(connection, {
      method: 'POST',
      url: '/v1/statement',
      data: statement,
      signal,
    });
    for (;;) {
      next = page.nextUri;
      if (page.error) throw new TrinoFailure(page.error);
      if (page.stats) progress?.(progressOf(page.stats));
      yield page;
      if (next === undefined) return;
      page = await requestPage(connection, { method: 'GET', url: next, signal });
    }
  } finally {
    if (next !== undefined) await cancel(connection, next);
  }
}

/** A page may be asked for again; a statement, of which it is not known whether it runs, may not. */
async function requestPage(
  connection: TrinoConnection,
  request: { method: 'GET' | 'POST'; url: string; data?: string; signal: AbortSignal | undefined },
): Promise<TrinoPage> {
  const { signal, ...rest } = request;
  for (let attempt = 1; ; attempt++) {
    try {
      const page = await connection.request({ ...rest, ...(signal && { signal }), timeout: PAGE_LIMIT_MS });
      if (typeof page?.id === 'string') return page;
      throw new UsageError(`${connection.options.url} answers, but is no Trino coordinator; see --url`);
    } catch (error) {
      if (signal?.aborted) throw new UsageError('interrupted; the query was cancelled on the cluster');
      if (attempt >= MAX_ATTEMPTS || !isPassing(request.method, error))
        throw requestFailure(connection, error);
      await sleep(RETRY_MS * attempt);
    }
  }
}

/** Trino's documentation: 502, 503 and 504 are to be tried again, 429 later; a broken connection only where that asks for the same page. */
function isPassing(method: string, error: unknown): boolean {
  const { response, code = '' } = error as { response?: { status: number }; code?: string };
  if (response) return [429, 502, 503, 504].includes(response.status);
  return method === 'GET' && /^(?:ECONNRESET|EPIPE)$/.test(code);
}

/** What fails here fails quietly: the cluster ends queries itself whose pages nobody fetches. */
async function cancel(connection: TrinoConnection, url: string): Promise<void> {
  await connection.request({ method: 'DELETE', url, timeout: CANCEL_LIMIT_MS }).catch(() => {});
}

function progressOf(stats: NonNullable<TrinoPage['stats']>): EngineProgress {
  const { progressPercentage, processedRows, processedBytes } = stats;
  return { percent: progressPercentage ?? null, rows: processedRows, bytes: processedBytes };
}

/** Trino holds a page back for a second at most. */
const PAGE_LIMIT_MS = 120_000;
const CANCEL_LIMIT_MS = 5000;
const MAX_ATTEMPTS = 6;
const RETRY_MS = 200;
