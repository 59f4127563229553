/**
 * What must hold of a record before it becomes rows: one that breaks it would give wrong tables without a word. Each check
 * is a query over the table `records`, and what `spread-records.ts` makes of it, that gives the rows which break it.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlText } from '../../base/duckdb.ts';
import { MAIL_PORTS } from '../../formats/ports.ts';
import { HELLO_FEATURES, RAW_FORMAT_VERSION } from '../../formats/raw-record.ts';
import { apart, COUNTS, VERSIONS } from './spread-records.ts';

/** Who wrote the records: another tool's say less, and what they don't say can't be wrong. */
export interface RecordOrigin {
  scan_id: string;
  /** Names of scans that a record may carry: that of the scan, or those of its shards. */
  record_scan_ids: readonly string[];
  native: boolean;
}

/** Whether any record of `records` breaks a check. */
export async function anyIsBroken(connection: DuckDBConnection, origin: RecordOrigin): Promise<boolean> {
  const all = checks(origin).map(([, breaking, any = breaking]) => `(select 1 from (${any}) limit 1)`);
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
/** `breaking` gives the places of the records that break it; `any`, where it costs less, some rows if there are such records. */
type Check = [what: string, breaking: string, any?: string | undefined];

function checks({ scan_id, record_scan_ids, native }: RecordOrigin): Check[] {
  return [
    [
      `is of another scan than ${scan_id}, or of another format`,
      `select rowid as place from records where scan_id is null or scan_id not in (${record_scan_ids.map(sqlText).join(', ')})
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
      `select place from version_rows where version is null ${native ? `or ${LACKS_COUNTS}` : ''}
        or least(offered, accepted, rejected, errors, not_tested, handshakes) < 0
        or offered <> accepted::bigint + rejected + errors + not_tested + ${INFERRED}`,
    ],
    [
      'has a duration or counts that are too large',
      `select rowid as place from records where abs(duration_ms) >= ${MOST}
        union all
        select place from version_rows group by place
          having greatest(${COUNTS.map((name) => `sum(${name})`).join(', ')}, sum(${INFERRED})) > ${MOST}`,
      native
        ? `select 1 from records where abs(duration_ms) >= ${MOST}
            union all select 1 from version_sums where greatest(${COUNTS.join(', ')}, inferred) > ${MOST}`
        : undefined,
    ],
    [
      'has inferred suites that are not as many as it counts',
      `select coalesce(shown.place, counted.place) as place from (
          select place, i.version as version, sum(len(i.cipher_suites)) as suites
          from (select rowid as place, unnest(inferred_suites) as i from records) group by place, i.version
          having sum(len(i.cipher_suites)) > 0
        ) as shown
        full join (select place, version, inferred_accepted as suites from version_rows
          where inferred_accepted > 0) as counted on shown.place = counted.place and shown.version = counted.version
        where shown.suites is distinct from counted.suites`,
    ],
    [
      'has a version twice',
      'select place from version_rows group by place, version having count(*) > 1',
      'select 1 from version_sums where versions is distinct from bit_count(asked)',
    ],
    [
      'has a handshake that is neither accepted, with its suite, nor an error, with its kind',
      `select place from handshake_groups
        where version is null or coalesce(len(cipher_suites), 0) = 0 or not coalesce(
        (outcome = 'accepted' and error_kind is null ${native ? 'and len(cipher_suites) = list_count(cipher_suites)' : ''})
        or (outcome = 'error' and error_kind is not null), false)`,
    ],
    [
      'has a handshake that shows a chain which it does not describe',
      'select place from handshake_groups where lacks_chain',
    ],
    [
      'has a chain without its name or its certificates',
      `select place from (select rowid as place, unnest(chains) as c from records)
        where c.chain_id is null or len(c.certificates) > list_count(c.certificates)`,
    ],
    [
      'has accepted handshakes that are not as many as a version counts',
      `select place from ${VERSION_TALLIES}
        where ${native ? 'shown <> coalesce(counted, 0)' : 'shown <> counted'}`,
      native ? NOT_AS_COUNTED : undefined,
    ],
    [
      'has a suite that is accepted twice at a version',
      `select rowid as place from records where list_unique(${ACCEPTED}) <> list_count(${ACCEPTED})`,
      SUITE_TWICE,
    ],
    [
      'accepts handshakes but its outcome is not tls',
      "select rowid as place from records where outcome <> 'tls' and rowid in (select place from group_sums)",
    ],
    ...(native ? [OUTCOME_WITHOUT_ACCEPTED] : []),
    [
      'has a refusal without its version, its kind or the number of its suites',
      `select place from refusal_rows where version is null or cipher_suites is null or cipher_suites < 0
        or refused_by is null or refused_by not in (${REFUSED_BY})`,
    ],
    ...(native ? [REFUSED_AS_COUNTED] : []),
    [
      'has a contradiction without its version, its kind or how often',
      `select place from (select rowid as place, unnest(contradictions) as c from records)
        where c.version is null or c."by" is null or c."by" not in (${REFUSED_BY}) or c.times is null or c.times < 1`,
    ],
    [
      'has a refused feature of hellos without its name or its kind',
      `select place from (select rowid as place, unnest(hello_tolerance.refused) as f from records)
        where f.feature is null or f.feature not in (${HELLO_FEATURES.map(sqlText).join(', ')})
          or f."by" is null or f."by" not in ('alert', 'version', 'close', 'reset', 'timeout', 'other')`,
    ],
    [
      'has checks of inferred suites that do not add up',
      `select place from check_rows where suite_group is null or suite_group not in ('weak', 'other', 'all')
        or checked is null or wrong is null or wrong not between 0 and checked or checked > inferred`,
    ],
  ];
}

const REFUSED_BY = ['alert', 'version', 'close', 'reset', 'ssl2_error', 'not_listed'].map(sqlText).join(', ');

const VERSION_LIST = VERSIONS.join(', ');

/** As NOT_AS_COUNTED: by record, and version by version only where that is not all. */
const NOT_REFUSED_AS_COUNTED = `
  select 1 from (from version_sums where confirms) as v
  full join (
    select place, ${apart('cipher_suites', 'told')} from refusal_rows where confirmed group by place
  ) as r on v.place = r.place
  where ${VERSIONS.map((version) => `coalesce(refused_${version}, 0) <> coalesce(told_${version}, 0)`).join(' or ')}
  union all
  select 1 from version_rows where confirms and rejected > 0 and version not in (${VERSION_LIST})
  union all
  select 1 from refusal_rows where confirmed and version not in (${VERSION_LIST})
  union all
  select 1 from (
    select place, version, sum(cipher_suites) as suites from refusal_rows where confirms and not confirmed
    group by place, version
  ) as u left join version_rows as v on u.place = v.place and u.version = v.version
  where u.suites > coalesce(v.errors, 0)`;

/** In records that count what is confirmed only. */
const REFUSED_AS_COUNTED: Check = [
  'has refusals that are not as many as a version counts as rejected, or as errors',
  `select place from (
      select place, version, rejected, errors, 0 as confirmed, 0 as unconfirmed from version_rows where confirms
      union all
      select place, version, 0, 0, case when confirmed then cipher_suites end, case when not confirmed then cipher_suites end
      from refusal_rows where confirms
    ) group by place, version
    having sum(rejected) <> coalesce(sum(confirmed), 0) or coalesce(sum(unconfirmed), 0) > sum(errors)`,
  NOT_REFUSED_AS_COUNTED,
];

/** What the lake's columns of whole numbers hold. */
const MOST = 2 ** 31 - 1;

const INFERRED = 'inferred_accepted::bigint + inferred_rejected';

const OUTCOME_WITHOUT_ACCEPTED: Check = [
  'has the outcome tls but accepts no handshake',
  "select rowid as place from records where outcome = 'tls' and rowid not in (select place from group_sums)",
];

const LACKS_COUNTS = `offered is null or accepted is null or rejected is null or errors is null or not_tested is null
  or handshakes is null`;

/** Of each version of a record: what it counts as accepted, and how many its handshakes show. */
const VERSION_TALLIES = `(
  select place, version, sum(counted) as counted, sum(shown) as shown from (
    select place, version, accepted as counted, 0 as shown from version_rows
    union all
    select place, version, null, len(cipher_suites)::integer from handshake_groups where outcome = 'accepted'
  ) group by place, version)`;

/** The same by record, a fifth of the cost; where there are other versions than a census asks, it is looked at one by one. */
const NOT_AS_COUNTED = `
  select 1 from version_sums as v full join group_sums as g on v.place = g.place
  where ${VERSIONS.map((version) => `coalesce(counted_${version}, 0) <> coalesce(shown_${version}, 0)`).join(' or ')}
  union all
  select 1 from handshake_groups where outcome = 'accepted' and version not in (${VERSIONS.join(', ')})`;

/** Suites with their version in the bits above: of what is accepted. */
const ACCEPTED_OF = (list: string, version: string, outcome: string, suites: string): string =>
  `flatten(list_transform(${list}, lambda h: case when ${outcome} = 'accepted'
    then list_transform(${suites}, lambda s: ${version}::bigint * 16777216 + s) end))`;
const ACCEPTED = ACCEPTED_OF('handshakes', 'h.version', 'h.outcome', 'h.cipher_suites');

/** Endpoints that answer alike are looked at once, which the count keeps the engine from undoing. */
const SUITE_TWICE = (() => {
  const accepted = ACCEPTED_OF('list_zip(versions, outcomes, suites)', 'h[1]', 'h[2]', 'h[3]');
  return `
    select 1 from (
      select list_transform(handshakes, lambda h: h.version) as versions,
        list_transform(handshakes, lambda h: h.outcome) as outcomes,
        list_transform(handshakes, lambda h: h.cipher_suites) as suites
      from records
    ) group by versions, outcomes, suites
    having case when count(*) > 0 then list_unique(${accepted}) <> list_count(${accepted}) end`;
})();
