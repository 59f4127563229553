/** Certificates and Diffie-Hellman groups of a scan, all parts together → the engine's tables; bad lines are set aside. */
import { basename, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { loadCertificates } from './certificate-table.ts';
import { CERTIFICATE_LINE, DH_GROUP_LINE, type LineShape } from './line-shape.ts';
import { type Loading, problemOf, readJson } from './load-batch.ts';
import { checkPart } from './part-lines.ts';
import type { SetAside } from './scan-checks.ts';
import { siftPart, zipped } from './sifted-part.ts';

/** Fills `certificate_records`, `certificate_facts` and `dh_group_records`. UsageError for a damaged part. */
export async function loadSideFiles(
  loading: Loading,
  files: { certificates: readonly string[]; dh_groups: readonly string[] },
): Promise<SetAside> {
  const { connection, quarantine } = loading;
  const before = quarantine.lines;
  await loadCertificates(connection, await goodFiles(loading, files.certificates, CERTIFICATE_LINE));
  const between = quarantine.lines;
  const groups = await goodFiles(loading, files.dh_groups, DH_GROUP_LINE);
  await connection.run(
    `create table dh_group_records as select distinct * from ${readJson(groups, DH_GROUP_LINE)}`,
  );
  return { certificates: between > before, dh_groups: quarantine.lines > between };
}

/** The files that DuckDB reads, in place of others what was sifted of them. */
async function goodFiles(
  { connection, folder, quarantine }: Loading,
  files: readonly string[],
  shape: LineShape,
): Promise<string[]> {
  for (const file of files) await checkPart(file);
  if ((await problemWith(connection, files, shape)) === undefined) return [...files];
  const good: string[] = [];
  for (const part of files) {
    if ((await problemWith(connection, [part], shape)) === undefined) good.push(part);
    else {
      const to = join(folder, `${basename(part, '.ndjson.gz')}.ndjson`);
      const convert = (value: object) => lacking(value, shape) ?? value;
      await siftPart({ part, to, shape, convert, quarantine }, (path) =>
        problemWith(connection, [path], shape),
      );
      good.push(await zipped(to));
    }
  }
  return good;
}

async function problemWith(
  connection: DuckDBConnection,
  files: readonly string[],
  shape: LineShape,
): Promise<string | undefined> {
  const complete = Object.keys(shape).map((name) => `${name} is not null`);
  let lacks = 0;
  const problem = await problemOf(async () => {
    const result = await connection.runAndReadAll(
      `select count(*) - count_if(${complete.join(' and ')}) from ${readJson(files, shape)}`,
    );
    lacks = Number(result.getRows()[0]?.[0]);
  });
  return problem ?? (lacks > 0 ? 'a field is missing' : undefined);
}

function lacking(value: object, shape: LineShape): string | undefined {
  const fields = value as Record<string, unknown>;
  const name = Object.keys(shape).find((field) => (fields[field] ?? null) === null);
  return name === undefined ? undefined : `has no ${name}`;
}
