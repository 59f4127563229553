import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { UsageError } from '../../base/errors.ts';
import { parseAddress } from '../../base/ip-address.ts';
import { readExclusion } from './exclusion.ts';

const read = (...lines: string[]) => readExclusion([{ source: 'opt-out.txt', lines: () => lines }]);

test('addresses, blocks and names, with comments', async () => {
  const exclusion = await read(
    '\ufeff# asked us not to',
    '8.8.8.0/24  # by mail',
    '1.1.1.1',
    '2600::/32',
    '[2a00::1]',
    '',
    'Example.ORG.',
    '*.example.net',
  );
  const excluded = ['8.8.8.255', '1.1.1.1', '2600:0:ffff::1', '2a00::1', '::ffff:1.1.1.1'];
  for (const ip of excluded) expect(exclusion.addresses.has(parseAddress(ip)!), ip).toBe(true);
  for (const ip of ['8.8.9.0', '1.1.1.2', '2601::1'])
    expect(exclusion.addresses.has(parseAddress(ip)!)).toBe(false);
});

test('a name excludes itself and all beneath it', async () => {
  const exclusion = await read('Example.ORG.', '*.example.net');
  for (const name of ['example.org', 'EXAMPLE.org.', 'mx1.mail.example.org', 'example.net', 'a.example.net'])
    expect(exclusion.hasName(name), name).toBe(true);
  for (const name of ['org', 'badexample.org', 'example.org.uk', 'net'])
    expect(exclusion.hasName(name), name).toBe(false);
});

test('has one digest whatever the order, the spelling and the blocks', async () => {
  const digest = (await read('8.8.8.0/25', '8.8.8.128/25', 'a.example', 'b.example')).sha256();
  expect((await read('B.example.', '8.8.8.128/25', 'a.example', '8.8.8.0/25')).sha256()).toBe(digest);
  expect((await read('8.8.8.0/25', 'a.example', 'b.example')).sha256()).not.toBe(digest);
});

test.each([
  [
    ['8.8.8.8/24'],
    "opt-out.txt, line 1: '8.8.8.8/24' can't be excluded; give an address, a CIDR or a host name",
  ],
  [['', '1.1.1'], "line 2: '1.1.1'"],
  [['a b'], "line 1: 'a b'"],
  [['1.1.1.1-1.1.1.9'], "line 1: '1.1.1.1-1.1.1.9'"],
])('%j is refused with file and line', async (lines, message) => {
  const failure = await read(...lines).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).toContain(message);
});

test('several files are read one after the other, to their ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'census-exclusion-'));
  const long = Array.from({ length: 20_000 }, (_, index) => `5.0.${index >> 8}.${index & 255}`);
  const files = [long, ['8.8.8.8', '1.1.1.1'], ['9.9.9.9', '7.7.7.7']];
  const sources = files.map((lines, index) => {
    const source = join(folder, `${index}.txt`);
    writeFileSync(source, lines.join('\n'));
    return { source, lines: () => createInterface({ input: createReadStream(source) }) };
  });
  try {
    const { addresses } = await readExclusion(sources);
    expect(files.flat().filter((ip) => !addresses.has(parseAddress(ip)!))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
