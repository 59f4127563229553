/**
 * The lake by readers that share no code with DuckDB. Spark, by the statements of `census lake export-ddl`: types, partition columns
 * and numbers of rows of every table, and modules of `queries/` with the same rows. Arrow: types and every row of every table.
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sqlPathList } from '../../pipeline/base/duckdb.ts';
import { readManifest } from '../../pipeline/formats/lake-manifest.ts';
import {
  LAKE_TABLES,
  type LakeTable,
  type LakeType,
  withPartitions,
} from '../../pipeline/formats/lake-tables.ts';
import { REFERENCE_TABLES, referenceQuery } from '../../pipeline/formats/reference-tables.ts';
import { lakeDdl } from '../../pipeline/lake/index.ts';
import { chooseModules, openLake } from '../../pipeline/query/index.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { sampleLake, withEngine } from '../testing/sample-lake.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import {
  type ArrowAnswer,
  missingReaders,
  readByArrow,
  readBySpark,
  type SparkAnswer,
} from './run-reader.ts';

/** Joins with reference data, shares, texts and counts; Spark takes seconds for each. */
const MODULES = ['version_support', 'key_exchange', 'shared_primes'];

describeUnless(missingReaders(), 'the lake by other readers', () => {
  const folder = temporaryFolder('readers');
  let lake: string;
  beforeAll(async () => {
    ({ lake } = await sampleLake(folder));
  });

  describe('Spark', () => {
    let spark: SparkAnswer;
    beforeAll(async () => {
      spark = await readBySpark({
        setup: [...statementsOf(lakeDdl(lake, { engine: 'spark' })), 'use census', ...REFERENCES],
        tables: LAKE_TABLES.map(({ name }) => name),
        statements: Object.fromEntries(chooseModules(MODULES).map(({ name, sql }) => [name, sql])),
      });
    }, 300_000);

    test.each(LAKE_TABLES)('$name: types, partition columns, number of rows', async (table) => {
      expect(spark.tables[table.name]).toEqual({
        columns: withPartitions(table, 'last').map(({ name, type }) => [name, SPARK_TYPES[type]]),
        partitions: [...table.partitioned_by],
        rows: (await rowsByDuckdb(lake, table)).length,
      });
    });

    test.each(MODULES)('module %s: the same rows', async (name) => {
      const open = await openLake({ lake });
      try {
        const { columns, rows } = await open.run(chooseModules([name])[0]!);
        const found = spark.answers[name]!;
        expect(found).toHaveLength(rows.length);
        for (const [index, row] of rows.entries()) {
          for (const [place, { name: column, type }] of columns.entries()) {
            const [there, here, where] = [found[index]![place], row[place], `row ${index}, ${column}`];
            if (type !== 'double' || here === null || there === null) expect(there, where).toBe(here);
            else expect(Math.abs(Number(there) - Number(here)), where).toBeLessThanOrEqual(1e-12);
          }
        }
      } finally {
        open.close();
      }
    });
  });

  describe('Arrow', () => {
    let arrow: ArrowAnswer;
    beforeAll(async () => {
      const filled = LAKE_TABLES.filter((table) => filesOf(lake, table).length > 0);
      const tasks = filled.map((table) => {
        const partitions = withPartitions(table).slice(0, table.partitioned_by.length);
        const types = Object.fromEntries(partitions.map(({ name, type }) => [name, type]));
        return [table.name, { files: filesOf(lake, table), base: join(lake, table.name), partitions: types }];
      });
      arrow = await readByArrow(Object.fromEntries(tasks));
    });

    test.each(LAKE_TABLES)('$name: types, and every row', async (table) => {
      const rows = await rowsByDuckdb(lake, table);
      const found = arrow[table.name] ?? { columns: null, rows: [] };
      expect(sorted(found.rows)).toEqual(sorted(rows));
      if (rows.length === 0) return;
      expect(found.columns).toEqual(
        withPartitions(table, 'last').map(({ name, type }) => [name, ARROW_TYPES[type]]),
      );
    });
  });
});

function filesOf(lake: string, { name }: LakeTable): string[] {
  return readManifest(lake)
    .files.filter(({ table }) => table === name)
    .map(({ path }) => join(lake, path));
}

/** All rows as text: bytes as hexadecimal, times as microseconds since 1970. */
async function rowsByDuckdb(lake: string, table: LakeTable): Promise<(string | null)[][]> {
  const files = filesOf(lake, table);
  if (files.length === 0) return [];
  const columns = withPartitions(table, 'last').map(
    ({ name, type }) => `cast(${AS_TEXT[type]?.(name) ?? name} as varchar)`,
  );
  return withEngine(async (connection) => {
    const from = `read_parquet(${sqlPathList(files)}, hive_partitioning = true)`;
    const result = await connection.runAndReadAll(`select ${columns.join(', ')} from ${from}`);
    return result.getRows() as (string | null)[][];
  });
}

function sorted(rows: readonly (string | null)[][]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** Statements of a text in which a semicolon ends a line only where it ends a statement. */
function statementsOf(ddl: string): string[] {
  return ddl
    .split(/;\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** Spark's varchar has a length; what has none is its string. */
const REFERENCES = Object.keys(REFERENCE_TABLES).map(
  (name) =>
    `create temporary view ${name} as ${referenceQuery(name).replaceAll(' as varchar)', ' as string)')}`,
);

const AS_TEXT: Partial<Record<LakeType, (name: string) => string>> = {
  blob: (name) => `lower(hex(${name}))`,
  timestamp: (name) => `epoch_us(${name})`,
};

const SPARK_TYPES: Record<LakeType, string> = {
  varchar: 'string',
  boolean: 'boolean',
  smallint: 'smallint',
  integer: 'int',
  bigint: 'bigint',
  double: 'double',
  timestamp: 'timestamp_ntz',
  blob: 'binary',
};

const ARROW_TYPES: Record<LakeType, string> = {
  varchar: 'string',
  boolean: 'bool',
  smallint: 'int16',
  integer: 'int32',
  bigint: 'int64',
  double: 'double',
  timestamp: 'timestamp[us]',
  blob: 'binary',
};
