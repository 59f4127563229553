/**
 * The oracle: every published table as it must come out of a scan of the village, worked out from the truth in
 * plain TypeScript, without SQL and without the pipeline. Columns and order of rows are those of queries/*.sql.
 * Left out: how many handshakes a scan makes is the scanner's affair, so that column holds what the caller knows.
 */
import type { ResultValue } from '../../pipeline/formats/result-table.ts';
import type { VillageEndpoint } from './endpoint-spec.ts';
import { certificateFactTables } from './tables/certificate-facts.ts';
import { certificateTables } from './tables/certificates.ts';
import { featureTables } from './tables/features.ts';
import { groupTables } from './tables/groups.ts';
import { helloToleranceTables } from './tables/hello-tolerance.ts';
import { overviewTables } from './tables/overview.ts';
import { refusalTables } from './tables/refusals.ts';
import { softwareTables } from './tables/software.ts';
import { suiteTables } from './tables/suites.ts';
import { versionTables } from './tables/versions.ts';
import { endpointTruth } from './truth.ts';

/** A scan of the village, as far as the truth depends on it. */
export interface ScanFacts {
  scan_id: string;
  started_at: string;
  finished_at: string;
  /** Suites offered, by version: a version that is missing was not asked. */
  offered: ReadonlyMap<number, readonly number[]>;
  /** Handshakes made; null where the caller does not compare them. */
  handshakes?: number | null;
  /**
   * Suites of a version that are tried in vain before the rest of it is not tested: no limit in the adaptive
   * strategy, whose one hello asks for all; 2 in the exhaustive one.
   */
  errors_before_giving_up?: number;
}

export interface TruthTable {
  columns: string[];
  rows: ResultValue[][];
}

/** All tables by name, for a lake that holds this one scan of `endpoints`. */
export function truthTables(
  endpoints: readonly VillageEndpoint[],
  scan: ScanFacts,
): Record<string, TruthTable> {
  const villagers = endpoints.map((endpoint) => ({ endpoint, truth: endpointTruth(endpoint) }));
  return {
    ...overviewTables(villagers, scan),
    ...versionTables(villagers, scan),
    ...suiteTables(villagers, scan),
    ...groupTables(villagers, scan),
    ...certificateTables(villagers, scan),
    ...certificateFactTables(villagers, scan),
    ...softwareTables(villagers, scan),
    ...featureTables(villagers, scan),
    ...refusalTables(villagers, scan),
    ...helloToleranceTables(villagers, scan),
  };
}
