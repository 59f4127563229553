/** Inputs go where they belong, and standard input leaves nothing behind. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { packageRoot } from '../base/package-root.ts';
import { grab, smtp } from './adapters/zgrab2/grabs.fixture.ts';
import { givenInputs } from './given-inputs.ts';

const folder = temporaryFolder('given');
const village = join(packageRoot, 'datasets/samples/village');
const grabs = join(folder, 'grabs.json');
writeFileSync(grabs, grab({ smtp: smtp() }));
const patterns = join(folder, 'patterns.csv');
writeFileSync(patterns, 'count,port,pattern\n');
const stdin = () => Readable.from([gzipSync(grab({ smtp: smtp() }))]);

test('sorted by what they are, standard input by its content', async () => {
  const given = await givenInputs([grabs, village, '-', patterns], undefined, stdin());
  expect(given).toMatchObject({ native: [village], study: [patterns] });
  expect(given.foreign.map(({ adapter, files }) => [adapter.name, files.map(({ name }) => name)])).toEqual([
    ['zgrab2', [grabs, 'stdin']],
  ]);
  const { path } = given.foreign[0]!.files[1]!;
  expect(readFileSync(path).subarray(0, 2).toString('hex')).toBe('1f8b');
  given.remove();
  expect(existsSync(path)).toBe(false);
});

test('sorted as the operator says', async () => {
  const given = await givenInputs([patterns], 'tlsx', stdin());
  expect(given.foreign.map(({ adapter }) => adapter.name)).toEqual(['tlsx']);
});

test('standard input once only; what can’t be told is told', async () => {
  await expect(givenInputs(['-', '-'], undefined, stdin())).rejects.toThrow(/^- is given twice/);
  await expect(givenInputs(['-'], undefined, Readable.from(['no such format']))).rejects.toThrow(
    /^cannot tell what stdin is/,
  );
});
