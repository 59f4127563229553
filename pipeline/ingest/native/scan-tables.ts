/** The tables of a scan that have no ports: what is known of it, what it offered, and what all its endpoints showed. */
import { sqlText } from '../../base/duckdb.ts';
import type { LakeSource } from '../../formats/lake-manifest.ts';
import type { StagedScanFile } from '../staged-scan.ts';

/** Table of the lake → the query that gives its rows. `hasParts`: the engine's tables of all batches are there. */
export function scanTables(
  scan: StagedScanFile,
  source: LakeSource,
  hasParts: boolean,
): Record<string, string> {
  const tables = { scans: scanRow(scan, source), ...offeredSuites(scan) };
  if (!hasParts) return tables;
  return {
    ...tables,
    chains: `(select chain_id, generate_subscripts(certificates, 1) - 1 as position,
        unnest(certificates) as certificate_sha256 from chains_shown order by chain_id, position)`,
    certificates: 'certificate_facts',
    dh_groups: '(select * from dh_group_records order by dh_group_id)',
  };
}

function scanRow(scan: StagedScanFile, source: LakeSource): string {
  return `(select ${sqlText(source)} as source, ${sqlText(scan.tool)} as tool,
    ${nullableText(scan.tool_version)} as tool_version, ${nullableText(scan.strategy)} as strategy,
    ${scan.synthetic === true} as synthetic, ${timestamp(scan.started_at)} as started_at,
    ${timestamp(scan.finished_at)} as finished_at, ${inference(scan)})`;
}

/** What a predictive scan says of its own inferences; null for any other, and for scans of before. */
function inference(scan: StagedScanFile): string {
  const said = (scan as { inference?: unknown }).inference;
  const { estimated_error, low, high, stopped } = (said ?? {}) as Record<string, unknown>;
  const share = (value: unknown): string =>
    typeof value === 'number' && value >= 0 && value <= 1 ? `${value}::double` : 'null';
  const isStopped = said === null || said === undefined ? 'null' : stopped !== null && stopped !== false;
  return `${share(estimated_error)} as inference_error, ${share(low)} as inference_error_low,
    ${share(high)} as inference_error_high, ${isStopped} as inference_stopped`;
}

function offeredSuites({ cipher_suites }: StagedScanFile): Record<string, string> {
  const rows = Object.entries(cipher_suites ?? {}).flatMap(([version, suites]) =>
    suites.map((suite) => `(${Number(version)}, ${Number(suite)})`),
  );
  if (rows.length === 0) return {};
  return {
    offered_suites: `(select distinct version, cipher_suite from (values ${rows.join(', ')}) as offered(version, cipher_suite)
      order by version, cipher_suite)`,
  };
}

function timestamp(text: string | null): string {
  return text === null ? 'null' : `cast(${sqlText(text.replace('T', ' ').replace('Z', ''))} as timestamp)`;
}

function nullableText(text: string | null): string {
  return text === null ? 'null' : sqlText(text);
}
