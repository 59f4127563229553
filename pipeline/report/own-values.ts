/**
 * A value that the study published to the values of our tables that answer the same question. A match is by the
 * words of the published item; where none is known, there is no value, never a guess. An item on the retrieval
 * ports gets one value a port. Primes are matched by the digits in the item, through datasets/dh_primes.csv.
 */
import { dhPrimes, type PublishedValue } from '../formats/datasets.ts';
import type { ResultTable, ResultValue } from '../formats/result-table.ts';
import { RETRIEVAL_PORTS } from './service-name.ts';

export interface OwnValue {
  /** Set where the table has one row a port. */
  port: number | null;
  value: ResultValue;
}

type Row = Record<string, ResultValue>;

/** Values of `scan` in `table` that stand against `published`; none where nothing of ours answers it. */
export function ownValues(table: ResultTable, scan: string, published: PublishedValue): OwnValue[] {
  const rows = table.rows.map((row) => toRow(table, row)).filter((row) => row['scan_id'] === scan);
  const match = MATCHES[table.name];
  if (!match) return [];
  const ports = publishedPorts(published.port);
  return match(ports ? rows.filter((row) => ports.includes(Number(row['port']))) : rows, published.item);
}

function toRow(table: ResultTable, row: ResultValue[]): Row {
  return Object.fromEntries(table.columns.map((column, index) => [column.name, row[index] ?? null]));
}

function publishedPorts(port: string): readonly number[] | null {
  if (port === '') return null;
  return port === 'retrieval' ? RETRIEVAL_PORTS : [Number(port)];
}

function matchOverview(rows: Row[], item: string): OwnValue[] {
  const column = OVERVIEW_COLUMNS[item];
  if (!column) return [];
  return rows.flatMap((row) => {
    const value = row[column] ?? null;
    if (value === null) return [];
    return [{ port: null, value: column.endsWith('_at') ? String(value).slice(0, 7) : value }];
  });
}

/** A match by the text of one column; the value is the share. */
function matchShare(column: string, text: (item: string) => string | null) {
  return (rows: Row[], item: string): OwnValue[] => {
    const wanted = text(item);
    if (wanted === null) return [];
    return rows
      .filter((row) => row[column] === wanted && row['share'] !== null)
      .map((row) => ({ port: Number(row['port']), value: row['share']! }));
  };
}

/** Such as "RSA leaves" and "RSA leaves with 4096 bits". */
function matchKeys(rows: Row[], item: string): OwnValue[] {
  const words = /^(\S+) leaves(?: with (\d+) bits)?$/.exec(item);
  if (!words) return [];
  const [, algorithm, bits] = words;
  if (rows.length === 0) return [];
  const wanted = rows.filter(
    (row) => row['key_algorithm'] === algorithm && (!bits || row['key_bits'] === Number(bits)),
  );
  return [{ port: null, value: wanted.reduce((sum, row) => sum + Number(row['share']), 0) }];
}

/** Such as "Plesk - Parallels (2048)": values of the subject, and the size of the key. */
function matchCertificate(rows: Row[], item: string): OwnValue[] {
  const words = /^(.*) \((\d+)\)$/.exec(item);
  if (!words) return [];
  const [, names, bits] = words;
  // The slides shorten the name that Courier gives its certificates.
  const wanted = names!.replace(/^Automatic(IMAP|POP3) /, 'Automatically-generated $1 ').split(' - ');
  const found = rows.filter((row) => {
    const parts = attributeValues(String(row['subject'] ?? ''));
    return row['key_bits'] === Number(bits) && wanted.every((name) => parts.includes(name));
  });
  return found.map((row) => ({ port: null, value: row['ips']! }));
}

/** The values of a name in RFC 4514 form, its escapes undone as far as they stand for one character. */
function attributeValues(subject: string): string[] {
  const parts = subject.split(/(?<!\\)[,+]/);
  return parts.map((part) => part.slice(part.indexOf('=') + 1).replace(/\\([^0-9a-f])/gi, '$1'));
}

function primeHash(item: string): string | null {
  const digits = /\b([0-9a-f]{8,})\b/.exec(item)?.[1];
  if (!digits) return null;
  return dhPrimes().find((prime) => prime.prime_hex.startsWith(digits))?.prime_sha256 ?? null;
}

const OVERVIEW_COLUMNS: Record<string, string> = {
  scans: 'endpoints',
  valid_responses: 'tls_endpoints',
  handshakes: 'handshakes',
  accepted: 'accepted_share',
  rejected: 'rejected_share',
  error: 'error_share',
  first_month: 'started_at',
  last_month: 'finished_at',
};

const MATCHES: Record<string, (rows: Row[], item: string) => OwnValue[]> = {
  data_overview: matchOverview,
  version_only: matchShare('version_set', (item) => item),
  ecdh_curves: matchShare('named_group', (item) => item),
  shared_primes: matchShare('prime_sha256', primeHash),
  certificate_keys: matchKeys,
  top_certificates: matchCertificate,
};
