/**
 * What must hold of raw records before they become rows: a file that breaks it would give wrong tables without a
 * word. Each check is a query that gives the rows which break it.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlText } from '../../base/duckdb.ts';
import { RAW_FORMAT_VERSION, type ScanFile } from '../../formats/raw-record.ts';

/** The first thing that the loaded records break, in words; undefined where all holds. */
export async function findContradiction(
  connection: DuckDBConnection,
  scan: ScanFile,
): Promise<string | undefined> {
  const expected = scan.parts.reduce((sum, part) => sum + part.records, 0);
  const found = await count(connection, 'select 1 from records');
  if (found !== expected) return `scan.json counts ${expected} records, the part files hold ${found}`;
  for (const [what, breaking] of checks(scan)) {
    const broken = await count(connection, breaking);
    if (broken > 0) return `${what} (${broken} times)`;
  }
  return undefined;
}

async function count(connection: DuckDBConnection, query: string): Promise<number> {
  const result = await connection.runAndReadAll(`select count(*) from (${query})`);
  return Number(result.getRows()[0]?.[0]);
}

const VERSIONS = '(select endpoint_id, unnest(versions) as v from records)';
const HANDSHAKES = '(select endpoint_id, unnest(handshakes) as h from records)';
/** Null in records of format 1, whose scans inferred nothing. */
const INFERRED = 'coalesce(v.inferred_accepted, 0) + coalesce(v.inferred_rejected, 0)';
const CHAINS = '(select unnest(chains) as c from records)';

function checks(scan: ScanFile): [what: string, breaking: string][] {
  return [
    [
      `a record is of another scan than ${scan.scan_id}, or of another format`,
      `select 1 from records where scan_id is distinct from ${sqlText(scan.scan_id)}
        or format_version is null or format_version > ${RAW_FORMAT_VERSION}`,
    ],
    [
      'a record lacks its endpoint_id, or shares it with another',
      `select endpoint_id from records group by endpoint_id having count(*) > 1 or endpoint_id is null`,
    ],
    [
      'a record has no usable port, protocol, tls_mode or outcome',
      `select 1 from records where port is null or port not between 1 and 32767
        or protocol is null or protocol not in ('smtp', 'pop3', 'imap')
        or tls_mode is null or tls_mode not in ('starttls', 'implicit')
        or outcome is null or outcome not in ('tls', 'tls_rejected', 'no_starttls', 'error')`,
    ],
    [
      'the counts of a version do not add up',
      `select 1 from ${VERSIONS} where v.version is null or v.offered is null
        or coalesce(least(v.accepted, v.rejected, v.errors, v.not_tested, v.handshakes), -1) < 0
        or v.offered <> v.accepted + v.rejected + v.errors + v.not_tested + ${INFERRED}`,
    ],
    [
      'the inferred suites of a version are not as many as it counts',
      `select 1 from (
          select endpoint_id, i.version as version, sum(len(i.cipher_suites)) as suites
          from (select endpoint_id, unnest(inferred_suites) as i from records) group by endpoint_id, i.version
          having sum(len(i.cipher_suites)) > 0
        ) as shown
        full join (select endpoint_id, v.version as version, v.inferred_accepted as suites from ${VERSIONS}
          where v.inferred_accepted > 0) as counted using (endpoint_id, version)
        where shown.suites is distinct from counted.suites`,
    ],
    [
      'a version stands twice in a record',
      `select 1 from ${VERSIONS} group by endpoint_id, v.version having count(*) > 1`,
    ],
    [
      'a handshake is neither accepted, with its suite, nor an error, with its kind',
      `select 1 from ${HANDSHAKES} where h.version is null or not coalesce(
        (h.outcome = 'accepted' and h.error_kind is null and h.cipher_suite is not null)
        or (h.outcome = 'error' and h.error_kind is not null), false)`,
    ],
    [
      'the accepted handshakes of a version are not as many as it counts',
      `select 1 from (
          select endpoint_id, h.version as version, count(*) as rows, count(distinct h.cipher_suite) as suites
          from ${HANDSHAKES} where h.outcome = 'accepted' group by endpoint_id, h.version
        ) as shown
        full join (select endpoint_id, v.version as version, v.accepted as accepted from ${VERSIONS} where v.accepted > 0)
          as counted using (endpoint_id, version)
        where rows is distinct from accepted or suites is distinct from accepted`,
    ],
    [
      'a handshake shows a chain that no record describes',
      `select h.chain_id from ${HANDSHAKES} where h.chain_id is not null
        except select c.chain_id from ${CHAINS}`,
    ],
    [
      'a chain is described in two ways',
      `select c.chain_id from ${CHAINS} group by c.chain_id having count(distinct c.certificates) > 1`,
    ],
    [
      'a certificate of a chain is in no part file',
      `select unnest(c.certificates) from ${CHAINS} except select certificate_sha256 from certificate_facts`,
    ],
    [
      'a certificate is not what its sha256 says',
      'select 1 from certificate_facts where declared_sha256 <> certificate_sha256',
    ],
    [
      'a Diffie-Hellman group of a handshake is in no part file',
      `select h.dh_group_id from ${HANDSHAKES} where h.dh_group_id is not null
        except select dh_group_id from dh_group_records`,
    ],
    [
      'a Diffie-Hellman group is described in two ways',
      `select 1 from dh_group_records group by dh_group_id having count(*) > 1
        union all
        select 1 from dh_group_records group by prime_sha256 having count(distinct (bits, prime_hex)) > 1`,
    ],
  ];
}
