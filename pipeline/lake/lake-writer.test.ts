/** A lake's writer: what it refuses to make part of a lake, and what it removes that a kill left. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { openDatabase } from '../base/duckdb.ts';
import { LakeWriter } from './lake-writer.ts';

const folder = temporaryFolder('lake-writer');
const ROWS = `(select 1::bigint as flight_id, true as flight_complete, null as chain_id, null as dh_group_id,
  null as named_group, null as key_bits, null as signature_scheme)`;

async function written(lake: string, port: number): Promise<LakeWriter> {
  const writer = new LakeWriter(lake);
  const database = await openDatabase();
  await writer.write(await database.connect(), 'flights', { scan_id: 'one', port }, ROWS);
  database.close();
  return writer;
}

test('a file that no reader of lakes takes is refused, and the lake stays as it was', async () => {
  const lake = join(folder, 'odd-port');
  const writer = await written(lake, 2525);
  expect(() => writer.commit([], [])).toThrow(/no lake has a file flights\/scan_id=one\/port=2525/);
  writer.close();
  expect(existsSync(lake)).toBe(false);
});

test('a commit removes the half of a manifest that a kill left', async () => {
  const lake = join(folder, 'partial');
  const writer = await written(lake, 25);
  writeFileSync(join(lake, 'manifest.json.4194304.partial'), '{"format_ver');
  writer.commit([], []);
  writer.close();
  expect(readdirSync(lake).sort()).toEqual(['flights', 'manifest.json']);
});
