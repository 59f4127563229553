import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import yargs from 'yargs';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { readPrior } from '../../formats/prior.ts';
import { ingest } from '../../ingest/index.ts';
import { COMMANDS } from '../commands.ts';

const folder = temporaryFolder('learn-prior');
const patterns = join(folder, 'patterns');
mkdirSync(patterns);
writeFileSync(
  join(patterns, 'positions.csv'),
  'position,version,openssl_name\n0,TLSv1.0,AES128-SHA\n1,TLSv1.0,AES256-SHA\n',
);
writeFileSync(join(patterns, 'pattern_25.csv'), 'count,port,pattern\n1000,25,aa\n20,25,ar\n');
writeFileSync(join(patterns, 'pattern_143.csv'), 'count,port,pattern\n7,143,ra\n');

afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs the command in this process; gives what it said on standard output. */
async function learn(...words: string[]): Promise<string> {
  const said: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  await yargs(['learn-prior', ...words])
    .command([...COMMANDS])
    .parserConfiguration({ 'greedy-arrays': false })
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new Error(message);
    })
    .parseAsync();
  return said.join('');
}

test('the study’s folder becomes a prior, and the command says what is in it', async () => {
  const out = join(folder, 'prior.json.gz');
  expect(await learn('--study-patterns', patterns, '--out', out)).toBe(
    `${out} holds 3 patterns of 2 questions, seen at 1,027 endpoints of ports 25, 143; calibrated by leaving out each port in turn\n`,
  );
  expect(readPrior(out).prior.source).toMatchObject({
    kind: 'study-patterns',
    names: ['pattern_143.csv', 'pattern_25.csv'],
  });
});

test('a lake becomes the same prior but for its source, and twice the same bytes', async () => {
  const lake = join(folder, 'lake');
  const inputs = ['pattern_25.csv', 'pattern_143.csv'].map((name) => join(patterns, name));
  await ingest({ from: 'study-patterns', inputs, lake });
  const [one, other, direct] = ['one.gz', 'other.gz', 'direct.gz'].map((name) => join(folder, name));
  await learn(lake, '--out', one!, '--ports', '25');
  await learn(lake, '--out', other!, '--ports', '25', '--scan', 'study-2015');
  await learn('--study-patterns', patterns, '--ports', '25', '--out', direct!);
  expect(readFileSync(one!).equals(readFileSync(other!))).toBe(true);
  const { source: _lake, ...learnt } = readPrior(one!).prior;
  const { source: _study, ...expected } = readPrior(direct!).prior;
  expect(learnt).toEqual(expected);
});

test.each<[string, string[], RegExp]>([
  ['nothing to learn from', [], /name either a lake or --study-patterns FOLDER/],
  ['two things to learn from', ['lake', '--study-patterns', patterns], /name either/],
  ['a folder that is none', ['--study-patterns', join(folder, 'none')], /is no folder/],
  ['a folder without patterns', ['--study-patterns', folder], /has no pattern_PORT.csv/],
  ['a port that is none', ['--study-patterns', patterns, '--ports', '25,http'], /'http' is no mail port/],
  ['a port that is not there', ['--study-patterns', patterns, '--ports', '110'], /no patterns of port 110/],
  ['a scan of no lake', ['--study-patterns', patterns, '--scan', 'x'], /--scan goes with a lake only/],
  ['no lake', [join(folder, 'none')], /is no lake/],
])('refused: %s', async (_name, words, message) => {
  await expect(learn(...words, '--out', join(folder, 'never.gz'))).rejects.toThrow(message);
});
