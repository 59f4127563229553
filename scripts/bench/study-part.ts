/** One part of the bench over the study's patterns, in this process; prints what it took as JSON. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, sqlPathList, sqlText } from '../../pipeline/base/duckdb.ts';
import { readManifest } from '../../pipeline/formats/lake-manifest.ts';
import { ingest } from '../../pipeline/ingest/index.ts';
import { openLake, readModules } from '../../pipeline/query/index.ts';

const [part = '', patterns = '', folder = ''] = process.argv.slice(2);
const files = readdirSync(patterns)
  .filter((file) => /^pattern_\d+\.csv$/.test(file))
  .map((file) => join(patterns, file));
const lake = join(folder, 'lake');

const PARTS: Record<string, () => Promise<void>> = {
  'bare-expansion': bareExpansion,
  ingest: async () => {
    await ingest({ from: 'study-patterns', inputs: files, lake });
  },
  tables: async () => {
    const open = await openLake({ lake });
    for (const module of readModules()) await open.run(module);
    open.close();
  },
};

const started = performance.now();
await PARTS[part]!();
const seconds = (performance.now() - started) / 1000;
const written = part === 'ingest' ? readManifest(lake).files : [];
process.stdout.write(
  JSON.stringify({
    seconds,
    peak_mib: Math.round(process.resourceUsage().maxRSS / 1024),
    bytes: written.reduce((sum, file) => sum + file.bytes, 0),
    handshakes: written
      .filter(({ table }) => table === 'handshakes')
      .reduce((sum, file) => sum + file.rows, 0),
  }),
);

/** What no ingest can do without: every accepted handshake of every endpoint, as one Parquet file. */
async function bareExpansion(): Promise<void> {
  const database = await openDatabase();
  const connection = await database.connect();
  await connection.run(`
    create table patterns as
    select row_number() over () as id, "count" as endpoints, port, pattern
    from read_csv(${sqlPathList(files)}, header = true,
      columns = {count: 'bigint', ratio: 'double', port: 'smallint', pattern: 'varchar'});
    create table accepted as
    select id, list(position order by position) as positions
    from patterns, read_csv(${sqlText(join(patterns, 'positions.csv'))})
    where substr(pattern, position + 1, 1) = 'a' group by id`);
  await connection.run(`copy (
    select endpoint, port, unnest(positions) as position
    from (select unnest(range(endpoints)) as endpoint, port, positions from patterns join accepted using (id))
  ) to ${sqlText(join(folder, 'bare.parquet'))}`);
  database.close();
}
