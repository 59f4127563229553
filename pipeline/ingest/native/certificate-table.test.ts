import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { openDatabase } from '../../base/duckdb.ts';
import { fileSha256 } from '../../base/files.ts';
import { packageRoot } from '../../base/package-root.ts';
import { LakeWriter } from '../../lake/lake-writer.ts';
import { readCertificate } from '../../x509/index.ts';
import { loadCertificates } from './certificate-table.ts';
import type { CertificateTuning } from './certificates/read-buckets.ts';

const SAMPLES = join(packageRoot, 'pipeline/x509/samples');
const samples = readdirSync(SAMPLES)
  .filter((file) => file.endsWith('.der'))
  .map((file) => readFileSync(join(SAMPLES, file)));

/** Distinct certificates: samples, each again and again with other bytes in its last places. */
const certificates = Array.from({ length: 900 }, (_, index) => {
  const der = Buffer.from(samples[index % samples.length]!);
  if (index >= samples.length) der.writeUInt32LE(index, der.length - 4);
  return der;
});
const sha256 = (der: Uint8Array) => createHash('sha256').update(der).digest('hex');
const line = (der: Uint8Array, hash = sha256(der)) =>
  `${JSON.stringify({ sha256: hash, der: Buffer.from(der).toString('base64') })}\n`;

describe('loadCertificates', () => {
  it('gives each distinct certificate once, in order, with what readCertificate says and its bytes', async () => {
    const rows = await load([
      certificates.map((der) => line(der)),
      certificates.slice(100).map((der) => line(der)),
    ]);
    const expected = certificates.map((der) => ({
      ...readCertificate(der),
      declared_sha256: sha256(der),
      der: der.toString('hex'),
    }));
    expected.sort((one, other) => (one.certificate_sha256 < other.certificate_sha256 ? -1 : 1));
    expect(rows).toEqual(expected.map((facts) => expect.objectContaining(rowOf(facts))));
  });

  it.each<[string, CertificateTuning]>([
    ['in one process', { workers: 1, bucket_bytes: 20_000 }],
    ['in two processes', { workers: 2, bucket_bytes: 20_000 }],
    ['in three processes, a few certificates a bucket', { workers: 3, bucket_bytes: 1 }],
  ])('gives the same file of the lake %s as in one bucket', async (_how, tuning) => {
    const parts = [certificates.slice(0, 500), certificates.slice(300)].map((part) =>
      part.map((der) => line(der)),
    );
    expect(await lakeFile(parts, tuning)).toBe(await lakeFile(parts, {}));
  });

  it('keeps what a hash says that is not that of the certificate', async () => {
    const [one, other] = certificates as [Buffer, Buffer];
    const rows = await load([[line(one), line(other, sha256(one)), line(other, 'no hash at all')]]);
    const declared = rows.map((row) => [row['declared_sha256'], row['certificate_sha256']]);
    expect(declared).toHaveLength(3);
    expect(declared).toContainEqual([sha256(one), sha256(other)]);
    expect(declared).toContainEqual(['no hash at all', sha256(other)]);
  });

  it('without certificates there are none, and nothing has to be there', async () => {
    expect(await load([])).toEqual([]);
    expect(await load([[]])).toEqual([]);
  });

  it.each<[string, string, RegExp]>([
    ['no object', '{nope\n', /Malformed JSON/],
    ['no base64', '{"sha256":"00","der":"?"}\n', /base64/],
    ['no der', '{"sha256":"00"}\n', /lacks its sha256 or its der/],
    ['no hash', '{"der":"MAA="}\n', /lacks its sha256 or its der/],
  ])('refuses a line that is %s, also from a process', async (_what, bad, message) => {
    const lines = [...certificates.map((der) => line(der)), bad];
    await expect(load([lines])).rejects.toThrow(message);
    await expect(load([lines], { workers: 2, bucket_bytes: 20_000 })).rejects.toThrow(message);
  });
});

const ROOT = temporaryFolder('certificates');

async function load(parts: string[][], tuning: CertificateTuning = {}): Promise<Record<string, unknown>[]> {
  const folder = mkdtempSync(join(ROOT, 'load-'));
  const database = await openDatabase({ temp_directory: folder });
  try {
    const connection = await database.connect();
    await loadCertificates(connection, writeParts(folder, parts), tuning);
    const rows = await connection.runAndReadAll(
      'select * replace (lower(hex(der)) as der) from certificate_facts',
    );
    return rows.getRowObjectsJson();
  } finally {
    database.close();
  }
}

/** SHA-256 of the Parquet file that a lake would hold. */
async function lakeFile(parts: string[][], tuning: CertificateTuning): Promise<string> {
  const folder = mkdtempSync(join(ROOT, 'lake-'));
  const database = await openDatabase({ temp_directory: folder });
  const lake = new LakeWriter(join(folder, 'lake'));
  try {
    const connection = await database.connect();
    await loadCertificates(connection, writeParts(folder, parts), tuning);
    await lake.write(connection, 'certificates', { scan_id: 'one', port: null }, 'certificate_facts');
    const { files } = await lake.commit([], []);
    return fileSha256(join(folder, 'lake', files[0]!.path));
  } finally {
    lake.close();
    database.close();
  }
}

function writeParts(folder: string, parts: string[][]): string[] {
  mkdirSync(join(folder, 'raw'));
  return parts.map((lines, index) => {
    const path = join(folder, 'raw', `certificates-${index}.ndjson.gz`);
    writeFileSync(path, gzipSync(lines.join('')));
    return path;
  });
}

/** Timestamps as the engine writes them. */
function rowOf<Facts extends { not_before: string | null; not_after: string | null }>(facts: Facts): Facts {
  const time = (iso: string | null) => iso?.replace('T', ' ').replace('Z', '') ?? null;
  return { ...facts, not_before: time(facts.not_before), not_after: time(facts.not_after) };
}
