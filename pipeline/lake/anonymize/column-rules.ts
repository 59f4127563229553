/**
 * What becomes of each column of a lake that is shared: kept, dropped, or replaced by what `sql` makes of it. Every
 * column has a rule, and docs/sharing.md lists them: a new column is not shared before somebody has thought about it.
 * The tables and functions that the statements use are in pseudonym-tables.ts.
 */
import { LAKE_TABLES } from '../../formats/lake-tables.ts';

export interface ColumnRule {
  /** Over the columns of the row, and of the tables that are joined to it. */
  sql: string;
  /** For docs/sharing.md. */
  says: string;
}

const KEPT = 'kept';
const DROPPED = 'dropped: null';

type Rules = Record<string, ColumnRule>;

const keep = (...names: string[]): Rules =>
  Object.fromEntries(names.map((name) => [name, { sql: `t.${name}`, says: KEPT }]));

const drop = (...names: string[]): Rules =>
  Object.fromEntries(names.map((name) => [name, { sql: 'null', says: DROPPED }]));

/** Hashes and names, whose pseudonyms are equal where they are equal. */
const pseudonym = (kind: string, name: string, digits = 64): Rules => ({
  [name]: {
    sql:
      digits === 64
        ? `pseudonym('${kind}', t.${name})`
        : `substr(pseudonym('${kind}', t.${name}), 1, ${digits})`,
    says: `pseudonym of a ${kind}, ${digits} hexadecimal digits`,
  },
});

/** Words of our own vocabulary, by their form: a foreign file may hold anything. */
const word = (name: string): Rules => ({
  [name]: {
    sql: `case when regexp_full_match(t.${name}, '[a-z0-9_]{1,40}') then t.${name} end`,
    says: 'kept where it is one word of small letters',
  },
});

/** Cut outwards: what is valid at a moment stays valid. */
const MONTHS: Rules = {
  not_before: { sql: "date_trunc('month', t.not_before)", says: 'cut to the first second of its month' },
  not_after: {
    sql: "date_trunc('month', t.not_after) + interval 1 month - interval 1 second",
    says: 'moved to the last second of its month',
  },
};

const ENDPOINT_ID: Rules = {
  endpoint_id: { sql: 'endpoint_ids.new_id', says: 'numbered anew, in an order that only the key tells' },
};

const FLIGHT_ID: Rules = { flight_id: { sql: 'flight_ids.new_id', says: 'numbered anew' } };

const DH_GROUP_ID: Rules = {
  dh_group_id: {
    sql: 'dh_group_ids.new_id',
    says: 'kept for primes of datasets/dh_primes.csv; else a pseudonym of a prime',
  },
};

const ofKnownPrime = (name: string, otherwise: string, says: string): Rules => ({
  [name]: {
    sql: `case when dh_group_ids.known then t.${name} else ${otherwise} end`,
    says: `kept for primes of datasets/dh_primes.csv; else ${says}`,
  },
});

const COUNTS = ['offered', 'accepted', 'rejected', 'unconfirmed', 'errors', 'not_tested'] as const;

const RULES: Record<string, Rules> = {
  scans: keep(
    ...['source', 'tool', 'tool_version', 'strategy', 'synthetic', 'started_at', 'finished_at'],
    ...['inference_error', 'inference_error_low', 'inference_error_high', 'inference_stopped'],
  ),
  offered_suites: keep('version', 'cipher_suite'),
  endpoints: {
    ...ENDPOINT_ID,
    ...drop('target'),
    host: {
      sql: "'host-' || substr(pseudonym('host', lower(t.host)), 1, 20)",
      says: 'pseudonym of a host: `host-` and 20 hexadecimal digits',
    },
    ip: { sql: 'addresses.pseudonym', says: 'pseudonym by Crypto-PAn; null where it is no address' },
    asn: {
      sql: "cast('0x' || substr(pseudonym('asn', cast(t.asn as varchar)), 1, 15) as bigint)",
      says: 'pseudonym of an AS: a number of 60 bits',
    },
    as_prefix: { sql: 'prefixes.pseudonym', says: 'pseudonym by Crypto-PAn, its length kept' },
    country: { sql: 't.country', says: 'kept, or with --drop-country dropped: null' },
    connect_port: {
      sql: 'case when t.connect_port = t.port then t.connect_port end',
      says: 'kept where it is the port that the endpoint stands for',
    },
    ...keep('protocol', 'tls_mode', 'outcome'),
    ...word('error_kind'),
    banner: {
      sql: 'banners.words',
      says: 'known words of protocols and software; an asterisk for each run of others',
    },
    ehlo_first_line: {
      sql: 'ehlo_lines.words',
      says: 'as `banner`: it names hosts, and often the address of the scanning machine',
    },
    ...keep(
      'starttls_offered',
      'starttls_accepted',
      'plaintext_auth_offered',
      ...COUNTS,
      'inferred',
      'handshakes',
    ),
    ...pseudonym('chain', 'chain_id'),
    ...drop('duration_ms'),
  },
  endpoint_versions: {
    ...ENDPOINT_ID,
    ...keep('version', ...COUNTS, 'inferred_accepted', 'inferred_rejected', 'handshake_completed'),
  },
  refusals: {
    ...ENDPOINT_ID,
    ...keep('version', 'code', 'cipher_suites', 'confirmed', 'forms'),
    ...word('refused_by'),
  },
  contradictions: { ...ENDPOINT_ID, ...keep('version', 'code', 'times'), ...word('refused_by') },
  hello_tolerance: { ...ENDPOINT_ID, ...keep('cipher_suites', 'hello_bytes') },
  refused_hello_features: {
    ...ENDPOINT_ID,
    ...keep('value', 'code'),
    ...word('feature'),
    ...word('refused_by'),
  },
  inference_checks: { ...ENDPOINT_ID, ...keep('inferred', 'checked', 'wrong'), ...word('suite_group') },
  inferred_suites: { ...ENDPOINT_ID, ...keep('version', 'cipher_suite') },
  endpoint_facts: {
    ...Object.fromEntries(factColumns().map((name) => [name, { sql: `t.${name}`, says: KEPT }])),
    ...ENDPOINT_ID,
    ...keep('software'),
    software_version: {
      sql: 'versions.plain',
      says: 'kept where it is numbers and at most one known suffix, and could be no address',
    },
    ...word('stop_reason'),
    ...word('tls13_chain_error'),
  },
  endpoint_signature_schemes: { ...ENDPOINT_ID, ...keep('version', 'signature_scheme') },
  endpoint_groups: { ...ENDPOINT_ID, ...keep('version', 'named_group') },
  handshakes: { ...ENDPOINT_ID, ...keep('version', 'cipher_suite'), ...word('error_kind'), ...FLIGHT_ID },
  flights: {
    ...FLIGHT_ID,
    ...keep('flight_complete'),
    ...pseudonym('chain', 'chain_id'),
    ...DH_GROUP_ID,
    ...keep('named_group', 'key_bits', 'signature_scheme'),
  },
  chains: {
    ...pseudonym('chain', 'chain_id'),
    ...keep('position'),
    ...pseudonym('certificate', 'certificate_sha256'),
  },
  certificates: {
    ...pseudonym('certificate', 'certificate_sha256'),
    ...pseudonym('certificate', 'sha1', 40),
    ...keep('version'),
    ...drop('serial_number'),
    ...pseudonym('name', 'subject', 20),
    ...pseudonym('name', 'subject_cn', 20),
    ...pseudonym('name', 'subject_o', 20),
    ...pseudonym('name', 'subject_ou', 20),
    ...pseudonym('name', 'issuer', 20),
    ...pseudonym('name', 'issuer_cn', 20),
    ...pseudonym('name', 'issuer_o', 20),
    ...pseudonym('name', 'issuer_ou', 20),
    ...MONTHS,
    ...keep('key_algorithm', 'key_bits', 'key_curve'),
    ...drop('rsa_modulus_hex'),
    rsa_exponent_hex: {
      sql: 'case when length(t.rsa_exponent_hex) <= 8 then t.rsa_exponent_hex end',
      says: 'kept where it has 4 bytes or fewer',
    },
    ...pseudonym('key', 'spki_sha256'),
    ...keep('signature_algorithm'),
    ...drop('subject_alt_names'),
    ...keep('is_ca', 'path_length', 'key_usage'),
    extended_key_usage: {
      sql: "case when regexp_full_match(t.extended_key_usage, '(1\\.3\\.6\\.1\\.5\\.5\\.7\\.3\\.\\d{1,3} ?)*') then t.extended_key_usage end",
      says: 'kept where it has purposes of RFC 5280 (1.3.6.1.5.5.7.3) alone',
    },
    ...drop('ocsp_urls', 'ca_issuers_urls'),
    ...keep('sct_count'),
    ...drop('sct_log_ids'),
    ...keep('self_issued', 'self_signed'),
    problem: {
      sql: "case when t.problem is not null then 'a problem' end",
      says: '`a problem` where there is one',
    },
    ...drop('der'),
  },
  dh_groups: {
    ...DH_GROUP_ID,
    ...ofKnownPrime('prime_sha256', "pseudonym('prime', t.prime_sha256)", 'a pseudonym of a prime'),
    ...keep('bits'),
    ...ofKnownPrime('prime_hex', 'null', 'dropped: null'),
    ...ofKnownPrime('generator_hex', 'null', 'dropped: null'),
  },
};

/** Facts that are yes, no, a count, or the same for all servers of one configuration. */
function factColumns(): string[] {
  const facts = LAKE_TABLES.find(({ name }) => name === 'endpoint_facts')!.columns;
  const plain = facts.filter(({ type }) => type === 'boolean' || type === 'integer').map(({ name }) => name);
  return [...plain, 'fingerprint'];
}

/** The rule of a column. Throws where nobody has made one: the lake has grown, and this list has not. */
export function columnRule(table: string, column: string): ColumnRule {
  const rule = RULES[table]?.[column];
  if (!rule) throw new Error(`no rule says whether ${table}.${column} may be shared`);
  return rule;
}
