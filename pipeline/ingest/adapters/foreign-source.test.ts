/** Scans are named for content, and what is given wrongly is told in one line. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../../base/errors.ts';
import { isScanId } from '../../formats/scan-id.ts';
import { foreignSources } from './foreign-source.ts';
import { grab, smtp } from './zgrab2/grabs.fixture.ts';
import { zgrab2 } from './zgrab2/zgrab2.ts';

const folder = temporaryFolder('foreign-source');
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return { name: join('elsewhere', name), path: join(folder, name) };
};
const one = file('one.json', grab({ smtp: smtp() }));
const two = file('two.json', grab({ smtp: smtp() }, { ip: '192.0.2.2' }));
const options = { adapter: zgrab2, files: [one, two], scan_id: null, port: null };

test('a file is a scan: the same content the same name', async () => {
  const [first, second] = await foreignSources(options);
  const again = await foreignSources({ ...options, files: [file('copy.json', grab({ smtp: smtp() }))] });
  expect(first!.scan_id).toMatch(/^zgrab2-[0-9a-f]{16}$/);
  expect(isScanId(first!.scan_id)).toBe(true);
  expect(again[0]!.scan_id).toBe(first!.scan_id);
  expect(second!.scan_id).not.toBe(first!.scan_id);
});

test('with a name all files are one scan, whose inputs say how they were read', async () => {
  const sources = await foreignSources({ ...options, scan_id: 'mine', port: 25 });
  expect(sources.map(({ scan_id, source }) => [scan_id, source])).toEqual([['mine', 'zgrab2']]);
  expect(await sources[0]!.inputs()).toMatchObject([
    { scan_id: 'mine', source: 'zgrab2', name: 'one.json', ports: null, nominal_port: 25 },
    { name: 'two.json', sha256: expect.stringMatching(/^[0-9a-f]{64}$/), nominal_port: 25 },
  ]);
  const staging = join(folder, 'staging');
  mkdirSync(staging);
  expect(await sources[0]!.stage(staging)).toMatchObject({
    scan: { scan_id: 'mine', parts: [{ records: 2 }] },
  });
});

test.each([
  ['a port that is none', { port: 26 }, /^--port 26 is no mail port; give one of 25/],
  ['the same content twice', { files: [one, file('same.json', grab({ smtp: smtp() }))] }, /given twice/],
  ['no file', { files: [{ name: 'none', path: join(folder, 'none') }] }, /^cannot read none: no such file/],
])('%s', async (_what, changes, message) => {
  const failure = await foreignSources({ ...options, ...changes }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).toMatch(message);
});
