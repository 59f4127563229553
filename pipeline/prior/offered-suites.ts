/**
 * What the scans of a lake offered, by its table `offered_suites` (scan_id, version, cipher_suite), where it has one: a
 * suite that nobody accepts is told by it from one that nobody was asked about. Up to TLS 1.2.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { UsageError } from '../base/errors.ts';
import type { Prior } from '../formats/prior.ts';

/** Of one scan: the files that say what it offered. */
export interface OfferFiles {
  scan_id: string;
  /** As SQL reads them; null where the lake doesn't say. */
  parquet: string | null;
}

/**
 * The questions that all `scans` asked, versions and suites ascending. Null where one of them doesn't say; UsageError
 * where two offered something else.
 */
export async function offeredQuestions(
  connection: DuckDBConnection,
  scans: readonly OfferFiles[],
  below: number,
): Promise<Prior['questions'] | null> {
  const offers: { scan_id: string; questions: Prior['questions'] }[] = [];
  for (const { scan_id, parquet } of scans) {
    if (parquet === null) return null;
    offers.push({ scan_id, questions: await questionsOf(connection, parquet, below) });
  }
  const [first, ...others] = offers;
  if (!first) return null;
  for (const other of others) checkSame(first, other);
  return first.questions;
}

async function questionsOf(
  connection: DuckDBConnection,
  parquet: string,
  below: number,
): Promise<Prior['questions']> {
  const result = await connection.runAndReadAll(
    `select distinct version, cipher_suite from ${parquet} where version < ${below} order by version, cipher_suite`,
  );
  const questions = new Map<number, number[]>();
  for (const [version, cipher_suite] of result.getRows()) {
    const suites = questions.get(Number(version)) ?? [];
    questions.set(Number(version), [...suites, Number(cipher_suite)]);
  }
  return [...questions].map(([version, cipher_suites]) => ({ version, cipher_suites }));
}

type Offer = { scan_id: string; questions: Prior['questions'] };

function checkSame(one: Offer, other: Offer): void {
  if (JSON.stringify(one.questions) === JSON.stringify(other.questions)) return;
  throw new UsageError(
    `scans ${one.scan_id} and ${other.scan_id} offered different suites, so that refusals are not comparable; ` +
      'name scans that offered the same with --scan',
  );
}
