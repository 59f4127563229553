/** Files of origins and countries in the forms they come in, and what is said of those that are wrong. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../../base/errors.ts';
import { parseAddress } from '../../base/ip-address.ts';
import type { AddressTable } from './address-ranges.ts';
import { type EnrichmentFiles, readEnrichment } from './index.ts';

const folder = temporaryFolder('enrich');
const mmdb = join(import.meta.dirname, 'samples/countries.mmdb');
let made = 0;
const file = (content: string | Uint8Array): string => {
  const path = join(folder, `file-${made++}`);
  writeFileSync(path, content);
  return path;
};

const place = (table: AddressTable, ip: string): number => {
  const address = parseAddress(ip)!;
  return address.family === 4 ? table.ofIPv4(Number(address.value)) : table.ofIPv6(address.value);
};

const PFX2AS = `192.0.2.0\t24\t64500
192.0.2.128\t25\t64502_64501
198.51.100.0\t24\t64510,64503
198.51.100.0\t25\t{64504,64520}_64505
2001:db8::\t32\t4200000000

192.0.2.0\t24\t64499
`;

test.each<[string, string, number | undefined, string | undefined]>([
  ['one origin', '192.0.2.1', 64499, '192.0.2.0/24'],
  ['the longest of two', '192.0.2.129', 64501, '192.0.2.128/25'],
  ['the lowest of a set', '198.51.100.200', 64503, '198.51.100.0/24'],
  ['the lowest of a set and another', '198.51.100.1', 64504, '198.51.100.0/25'],
  ['IPv6, a number of 32 bits', '2001:db8::25', 4_200_000_000, '2001:db8::/32'],
  ['none', '203.0.113.1', undefined, undefined],
  ['none of IPv6', '2001:db9::', undefined, undefined],
])('origin AS: %s', async (_, ip, asn, prefix) => {
  for (const content of [PFX2AS, gzipSync(PFX2AS), PFX2AS.replaceAll('\n', '\r\n')]) {
    const { origins } = await readEnrichment({ pfx2as: file(content) });
    const found = place(origins!.table, ip);
    expect([origins!.asns[found], origins!.prefixes[found]]).toEqual([asn, prefix]);
  }
});

const CSV: Record<string, string> = {
  addresses:
    '192.0.2.0,192.0.2.255,at\n198.51.100.0,198.51.100.127,DE,more\n2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,FR\n',
  'numbers in quotes, with a heading':
    '"start","end","country"\n"3221225984","3221226239","AT"\n"3325256704","3325256831","DE"\n' +
    '"42540766411282592856903984951653826560","42540766490510755371168322545197776895","FR"\n"0","16777215","-"\n',
};

test.each(Object.entries(CSV))('country: CSV of %s', async (_, csv) => {
  const { countries } = await readEnrichment({ country: file(csv) });
  const of = (ip: string) => countries!.codes[place(countries!.table, ip)];
  expect(['192.0.1.255', '192.0.2.0', '192.0.2.255', '192.0.3.0'].map(of)).toEqual([
    undefined,
    'AT',
    'AT',
    undefined,
  ]);
  expect(['198.51.100.127', '198.51.100.128', '0.0.0.1'].map(of)).toEqual(['DE', undefined, undefined]);
  expect(['2001:db8::1', '2001:db9::', '::1'].map(of)).toEqual(['FR', undefined, undefined]);
});

test('country: a MaxMind DB that another program wrote', async () => {
  const { countries } = await readEnrichment({ country: mmdb });
  const of = (ip: string) => countries!.codes[place(countries!.table, ip)];
  expect(['192.0.1.255', '192.0.2.0', '192.0.2.255', '192.0.3.0'].map(of)).toEqual([
    undefined,
    'AT',
    'AT',
    undefined,
  ]);
  expect(['198.51.100.1', '198.51.100.200', '203.0.113.7', '203.0.113.9'].map(of)).toEqual([
    'DE',
    'NL',
    'SE',
    undefined,
  ]);
  expect(['2001:db8::1', '2001:db8:1::1', '2001:db8:2::', '2001:db7::'].map(of)).toEqual([
    'FR',
    'CH',
    'FR',
    undefined,
  ]);
});

test.each<[string, EnrichmentFiles | (() => EnrichmentFiles), RegExp]>([
  ['no such file', { pfx2as: join(folder, 'none') }, /cannot read .*none: no such file/],
  ['a folder', { country: folder }, /no such file/],
  ['an empty file', () => ({ pfx2as: file('') }), /:1 is the end: no prefix/],
  [
    'a file of nothing but a heading',
    () => ({ country: file('start,end,country\n') }),
    /:2 is the end: no range/,
  ],
  [
    'no number of an AS',
    () => ({ pfx2as: file('192.0.2.0\t24\t1\n192.0.2.0\t24\tAS1\n') }),
    /:2 has no AS number last/,
  ],
  [
    'a large number of an AS',
    () => ({ pfx2as: file('192.0.2.0 24 4294967296\n') }),
    /:1 has an AS number past 32 bits/,
  ],
  ['a long prefix', () => ({ pfx2as: file('192.0.2.0\t33\t1\n') }), /:1 is no line of prefix/],
  ['no prefix', () => ({ pfx2as: file('192.0.2\t24\t1\n') }), /:1 is no line of prefix/],
  ['host bits', () => ({ pfx2as: file('192.0.2.1\t24\t1\n') }), /:1 has bits after the first 24/],
  ['a column too many', () => ({ pfx2as: file('192.0.2.0\t24\t1\t1\n') }), /:1 is no line of prefix/],
  ['a range backwards', () => ({ country: file('192.0.2.9,192.0.2.1,AT\n') }), /:1 ends before it starts/],
  ['a range of two families', () => ({ country: file('::1,192.0.2.1,AT\n') }), /:1 is no range/],
  ['a long country', () => ({ country: file('192.0.2.0,192.0.2.1,Austria\n') }), /:1 has no country code/],
  [
    'ranges that cross',
    () => ({ country: file('1.0.0.0,1.0.0.9,AT\n1.0.0.5,1.0.0.20,DE\n') }),
    /:2 shares addresses with line 1/,
  ],
  ['half a gzip', () => ({ pfx2as: file(gzipSync(PFX2AS).subarray(0, 40)) }), /cannot be read/],
  ['an endless line', () => ({ country: file('1'.repeat(3_000_000)) }), /:1 is too long/],
  ['half a MaxMind DB', () => ({ country: file(readFileSync(mmdb).subarray(200)) }), /broken MaxMind DB/],
])('%s is one line that says where', async (_, files, message) => {
  const failure = await readEnrichment(typeof files === 'function' ? files() : files).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).toMatch(message);
  expect((failure as Error).message).toMatch(/nothing written$/);
  expect((failure as Error).message).not.toContain('\n');
});
