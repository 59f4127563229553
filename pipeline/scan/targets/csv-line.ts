/**
 * CSV lists of targets: a header names the columns, in any order and case. Ours are ip or address, host, port (nominal)
 * and connect_port; zmap's are saddr and sport (address and port of the server that answered), success and
 * classification. Others are ignored. One record a line: a quoted line feed ends it.
 */
import { parse } from 'csv-parse/sync';

export interface CsvRow {
  /** Empty where there is none. */
  address: string;
  host: string;
  /** Nominal port, as the operator chose it. */
  port: string;
  connect_port: string;
  /** Port that zmap found, undefined where it doesn't say. */
  scanned_port: string | undefined;
  /** Whether zmap says that nothing listens there. */
  closed: boolean;
}

/** Column names, lower case, where the line is a header: it names one of the columns that say where to connect. */
export function readCsvHeader(line: string): string[] | undefined {
  const columns = splitCsv(line)?.map((cell) => cell.trim().toLowerCase());
  return columns?.some((column) => ADDRESS_COLUMNS.includes(column)) ? columns : undefined;
}

/** The row of `line`; undefined where its quotes don't match. */
export function readCsvRow(line: string, columns: readonly string[]): CsvRow | undefined {
  const cells = splitCsv(line);
  if (!cells) return undefined;
  const cell = (column: string) => cells[columns.indexOf(column)]?.trim() ?? '';
  const fromZmap = columns.includes('saddr') && !columns.includes('port');
  return {
    address: cell('ip') || cell('address') || cell('saddr'),
    host: cell('host'),
    port: cell('port'),
    connect_port: cell('connect_port'),
    scanned_port: fromZmap && columns.includes('sport') ? cell('sport') : undefined,
    closed:
      fromZmap && (/^(?:0|false)$/i.test(cell('success')) || /^(?:rst|icmp)/i.test(cell('classification'))),
  };
}

function splitCsv(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',');
  try {
    return (parse(line, { relax_column_count: true }) as string[][])[0];
  } catch {
    return undefined;
  }
}

const ADDRESS_COLUMNS = ['ip', 'address', 'saddr', 'host'];
