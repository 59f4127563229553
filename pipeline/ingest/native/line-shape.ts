/**
 * What ingest reads of a packed line (docs/raw-record.md), said once: as columns for DuckDB's JSON reader, and as a check
 * of one parsed line where that reader gave up: it finds what is clearly wrong, the reader judges the rest.
 * Other fields are let be.
 */
import { sqlText } from '../../base/duckdb.ts';
import { FACTS } from '../../formats/lake-tables.ts';

/** An SQL type, a list of one shape, or an object of named ones. */
export type Shape = string | readonly [Shape] | { readonly [name: string]: Shape };
export type LineShape = Readonly<Record<string, Shape>>;

/** The `columns` argument of read_json. */
export function sqlColumns(shape: LineShape): string {
  return `{${Object.entries(shape)
    .map(([name, inner]) => `${name}: ${sqlText(sqlType(inner))}`)
    .join(', ')}}`;
}

function sqlType(shape: Shape): string {
  if (typeof shape === 'string') return shape;
  if (isList(shape)) return `${sqlType(shape[0])}[]`;
  const fields = Object.entries(shape).map(([name, inner]) => `"${name}" ${sqlType(inner)}`);
  return `struct(${fields.join(', ')})`;
}

/** The first field of `value` that is clearly not of its shape, as a path; undefined where none is. Null and missing fit. */
export function misfit(value: unknown, shape: Shape, path = ''): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof shape === 'string') return FITS[shape]?.(value) ? undefined : path;
  if (isList(shape)) {
    if (!Array.isArray(value)) return path;
    return firstMisfit(value.map((item) => [item, shape[0], path] as const));
  }
  if (typeof value !== 'object' || Array.isArray(value)) return path;
  const fields = value as Record<string, unknown>;
  return firstMisfit(
    Object.entries(shape).map(([name, inner]) => [
      fields[name],
      inner,
      path === '' ? name : `${path}.${name}`,
    ]),
  );
}

function firstMisfit(all: readonly (readonly [unknown, Shape, string])[]): string | undefined {
  for (const [value, shape, path] of all) {
    const found = misfit(value, shape, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

/** What DuckDB may take for a number; it says itself of what is left. */
const numeric = (bound: number, text: RegExp) => (value: unknown) =>
  typeof value === 'boolean' ||
  (typeof value === 'number' && Math.abs(value) < bound) ||
  (typeof value === 'string' && text.test(value));
const integer = (bits: number) => numeric(2 ** bits, /^[\s+-]*\d/);

/** DuckDB casts what it can ("25", 25.4, true): what it takes fits here too, or a bad line would decide on its neighbours. */
const FITS: Record<string, (value: unknown) => boolean> = {
  varchar: () => true,
  json: () => true,
  boolean: (value) => typeof value !== 'object',
  double: numeric(Number.POSITIVE_INFINITY, /^[\s+-]*(?:[\d.]|inf|nan)/i),
  smallint: integer(16),
  integer: integer(32),
  bigint: integer(64),
};

/** A line of an endpoints file. */
export const ENDPOINT_LINE: LineShape = {
  format_version: 'integer',
  scan_id: 'varchar',
  endpoint_id: 'bigint',
  target: 'varchar',
  host: 'varchar',
  ip: 'varchar',
  port: 'integer',
  connect_port: 'integer',
  protocol: 'varchar',
  tls_mode: 'varchar',
  duration_ms: 'double',
  outcome: 'varchar',
  error_kind: 'varchar',
  stop_reason: 'varchar',
  dialogue: {
    banner: 'varchar',
    ehlo_first_line: 'varchar',
    starttls_offered: 'boolean',
    starttls_masked: 'boolean',
    starttls_accepted: 'boolean',
    plaintext_auth_offered: 'boolean',
  },
  secured_dialogue: { banner: 'varchar', plaintext_auth_offered: 'boolean' },
  versions: [
    {
      version: 'smallint',
      offered: 'integer',
      accepted: 'integer',
      rejected: 'integer',
      errors: 'integer',
      not_tested: 'integer',
      inferred_accepted: 'integer',
      inferred_rejected: 'integer',
      handshakes: 'integer',
      handshake_completed: 'boolean',
    },
  ],
  rejections: [
    {
      version: 'smallint',
      by: 'varchar',
      code: 'integer',
      cipher_suites: 'integer',
      confirmed: 'boolean',
      forms: 'integer',
    },
  ],
  hello_tolerance: {
    cipher_suites: 'integer',
    hello_bytes: 'integer',
    refused: [{ feature: 'varchar', value: 'integer', by: 'varchar', code: 'integer' }],
  },
  contradictions: [{ version: 'smallint', by: 'varchar', code: 'integer', times: 'integer' }],
  /** A list; one object in format 3. */
  inference_checks: 'json',
  inferred_suites: [{ version: 'smallint', cipher_suites: ['integer'] }],
  handshakes: [
    {
      version: 'smallint',
      outcome: 'varchar',
      error_kind: 'varchar',
      flight_complete: 'boolean',
      chain: 'integer',
      dh_group_id: 'varchar',
      named_group: 'integer',
      key_bits: 'integer',
      signature_scheme: 'integer',
      cipher_suites: ['integer'],
    },
  ],
  groups: [{ version: 'smallint', accepted: ['integer'] }],
  signature_schemes: [{ version: 'smallint', accepted: ['integer'] }],
  facts: {
    ...Object.fromEntries(FACTS.map(([name]) => [name, 'boolean'])),
    tls13_chain_error: 'varchar',
    fingerprint: { sha256: 'varchar' },
  },
  effort: { connections: 'integer', handshakes: 'integer', throttle_waits: 'integer' },
  chains: [{ chain_id: 'varchar', certificates: ['varchar'] }],
};

/** A line of a certificates file. */
export const CERTIFICATE_LINE: LineShape = { sha256: 'varchar', der: 'varchar' };

/** A line of a Diffie-Hellman groups file. */
export const DH_GROUP_LINE: LineShape = {
  dh_group_id: 'varchar',
  prime_sha256: 'varchar',
  bits: 'integer',
  prime_hex: 'varchar',
  generator_hex: 'varchar',
};
