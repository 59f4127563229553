/**
 * A published table to an Arrow IPC stream (Apache Arrow Columnar Format 1.x), one record batch, columns typed as
 * the table says, all nullable. The schema's metadata has name, title, grain, source, synthetic, the scans that
 * are so, and, where it is set, empty_because; a field's has its description. Timestamps are milliseconds in UTC.
 */
import {
  Bool,
  type DataType,
  Field,
  Float64,
  Int16,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMillisecond,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { ColumnType, ResultColumn, ResultTable, ResultValue } from '../../formats/result-table.ts';

export function tableToArrow(table: ResultTable): Uint8Array {
  const schema = new Schema(table.columns.map(field), metadata(table));
  const children = table.columns.map((column, index) => {
    const values = table.rows.map((row) => arrowValue(row[index] ?? null, column.type));
    return vectorFromArray(values, TYPES[column.type]).data[0]!;
  });
  const data = makeData({
    type: new Struct(schema.fields),
    length: table.rows.length,
    nullCount: 0,
    children,
  });
  return tableToIPC(new Table(schema, [new RecordBatch(schema, data)]), 'stream');
}

function field(column: ResultColumn): Field {
  return new Field(column.name, TYPES[column.type], true, new Map([['description', column.description]]));
}

function metadata(table: ResultTable): Map<string, string> {
  const entries = new Map([
    ['name', table.name],
    ['title', table.title],
    ['grain', table.grain],
    ['source', table.source],
    ['synthetic', String(table.synthetic)],
    ['synthetic_scans', table.synthetic_scans.join(' ')],
  ]);
  if (table.empty_because !== null) entries.set('empty_because', table.empty_because);
  return entries;
}

function arrowValue(value: ResultValue, type: ColumnType): ResultValue | bigint {
  if (value === null) return null;
  if (type === 'bigint') return BigInt(value);
  if (type === 'timestamp' && typeof value === 'string') return utcMilliseconds(value);
  return value;
}

/** ISO 8601 or SQL's form with a space; without an offset it is UTC. Throws RangeError for anything else. */
function utcMilliseconds(text: string): number {
  const iso = text.replace(' ', 'T');
  const time = Date.parse(/(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(iso.slice(10)) ? iso : `${iso}Z`);
  if (Number.isNaN(time)) throw new RangeError(`not a timestamp: ${text}`);
  return time;
}

const TYPES: Record<ColumnType, DataType> = {
  varchar: new Utf8(),
  boolean: new Bool(),
  smallint: new Int16(),
  integer: new Int32(),
  bigint: new Int64(),
  double: new Float64(),
  timestamp: new TimestampMillisecond('UTC'),
};
