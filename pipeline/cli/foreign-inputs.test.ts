/** `census ingest` with other tools' files, as a user types it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCensus } from '../../scripts/testing/run-census.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { grab, smtp } from '../ingest/adapters/zgrab2/grabs.fixture.ts';

const folder = temporaryFolder('foreign-inputs');
const lake = join(folder, 'lake');
const grabs = join(folder, 'grabs.json');
writeFileSync(grabs, `${grab({ smtp: smtp({ port: 2525 }) })}\n`);

test('a file, and the same by standard input', async () => {
  const words = ['--from', 'zgrab2', '--port', '25', '--lake', lake];
  const [file, stdin] = [
    await runCensus(['ingest', grabs, ...words]),
    await runCensus(['ingest', '-', ...words], `${grab({ smtp: smtp({ port: 2525 }) })}\n`),
  ];
  expect(file.code).toBe(0);
  expect(file.stdout).toMatch(
    /^zgrab2-[0-9a-f]{16} is now in .*: 1 endpoints, 1 accepted or failed handshakes/,
  );
  expect(stdin.code).toBe(0);
  expect(stdin.stdout).toBe(file.stdout.replace('is now in', 'is unchanged in'));
});

test.each([
  ['what it is can’t be told', ['-'], /^census: cannot tell what stdin is: say --from \(/],
  ['a port that is none', [grabs, '--port', '26'], /^census: --port 26 is no mail port/],
  ['a format that is none', [grabs, '--from', 'nmap'], /^census: .*nmap/],
])('%s', async (_what, words, message) => {
  const { code, stderr } = await runCensus(['ingest', ...words, '--lake', lake], 'hello\n');
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd()).not.toContain('\n');
});
