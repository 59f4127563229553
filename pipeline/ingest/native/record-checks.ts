/**
 * What must hold of a record before it becomes rows: one that breaks it would give wrong tables without a word. Each check
 * is a query over the table `records` that gives the rows which break it.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlText } from '../../base/duckdb.ts';
import { MAIL_PORTS } from '../../formats/ports.ts';
import { RAW_FORMAT_VERSION } from '../../formats/raw-record.ts';

/** Who wrote the records: another tool's say less, and what they don't say can't be wrong. */
export interface RecordOrigin {
  scan_id: string;
  native: boolean;
}

/** Whether any record of `records` breaks a check. */
export async function anyIsBroken(connection: DuckDBConnection, origin: RecordOrigin): Promise<boolean> {
  const all = checks(origin).map(([, breaking]) => `(select place from (${breaking}) limit 1)`);
  const result = await connection.runAndReadAll(`select count(*) from (${all.join(' union all ')})`);
  return Number(result.getRows()[0]?.[0]) > 0;
}

/** What each broken record breaks first, by its value of `column`. */
export async function brokenRecords(
  connection: DuckDBConnection,
  origin: RecordOrigin,
  column: string,
): Promise<Map<number, string>> {
  const broken = new Map<number, string>();
  for (const [what, breaking] of checks(origin)) {
    const result = await connection.runAndReadAll(
      `select distinct ${column} from records where rowid in (select place from (${breaking}))`,
    );
    for (const [value] of result.getRows()) {
      if (!broken.has(Number(value))) broken.set(Number(value), what);
    }
  }
  return broken;
}

/** Of another one no reader of a lake takes a file. */
const PORTS = MAIL_PORTS.map(({ port }) => port).join(', ');
const VERSIONS = '(select rowid as place, unnest(versions) as v from records)';
const GROUPS = '(select rowid as place, len(chains) as chains, unnest(handshakes) as h from records)';
/** Null in records of format 1, whose scans inferred nothing. */
const INFERRED = 'coalesce(v.inferred_accepted, 0)::bigint + coalesce(v.inferred_rejected, 0)';

function checks({ scan_id, native }: RecordOrigin): [what: string, breaking: string][] {
  return [
    [
      `is of another scan than ${scan_id}, or of another format`,
      `select rowid as place from records where scan_id is distinct from ${sqlText(scan_id)}
        or format_version is null or format_version > ${RAW_FORMAT_VERSION}`,
    ],
    [
      'has no usable endpoint_id',
      `select rowid as place from records where endpoint_id is null or endpoint_id < 0`,
    ],
    [
      'has no usable port, protocol, tls_mode or outcome',
      `select rowid as place from records where port is null or port not in (${PORTS})
        or connect_port not between 1 and 65535
        or protocol is null or protocol not in ('smtp', 'pop3', 'imap')
        or tls_mode is null or tls_mode not in ('starttls', 'implicit')
        or outcome is null or outcome not in ('tls', 'tls_rejected', 'no_starttls', 'error')`,
    ],
    [
      'has a version whose counts do not add up',
      `select place from ${VERSIONS} where v is null or v.version is null ${native ? `or ${LACKS_COUNTS}` : ''}
        or least(v.offered, v.accepted, v.rejected, v.errors, v.not_tested, v.handshakes) < 0
        or v.offered <> v.accepted::bigint + v.rejected + v.errors + v.not_tested + ${INFERRED}`,
    ],
    [
      'has a duration or counts that are too large',
      `select rowid as place from records where abs(duration_ms) >= ${MOST}
        union all
        select place from ${VERSIONS} group by place
          having greatest(${COUNTS.map((name) => `sum(v.${name})`).join(', ')}, sum(${INFERRED})) > ${MOST}`,
    ],
    [
      'has inferred suites that are not as many as it counts',
      `select coalesce(shown.place, counted.place) as place from (
          select place, i.version as version, sum(len(i.cipher_suites)) as suites
          from (select rowid as place, unnest(inferred_suites) as i from records) group by place, i.version
          having sum(len(i.cipher_suites)) > 0
        ) as shown
        full join (select place, v.version as version, v.inferred_accepted as suites from ${VERSIONS}
          where v.inferred_accepted > 0) as counted on shown.place = counted.place and shown.version = counted.version
        where shown.suites is distinct from counted.suites`,
    ],
    [
      'has a version twice',
      `select rowid as place from records where len(versions) <> list_unique(list_transform(versions, lambda v: v.version))`,
    ],
    [
      'has a handshake that is neither accepted, with its suite, nor an error, with its kind',
      `select place from ${GROUPS} where h is null or h.version is null or coalesce(len(h.cipher_suites), 0) = 0 or not coalesce(
        (h.outcome = 'accepted' and h.error_kind is null ${native ? 'and len(h.cipher_suites) = list_count(h.cipher_suites)' : ''})
        or (h.outcome = 'error' and h.error_kind is not null), false)`,
    ],
    [
      'has a handshake that shows a chain which it does not describe',
      `select place from ${GROUPS} where h.chain < 0 or h.chain >= coalesce(chains, 0)`,
    ],
    [
      'has a chain without its name or its certificates',
      `select place from (select rowid as place, unnest(chains) as c from records)
        where c.chain_id is null or len(c.certificates) > list_count(c.certificates)`,
    ],
    [
      'has accepted handshakes that are not as many as a version counts',
      `select coalesce(shown.place, counted.place) as place from (
          select place, h.version as version, sum(len(h.cipher_suites)) as accepted
          from ${GROUPS} where h.outcome = 'accepted' group by place, h.version
        ) as shown
        full join (select place, v.version as version, v.accepted as accepted from ${VERSIONS}) as counted
          on shown.place = counted.place and shown.version = counted.version
        where ${native ? 'coalesce(shown.accepted, 0) is distinct from coalesce(counted.accepted, 0)' : 'coalesce(shown.accepted, 0) <> counted.accepted'}`,
    ],
    [
      'has a suite that is accepted twice at a version',
      `select rowid as place from records where list_unique(${ACCEPTED}) <> list_count(${ACCEPTED})`,
    ],
    [
      'accepts handshakes but its outcome is not tls',
      `select rowid as place from records where outcome <> 'tls' and ${ACCEPTS}`,
    ],
    ...(native ? [OUTCOME_WITHOUT_ACCEPTED] : []),
  ];
}

/** What the lake's columns of whole numbers hold. */
const MOST = 2 ** 31 - 1;
const COUNTS = ['offered', 'accepted', 'rejected', 'errors', 'not_tested', 'handshakes'];

const ACCEPTS = `coalesce(len(list_filter(handshakes, lambda h: h.outcome = 'accepted')), 0) > 0`;
const OUTCOME_WITHOUT_ACCEPTED: [string, string] = [
  'has the outcome tls but accepts no handshake',
  `select rowid as place from records where outcome = 'tls' and not ${ACCEPTS}`,
];

const LACKS_COUNTS = `v.offered is null
  or coalesce(least(v.accepted, v.rejected, v.errors, v.not_tested, v.handshakes), -1) < 0
  or list_count([v.accepted, v.rejected, v.errors, v.not_tested, v.handshakes]) < 5`;

/** Accepted suites of all versions, the version in the bits above the suite's. */
const ACCEPTED = `flatten(list_transform(handshakes, lambda h: case when h.outcome = 'accepted'
  then list_transform(h.cipher_suites, lambda s: h.version::bigint * 16777216 + s) end))`;
