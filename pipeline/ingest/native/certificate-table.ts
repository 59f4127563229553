/** Certificates of a scan, each distinct one once → the table `certificate_facts`, by way of pipeline/x509. */

import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlPath, sqlPathList, sqlText } from '../../base/duckdb.ts';
import { lakeTable } from '../../formats/lake-tables.ts';
import { readCertificate } from '../../x509/index.ts';

/** Fills `certificate_facts`, one row a distinct certificate, with the columns of the lake's table. */
export async function loadCertificates(
  connection: DuckDBConnection,
  files: readonly string[],
): Promise<void> {
  await connection.run(
    `create table certificate_records as
     select sha256, min(der) as der from read_json(${sqlPathList(files)}, format = 'newline_delimited', hive_partitioning = false,
       compression = 'gzip', maximum_object_size = ${MAX_RECORD_BYTES}, columns = {sha256: 'varchar', der: 'varchar'})
     group by sha256`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'census-certificates-'));
  try {
    const path = join(folder, 'facts.ndjson');
    await writeFacts(connection, path);
    await connection.run(
      `create table certificate_facts as
       select distinct facts.*, from_base64(records.der) as der
       from read_json(${sqlPath(path)}, format = 'newline_delimited', hive_partitioning = false, columns = {${JSON_COLUMNS}}) as facts
       join certificate_records as records on records.sha256 = facts.certificate_sha256`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeFacts(connection: DuckDBConnection, path: string): Promise<void> {
  const result = await connection.stream('select der from certificate_records order by sha256');
  async function* lines(): AsyncGenerator<string> {
    for (
      let chunk = await result.fetchChunk();
      chunk && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      for (const [der] of chunk.getRows()) {
        yield `${JSON.stringify(readCertificate(Buffer.from(String(der), 'base64')))}\n`;
      }
    }
  }
  await pipeline(lines, createWriteStream(path));
}

/** A Certificate message holds at most 2^24 bytes; base64 makes that a third more. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024;

const JSON_COLUMNS = lakeTable('certificates')
  .columns.filter(({ name }) => name !== 'der')
  .map(({ name, type }) => `${name}: ${sqlText(type)}`)
  .join(', ');
