/** Lakes in which most tables have no rows: a scan of nobody, and one that met no TLS. */
import { LakeWriter } from '../../pipeline/lake/lake-writer.ts';
import { withEngine } from './sample-lake.ts';

/** A lake that knows of a scan, and of nothing that it found. */
export async function scanWithoutRows(lake: string): Promise<string> {
  await write(lake, { scans: [null, SCAN] });
  return lake;
}

/** A lake of a scan whose two endpoints did not speak TLS: one without STARTTLS, one that did not answer. */
export async function scanWithoutTls(lake: string): Promise<string> {
  await write(lake, { scans: [null, SCAN], endpoints: [25, ENDPOINTS], endpoint_versions: [25, VERSIONS] });
  return lake;
}

async function write(
  lake: string,
  tables: Record<string, [port: number | null, rows: string]>,
): Promise<void> {
  const writer = new LakeWriter(lake);
  try {
    await withEngine(async (connection) => {
      for (const [table, [port, rows]] of Object.entries(tables))
        await writer.write(connection, table, { scan_id: SCAN_ID, port }, rows);
    });
    await writer.commit([{ scan_id: SCAN_ID }], []);
  } finally {
    writer.close();
  }
}

const SCAN_ID = 'bare';

const SCAN = `(select 'native' as source, 'mail-tls-census' as tool, '1' as tool_version, 'adaptive' as strategy,
  false as synthetic, timestamp '2026-01-02 03:04:05.678' as started_at, cast(null as timestamp) as finished_at,
  null as inference_error, null as inference_error_low, null as inference_error_high, null as inference_stopped)`;

const ENDPOINTS = `(select id as endpoint_id, '192.0.2.' || id as target, null as host, '192.0.2.' || id as ip, null as asn,
  null as as_prefix, null as country, 25 as connect_port, 'smtp' as protocol, 'starttls' as tls_mode, outcome, error_kind,
  banner, null as ehlo_first_line, id = 1 as starttls_offered, false as starttls_accepted, null as plaintext_auth_offered, 3 as offered, 0 as accepted,
  0 as rejected, 0 as unconfirmed, errors, 3 - errors as not_tested, 0 as inferred, 0 as handshakes, null as chain_id, 12 as duration_ms
  from (values (1, 'no_starttls', null, '220 mail', 0), (2, 'error', 'timeout', null, 1))
    as rows (id, outcome, error_kind, banner, errors))`;

const VERSIONS = `(select id as endpoint_id, 771 as version, 3 as offered, 0 as accepted, 0 as rejected, 0 as unconfirmed,
  id - 1 as errors, 4 - id as not_tested, 0 as inferred_accepted, 0 as inferred_rejected, null as handshake_completed from (values (1), (2)) as rows (id))`;
