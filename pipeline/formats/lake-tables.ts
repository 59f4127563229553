/**
 * The lake: Parquet in a star schema, `LAKE/TABLE/scan_id=…/port=…/part-HASH.parquet` (docs/lake.md).
 * Signed integers and plain types only, so that every engine reads it as it is. `manifest.json` names the files
 * that belong to it: a file that it does not name is not part of the lake.
 */

export type LakeType =
  | 'varchar'
  | 'boolean'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'double'
  | 'timestamp'
  | 'blob';

export interface LakeColumn {
  name: string;
  type: LakeType;
  description: string;
}

export interface LakeTable {
  name: string;
  grain: string;
  /** Hive partition columns, outermost first; they are columns of the table too, not of the files. */
  partitioned_by: readonly ('scan_id' | 'port')[];
  columns: readonly LakeColumn[];
}

/** Raised when a program of the old version would misread the new one. */
export const LAKE_FORMAT_VERSION = 4;

const column = (name: string, type: LakeType, description: string): LakeColumn => ({
  name,
  type,
  description,
});

const ENDPOINT = column('endpoint_id', 'bigint', 'Endpoint, unique within scan and port');
const VERSION = column('version', 'smallint', 'Protocol version on the wire: 2, 768 to 772');

/** Facts of an endpoint that are yes, no or unknown, by their names in the raw record. */
export const FACTS: readonly (readonly [name: string, description: string])[] = [
  ['compression', 'TLS compression is taken (RFC 3749)'],
  ['secure_renegotiation', 'renegotiation_info is answered (RFC 5746)'],
  ['extended_master_secret', 'Extended master secret (RFC 7627)'],
  ['encrypt_then_mac', 'Encrypt-then-MAC (RFC 7366)'],
  ['session_ticket', 'Session tickets are promised (RFC 5077)'],
  ['heartbeat', 'The heartbeat extension is answered (RFC 6520)'],
  ['ocsp_stapling', 'An OCSP response is stapled (RFC 6066)'],
  ['session_id_resumption', 'A session is resumed by its id'],
  ['session_ticket_resumption', 'A session is resumed by its ticket'],
  ['psk_resumption', 'A session of TLS 1.3 is resumed'],
  ['fallback_scsv', 'A needless fallback is refused (RFC 7507)'],
  ['version_tolerant', 'A hello of an unknown later version is answered as it should be'],
  ['long_hello_tolerant', 'A hello with all suites is answered'],
  ['dh_public_value_repeated', 'A Diffie-Hellman public value came twice'],
  ['ecdh_public_value_repeated', 'An elliptic-curve public value came twice'],
  ['explicit_curves', 'Explicit curves are accepted (RFC 8422, deprecated)'],
];

export const LAKE_TABLES: readonly LakeTable[] = [
  {
    name: 'scans',
    grain: 'one row per scan',
    partitioned_by: ['scan_id'],
    columns: [
      column('source', 'varchar', 'What was ingested: native, study-patterns, or the name of another tool'),
      column('tool', 'varchar', 'Program that scanned'),
      column('tool_version', 'varchar', 'Its version; null where unknown'),
      column('strategy', 'varchar', 'exhaustive, adaptive or predictive; null where unknown'),
      column('synthetic', 'boolean', 'True for a made population: no server was asked'),
      column('started_at', 'timestamp', 'UTC; null where unknown'),
      column('finished_at', 'timestamp', 'UTC; null where unknown'),
      column(
        'inference_error',
        'double',
        'Share of inferred answers that are wrong, 0 to 1, as the scan estimated it; null where it did not',
      ),
      column('inference_error_low', 'double', 'Lower end of the interval of that estimate'),
      column('inference_error_high', 'double', 'Upper end of the interval of that estimate'),
      column('inference_stopped', 'boolean', 'Checks showed too many wrong, and the scan inferred no more'),
    ],
  },
  {
    name: 'offered_suites',
    grain: 'one row per scan, version and suite that the scan offered; none for a scan that does not say',
    partitioned_by: ['scan_id'],
    columns: [VERSION, column('cipher_suite', 'integer', 'Suite (SSLv2: 24-bit cipher kind)')],
  },
  {
    name: 'endpoints',
    grain: 'one row per scan, port and endpoint',
    partitioned_by: ['scan_id', 'port'],
    columns: [
      ENDPOINT,
      column('target', 'varchar', 'As the operator wrote it'),
      column('host', 'varchar', 'Host name; null where only an address is known'),
      column('ip', 'varchar', 'IPv4 or IPv6 address; null where unknown'),
      column('asn', 'bigint', 'Origin AS of as_prefix; of several the lowest; null where unknown'),
      column('as_prefix', 'varchar', 'Longest announced prefix that holds the address; null where unknown'),
      column(
        'country',
        'varchar',
        'ISO 3166-1 code that the country file has for the address; null where unknown',
      ),
      column('connect_port', 'integer', 'Port connected to; null where unknown'),
      column('protocol', 'varchar', 'smtp, pop3 or imap'),
      column('tls_mode', 'varchar', 'starttls or implicit'),
      column(
        'outcome',
        'varchar',
        'tls, tls_rejected (answered in TLS, accepted nothing), no_starttls or error',
      ),
      column('error_kind', 'varchar', 'Set where outcome is error'),
      column(
        'banner',
        'varchar',
        'Greeting, with implicit TLS that inside TLS; as sent by the peer: escape it wherever it is shown',
      ),
      column(
        'ehlo_first_line',
        'varchar',
        'First line of the reply to EHLO, without its code; as sent by the peer: escape it wherever it is shown',
      ),
      column('starttls_offered', 'boolean', 'Null where not asked or not known'),
      column('starttls_accepted', 'boolean', 'Null where not asked or not known'),
      column('plaintext_auth_offered', 'boolean', 'A plaintext password is accepted before TLS'),
      column('offered', 'integer', 'Suites offered, summed over versions'),
      column('accepted', 'integer', 'Of these, accepted'),
      column('rejected', 'integer', 'Of these, rejected by an answer'),
      column('unconfirmed', 'integer', 'Of rejected, those that nothing confirms'),
      column('errors', 'integer', 'Of these, without an answer'),
      column('not_tested', 'integer', 'Of these, not asked'),
      column('inferred', 'integer', 'Of these, not asked, since a prior tells the answer'),
      column('handshakes', 'integer', 'Handshakes made'),
      column('chain_id', 'varchar', 'Chain shown in the first accepted handshake of the highest version'),
      column('duration_ms', 'integer', 'Null where unknown'),
    ],
  },
  {
    name: 'endpoint_versions',
    grain: 'one row per scan, port, endpoint and version that was offered',
    partitioned_by: ['scan_id', 'port'],
    columns: [
      ENDPOINT,
      VERSION,
      column(
        'offered',
        'integer',
        'Suites offered = accepted + rejected + errors + not_tested + inferred_accepted + inferred_rejected',
      ),
      column('accepted', 'integer', 'Suites accepted'),
      column('rejected', 'integer', 'Suites rejected by an answer'),
      column(
        'unconfirmed',
        'integer',
        'Of rejected, those that nothing confirms: 0 in records of format 4; all in older ones, and of other tools',
      ),
      column('errors', 'integer', 'Suites without an answer'),
      column('not_tested', 'integer', 'Suites not asked'),
      column('inferred_accepted', 'integer', 'Suites not asked that a prior says are accepted'),
      column('inferred_rejected', 'integer', 'Suites not asked that a prior says are rejected'),
      column(
        'handshake_completed',
        'boolean',
        'A whole handshake was completed; null where none was tried, or it failed on our side',
      ),
    ],
  },
  {
    name: 'refusals',
    grain:
      'one row per scan, port, endpoint, version, way of refusing, code, and whether it is confirmed; none for tools that do not tell',
    partitioned_by: ['scan_id', 'port'],
    columns: [
      ENDPOINT,
      VERSION,
      column('refused_by', 'varchar', 'alert, version, close, reset, ssl2_error or not_listed'),
      column('code', 'integer', 'Alert description, version chosen instead, or SSLv2 error code; else null'),
      column('cipher_suites', 'integer', 'Suites refused so'),
      column(
        'confirmed',
        'boolean',
        'Counted as a no of this program; false in older records, and of other tools',
      ),
      column('forms', 'integer', 'Forms of hello that got a refusal; null where unknown'),
    ],
  },
  {
    name: 'contradictions',
    grain:
      'one row per scan, port, endpoint, version, way of refusing and code, where the same question was also accepted',
    partitioned_by: ['scan_id', 'port'],
    columns: [
      ENDPOINT,
      VERSION,
      column('refused_by', 'varchar', 'As in refusals'),
      column('code', 'integer', 'As in refusals'),
      column('times', 'integer', 'How often'),
    ],
  },
  {
    name: 'hello_tolerance',
    grain: 'one row per scan, port and endpoint of which it is known what hellos it takes',
    partitioned_by: ['scan_id', 'port'],
    columns: [
      ENDPOINT,
      column(
        'cipher_suites',
        'integer',
        'Most suites of a hello that it was shown to read to the last; null where it accepted nothing',
      ),
      column('hello_bytes', 'integer', 'Longest hello that it answered by a ServerHello; null where none'),
    ],
  },
  {
    name: 'refused_hello_features',
    grain: 'one row per scan, port, endpoint, feature of a hello that it refuses, and value',
    partitioned_by: ['scan_id', 'port'],
    columns: [
      ENDPOINT,
      column(
        'feature',
        'varchar',
        'server_name, compression, extension, signature_schemes, named_groups, no_finite_field_groups, cipher_suites or hello_bytes',
      ),
      column('value', 'integer', 'Number of the extension; most schemes or suites; bytes; else null'),
      column('refused_by', 'varchar', 'alert, version, close, reset, timeout or other'),
      column('code', 'integer', 'As in refusals'),
    ],
  },
  {
    name: 'inferred_suites',
    grain:
      'one row per scan, port, endpoint, version and suite that is accepted by inference; no handshake was made',
    partitioned_by: ['scan_id', 'port'],
    columns: [ENDPOINT, VERSION, column('cipher_suite', 'integer', 'Suite (SSLv2: 24-bit cipher kind)')],
  },
  {
    name: 'inference_checks',
    grain: 'one row per scan, port, endpoint and group of suites whose inferred outcomes were checked',
    partitioned_by: ['scan_id', 'port'],
    columns: [
      ENDPOINT,
      column(
        'suite_group',
        'varchar',
        'weak: RC4, DES, 3DES, export, NULL and anonymous; other: the rest; all: not told apart',
      ),
      column('inferred', 'integer', 'Outcomes that were inferred, before any check; null where unknown'),
      column('checked', 'integer', 'Of these, asked after all'),
      column('wrong', 'integer', 'Of those checked, answered otherwise'),
    ],
  },
  {
    name: 'endpoint_facts',
    grain: 'one row per scan, port and endpoint that was scanned by this program',
    partitioned_by: ['scan_id', 'port'],
    columns: [
      ENDPOINT,
      column('software', 'varchar', 'Guessed from the banner; null where no known one'),
      column('software_version', 'varchar', 'As the banner says it'),
      column('stop_reason', 'varchar', 'Why the rest was not asked; null where everything was'),
      column('starttls_masked', 'boolean', 'STARTTLS was written over on the way'),
      column('plaintext_auth_offered', 'boolean', 'A plaintext password is accepted before TLS'),
      column('secured_plaintext_auth_offered', 'boolean', 'A plaintext password is accepted inside TLS'),
      ...FACTS.map(([name, description]) => column(name, 'boolean', description)),
      column(
        'tls13_chain_error',
        'varchar',
        'Why the chain of TLS 1.3 is not known where TLS 1.3 is accepted; null where it is, or older records do not say',
      ),
      column('fingerprint', 'varchar', 'SHA-256 of the answers to a fixed set of hellos'),
      column('connections', 'integer', 'Connections begun'),
      column('throttle_waits', 'integer', 'Times that throttling was waited out'),
    ],
  },
  {
    name: 'endpoint_signature_schemes',
    grain: 'one row per scan, port, endpoint, version and signature scheme that it signs with',
    partitioned_by: ['scan_id', 'port'],
    columns: [ENDPOINT, VERSION, column('signature_scheme', 'integer', 'IANA TLS SignatureScheme')],
  },
  {
    name: 'endpoint_groups',
    grain: 'one row per scan, port, endpoint, version and named group accepted when asked by elimination',
    partitioned_by: ['scan_id', 'port'],
    columns: [ENDPOINT, VERSION, column('named_group', 'integer', 'IANA TLS Supported Groups')],
  },
  {
    name: 'handshakes',
    grain: 'one row per accepted or failed handshake; rejections are counts in endpoint_versions, never rows',
    partitioned_by: ['scan_id', 'port'],
    columns: [
      ENDPOINT,
      VERSION,
      column(
        'cipher_suite',
        'integer',
        'Suite chosen (SSLv2: 24-bit cipher kind); null where several failed',
      ),
      column('error_kind', 'varchar', 'Why there is no answer; null where the handshake was accepted'),
      column('flight_id', 'bigint', 'What the server sent with its choice; null where unknown'),
    ],
  },
  {
    name: 'flights',
    grain:
      'one row per scan, port and distinct content of a server flight, as far as it is kept, within a batch of records',
    partitioned_by: ['scan_id', 'port'],
    columns: [
      column('flight_id', 'bigint', 'Unique within scan and port'),
      column('flight_complete', 'boolean', 'The whole flight was read; null in TLS 1.3'),
      column('chain_id', 'varchar', 'Chain shown; null where none or unknown'),
      column('dh_group_id', 'varchar', 'Finite-field group; null where none'),
      column('named_group', 'integer', 'Named group of the key exchange; null where none'),
      column('key_bits', 'integer', 'Size of the ephemeral key; null where none'),
      column('signature_scheme', 'integer', 'SignatureScheme of ServerKeyExchange; null where none'),
    ],
  },
  {
    name: 'chains',
    grain: 'one row per scan, chain and position',
    partitioned_by: ['scan_id'],
    columns: [
      column('chain_id', 'varchar', 'SHA-256 of the hashes of its certificates, joined by line feeds'),
      column('position', 'integer', '0 is the leaf; the order is that of the server'),
      column('certificate_sha256', 'varchar', 'Certificate'),
    ],
  },
  {
    name: 'certificates',
    grain: 'one row per scan and distinct certificate',
    partitioned_by: ['scan_id'],
    columns: [
      column('certificate_sha256', 'varchar', 'SHA-256 of the DER'),
      column('sha1', 'varchar', 'SHA-1 of the DER'),
      column('version', 'smallint', 'X.509 version, 1 to 3'),
      column('serial_number', 'varchar', 'Hexadecimal'),
      column('subject', 'varchar', 'RFC 4514 form, as sent by the peer: escape it wherever it is shown'),
      column('subject_cn', 'varchar', 'Last common name of the subject'),
      column('subject_o', 'varchar', 'Last organization of the subject'),
      column('subject_ou', 'varchar', 'Last organizational unit of the subject'),
      column('issuer', 'varchar', 'RFC 4514 form'),
      column('issuer_cn', 'varchar', 'Last common name of the issuer'),
      column('issuer_o', 'varchar', 'Last organization of the issuer'),
      column('issuer_ou', 'varchar', 'Last organizational unit of the issuer'),
      column('not_before', 'timestamp', 'UTC'),
      column('not_after', 'timestamp', 'UTC'),
      column('key_algorithm', 'varchar', 'Object identifier of the public key algorithm'),
      column('key_bits', 'integer', 'Modulus, prime or field size'),
      column('key_curve', 'varchar', 'Object identifier of the named curve'),
      column('rsa_modulus_hex', 'varchar', 'Whole bytes, without leading zero bytes; null for other keys'),
      column('rsa_exponent_hex', 'varchar', 'Whole bytes, without leading zero bytes; null for other keys'),
      column('spki_sha256', 'varchar', 'SHA-256 of SubjectPublicKeyInfo'),
      column('signature_algorithm', 'varchar', 'Object identifier'),
      column('subject_alt_names', 'varchar', 'DNS names and addresses, joined by spaces'),
      column('is_ca', 'boolean', 'Basic constraints: cA'),
      column('path_length', 'integer', 'Basic constraints: pathLenConstraint; null where there is none'),
      column(
        'key_usage',
        'varchar',
        'Names of RFC 5280, 4.2.1.3, joined by spaces; null where there is none',
      ),
      column('extended_key_usage', 'varchar', 'Object identifiers, joined by spaces'),
      column('ocsp_urls', 'varchar', 'Authority information access: OCSP, joined by spaces'),
      column('ca_issuers_urls', 'varchar', 'Authority information access: CA issuers, joined by spaces'),
      column('sct_count', 'integer', 'Signed certificate timestamps in the certificate (RFC 6962)'),
      column('sct_log_ids', 'varchar', 'Logs of these, hexadecimal, joined by spaces'),
      column('self_issued', 'boolean', 'Subject equals issuer'),
      column(
        'self_signed',
        'boolean',
        'Its own key verifies its signature; null where that cannot be checked',
      ),
      column(
        'problem',
        'varchar',
        'First thing that could not be read or is not DER; null where all is well',
      ),
      column('der', 'blob', 'The certificate'),
    ],
  },
  {
    name: 'dh_groups',
    grain: 'one row per scan and distinct finite-field group',
    partitioned_by: ['scan_id'],
    columns: [
      column('dh_group_id', 'varchar', 'SHA-256 of "p_hex:g_hex"'),
      column('prime_sha256', 'varchar', 'SHA-256 of the prime, without leading zeros'),
      column('bits', 'integer', 'Size of the prime'),
      column('prime_hex', 'varchar', 'Without leading zeros'),
      column('generator_hex', 'varchar', 'Without leading zeros'),
    ],
  },
];

/** The definition of a table of the lake. Throws for a name that is none. */
export function lakeTable(name: string): LakeTable {
  const table = LAKE_TABLES.find((candidate) => candidate.name === name);
  if (!table) throw new Error(`no such lake table: ${name}`);
  return table;
}

const PARTITION_TYPES = { scan_id: 'varchar', port: 'smallint' } as const satisfies Record<string, LakeType>;

/** All columns of a table with their types, the partition columns before or behind the others. */
export function withPartitions(
  table: LakeTable,
  where: 'first' | 'last' = 'first',
): { name: string; type: LakeType }[] {
  const partitions = table.partitioned_by.map((name) => ({ name, type: PARTITION_TYPES[name] }));
  return where === 'first' ? [...partitions, ...table.columns] : [...table.columns, ...partitions];
}
