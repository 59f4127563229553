/**
 * `truth.json`: what a made population is like, as the published tables would have to say it. It is made from what was
 * planted, by code that shares nothing with the ingest and the queries: neither reads what was written nor asks an engine.
 */
import type { SimulationPlan } from '../plan.ts';
import type { CertificateTally, Tally } from '../tally.ts';
import { answerTables } from './answer-tables.ts';
import { certificateTables } from './certificate-tables.ts';
import { shownTables } from './shown-tables.ts';
import { tlsCounts } from './tls-counts.ts';

export type TruthRow = Record<string, string | number | boolean | null>;

export interface Truth {
  synthetic: true;
  scan_id: string;
  seed: string;
  endpoints: number;
  /** Distinct addresses. */
  addresses: number;
  /** Where answers come from: `study patterns` or `published margins`, by port. */
  answers_from: Record<string, string>;
  /** By name of the published table: its rows, without scan_id and shares, in its order. */
  tables: Record<string, TruthRow[]>;
  /** Distinct leaf certificates that were shown, by what they are. */
  certificates_by_kind: Record<string, number>;
}

/** The whole truth, from the tally of all parts. */
export function truthOf(
  plan: SimulationPlan,
  answers_from: Record<string, string>,
  tally: Tally,
  certificates: CertificateTally,
): Truth {
  const shown = certificateTables(plan, certificates);
  const tables = { ...answerTables(plan, tally), ...shownTables(plan, tally), ...shown.tables };
  const accepting = tlsCounts(plan, tally).reduce((sum, count) => sum + count, 0);
  for (const row of tables['certificate_facts']!)
    row['endpoints_unknown'] = accepting - Number(row['endpoints']);
  const overview = tables['data_overview']![0]!;
  Object.assign(overview, {
    certificates: shown.distinct,
    dh_primes: new Set(tables['shared_primes']!.map((row) => row['prime_sha256'])).size,
  });
  return {
    synthetic: true,
    scan_id: plan.scan_id,
    seed: plan.seed,
    endpoints: tally.endpoints,
    addresses: plan.population.hosts,
    answers_from,
    tables,
    certificates_by_kind: shown.by_kind,
  };
}
