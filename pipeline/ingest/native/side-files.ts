/** Certificates and Diffie-Hellman groups of a scan, all parts together → the engine's tables; bad lines are set aside. */
import { basename, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { UsageError } from '../../base/errors.ts';
import { sha256Hex } from '../../base/hex.ts';
import { printable } from '../../base/printable.ts';
import type { ScanPart } from './batches.ts';
import { loadCertificates } from './certificate-table.ts';
import { CERTIFICATE_LINE, DH_GROUP_LINE, type LineShape } from './line-shape.ts';
import { type Loading, problemOf, readJson } from './load-batch.ts';
import { checkPart, partLines } from './part-lines.ts';
import type { SetAside } from './scan-checks.ts';
import { siftPart, zipped } from './sifted-part.ts';

/** Makes `certificate_facts` and `dh_group_records`. UsageError for a damaged part, and for a group described in two ways. */
export async function loadSideFiles(loading: Loading, parts: readonly ScanPart[]): Promise<SetAside> {
  const { connection, quarantine } = loading;
  const certificates = parts.map((part) => part.certificates);
  const groupFiles = parts.map((part) => part.dh_groups);
  const before = quarantine.lines;
  for (const { is_whole, certificates, dh_groups } of parts) {
    if (!is_whole) for (const file of [certificates, dh_groups]) await checkPart(file);
  }
  await loadCertificates(connection, await goodFiles(loading, certificates, CERTIFICATES));
  const between = quarantine.lines;
  const groups = await goodFiles(loading, groupFiles, DH_GROUPS);
  await connection.run(
    `create table dh_group_records as select distinct * from ${readJson(groups, DH_GROUP_LINE)}`,
  );
  await checkGroups(connection, groupFiles);
  return { certificates: between > before, dh_groups: quarantine.lines > between };
}

/** Lines of one kind, and what must hold of one beside that no field is missing: in SQL, and in words what does not. */
interface LineKind {
  shape: LineShape;
  holds: string;
  problem: (line: Record<string, unknown>) => string | undefined;
}

const CERTIFICATES: LineKind = {
  shape: CERTIFICATE_LINE,
  holds: 'sha256(try(from_base64(der))) = sha256',
  problem: ({ sha256, der }) => {
    const text = String(der);
    if (text.length % 4 !== 0 || /[^A-Za-z0-9+/]/.test(text.replace(/={1,2}$/, '')))
      return 'has a der that is no base64';
    return sha256Hex(Buffer.from(text, 'base64')) === sha256
      ? undefined
      : 'has a sha256 that is not that of its der';
  },
};
const DH_GROUPS: LineKind = { shape: DH_GROUP_LINE, holds: 'true', problem: () => undefined };

/** The files that DuckDB reads, in place of others what was sifted of them. */
async function goodFiles(
  { connection, folder, quarantine }: Loading,
  files: readonly string[],
  kind: LineKind,
): Promise<string[]> {
  const { shape } = kind;
  if ((await problemWith(connection, files, kind)) === undefined) return [...files];
  const good: string[] = [];
  for (const part of files) {
    if ((await problemWith(connection, [part], kind)) === undefined) good.push(part);
    else {
      const to = join(folder, `sifted-${basename(part, '.ndjson.gz')}.ndjson`);
      const convert = (value: object) => lacking(value, kind) ?? value;
      await siftPart({ part, to, shape, convert, quarantine }, (path) =>
        problemWith(connection, [path], kind),
      );
      good.push(await zipped(to));
    }
  }
  return good;
}

async function problemWith(
  connection: DuckDBConnection,
  files: readonly string[],
  { shape, holds }: LineKind,
): Promise<string | undefined> {
  const complete = [...Object.keys(shape).map((name) => `${name} is not null`), holds];
  let lacks = 0;
  const problem = await problemOf(async () => {
    const result = await connection.runAndReadAll(
      `select count(*) - count_if(${complete.join(' and ')}) from ${readJson(files, shape)}`,
    );
    lacks = Number(result.getRows()[0]?.[0]);
  });
  return problem ?? (lacks > 0 ? 'a field is missing or wrong' : undefined);
}

function lacking(value: object, { shape, problem }: LineKind): string | undefined {
  const fields = value as Record<string, unknown>;
  const name = Object.keys(shape).find((field) => (fields[field] ?? null) === null);
  return name === undefined ? problem(fields) : `has no ${name}`;
}

/** UsageError, with files and lines, for a group that is described in two ways: which one is right nobody can tell. */
async function checkGroups(connection: DuckDBConnection, files: readonly string[]): Promise<void> {
  const result = await connection.runAndReadAll(
    `select dh_group_id from dh_group_records group by dh_group_id having count(*) > 1
     union all
     select prime_sha256 from dh_group_records group by prime_sha256 having count(distinct (bits, prime_hex)) > 1
     limit 1`,
  );
  const [hash] = result.getRows()[0] ?? [];
  if (hash === undefined) return;
  const places = await placesOf(String(hash), files);
  throw new UsageError(
    `${places.join(' and ')}: a Diffie-Hellman group is described in two ways (${printable(String(hash), 80)}); nothing written`,
  );
}

/** The first lines that hold a text and differ. */
async function placesOf(text: string, files: readonly string[]): Promise<string[]> {
  const places = new Map<string, string>();
  for (const file of files) {
    for await (const { line, bytes } of partLines(file)) {
      const found = bytes.toString('latin1');
      if (found.includes(text) && !places.has(found)) places.set(found, `${file}, line ${line}`);
      if (places.size === 2) return [...places.values()];
    }
  }
  return files.slice(0, 1);
}
