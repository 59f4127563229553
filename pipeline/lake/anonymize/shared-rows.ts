/**
 * Files of one partition → their rows as they are shared: SQL that applies the rule of each column, and joins what the
 * rules refer to (pseudonym-tables.ts).
 */
import { sqlText } from '../../base/duckdb.ts';
import type { LakeFile } from '../../formats/lake-manifest.ts';
import type { LakeTable } from '../../formats/lake-tables.ts';
import { rowOrder, rowsOf } from '../table-rows.ts';
import { columnRule } from './column-rules.ts';

/** A parenthesised query in the lake's order, with the columns of `table`; `where` chooses some of the rows. */
export function sharedRows(
  { lake, drop_country }: { lake: string; drop_country?: boolean | undefined },
  table: LakeTable,
  files: readonly LakeFile[],
  where: string,
): string {
  const { port } = files[0]!;
  const columns = table.columns.map(({ name }) => {
    const { sql } = drop_country && name === 'country' ? { sql: 'null' } : columnRule(table.name, name);
    return `${sql} as ${name}`;
  });
  const used = columns.join(', ');
  const joins = JOINS.filter(({ name }) => used.includes(`${name}.`)).map(({ join }) => join(port));
  const rows = `(select ${port === null ? '' : `${sqlText(String(port))}::integer as port, `}* from ${rowsOf(lake, files)})`;
  return `(select * from (select ${used} from ${rows} as t ${joins.join(' ')} where ${where}) order by ${rowOrder(table.name).join(', ')})`;
}

const JOINS: { name: string; join: (port: number | null) => string }[] = [
  {
    name: 'endpoint_ids',
    join: (port) =>
      `join endpoint_ids on endpoint_ids.port = ${port} and endpoint_ids.old_id = t.endpoint_id`,
  },
  {
    name: 'flight_ids',
    join: (port) => `left join flight_ids on flight_ids.port = ${port} and flight_ids.old_id = t.flight_id`,
  },
  { name: 'dh_group_ids', join: () => 'left join dh_group_ids on dh_group_ids.old_id = t.dh_group_id' },
  { name: 'addresses', join: () => 'left join addresses on addresses.ip = t.ip' },
  { name: 'prefixes', join: () => 'left join prefixes on prefixes.as_prefix = t.as_prefix' },
  {
    name: 'banners',
    join: () =>
      'left join banners on banners.banner = t.banner and banners.protocol is not distinct from t.protocol',
  },
  {
    name: 'ehlo_lines',
    join: () =>
      'left join ehlo_lines on ehlo_lines.ehlo_first_line = t.ehlo_first_line and ehlo_lines.protocol is not distinct from t.protocol',
  },
  { name: 'versions', join: () => 'left join versions on versions.software_version = t.software_version' },
];
