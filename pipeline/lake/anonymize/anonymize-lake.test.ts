/**
 * The sample lake, with addresses and names of its own given to each endpoint, made ready for others: none of what tells a
 * host is left in any file, and everything still joins.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { beforeAll, describe, expect, test } from 'vitest';
import { askLake, copyOfLake, sampleLake, withEngine } from '../../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../../base/errors.ts';
import { dhPrimes } from '../../formats/datasets.ts';
import { readManifest } from '../../formats/lake-manifest.ts';
import { LAKE_TABLES } from '../../formats/lake-tables.ts';
import { queryAll } from '../../query/index.ts';
import { LakeWriter } from '../lake-writer.ts';
import { rowsOf } from '../table-rows.ts';
import { verifyLake } from '../verify-lake.ts';
import { anonymizeLake } from './anonymize-lake.ts';
import { columnRule } from './column-rules.ts';

const folder = temporaryFolder('anonymize');
const key = join(folder, 'key');
const shared = join(folder, 'shared');
let lake: string;

beforeAll(async () => {
  const sample = await sampleLake(folder);
  lake = copyOfLake(sample.lake, 'named');
  await nameEndpoints(lake);
  writeFileSync(key, '00112233445566778899aabbccddeeff'.repeat(2));
  await anonymizeLake({ lake, key, out: shared });
});

test('every column of the lake has a rule', () => {
  for (const { name, columns } of LAKE_TABLES) {
    for (const column of columns)
      expect(columnRule(name, column.name).says, `${name}.${column.name}`).not.toBe('');
  }
  expect(() => columnRule('endpoints', 'shoe_size')).toThrow(/no rule/);
});

test('nothing that tells a host is left in any file, whether one reads the bytes or the rows', async () => {
  const secrets = await secretsOf(lake);
  expect(secrets.size).toBeGreaterThan(200);
  const { text, values } = await everythingIn(shared);
  const before = await everythingIn(lake);
  for (const secret of secrets) {
    expect(before.text.includes(secret) || before.values.has(secret), `the test looks for ${secret}`).toBe(
      true,
    );
    expect(text.includes(secret), secret).toBe(false);
    expect(values.has(secret), secret).toBe(false);
  }
  expect(text).not.toMatch(/corp\d\.example|198\.1[89]\.77|2001:db8/);
  expect(readFileSync(join(shared, 'manifest.json'), 'utf8')).not.toContain('ndjson');
});

test('the published tables are the same, but for names and hashes', async () => {
  const [ours, theirs] = [await queryAll({ lake }), await queryAll({ lake: shared })];
  for (const [place, table] of ours.entries()) {
    const named = table.columns.map(({ name }) => ['subject', 'sha1', 'prime_sha256', 'rank'].includes(name));
    const unnamed = (rows: unknown[][]) =>
      rows.map((row) => JSON.stringify(row.filter((_, column) => !named[column]))).sort();
    expect(unnamed(theirs[place]!.rows), table.name).toEqual(unnamed(table.rows));
    expect(table.rows.length === 0, table.name).toBe(false);
  }
});

test('the first line of EHLO keeps words of protocols, no names and no addresses', async () => {
  const lines = await askLake(shared, 'select distinct ehlo_first_line as line from FILES(endpoints)');
  expect(lines).toEqual([{ line: '* Hello * to *' }]);
  for (const table of Object.keys(FOUND)) {
    const columns = LAKE_TABLES.find(({ name }) => name === table)!.columns.slice(1);
    const names = columns.map(({ name }) => name).join(', ');
    const counted = `select ${names}, count(*) as n from FILES(${table}) group by all order by all`;
    expect(await askLake(shared, counted), table).toEqual(await askLake(lake, counted));
  }
});

test('addresses keep their prefixes, AS and country; equal names stay equal', async () => {
  const counts = `count(*) as rows, count(distinct ip) as ips, count(distinct host) as hosts, count(distinct asn) as asns,
    count(distinct regexp_extract(ip, '^[0-9]+\\.[0-9]+\\.[0-9]+\\.')) as networks,
    count(distinct as_prefix) as prefixes, count(distinct chain_id) as chains, min(country) as country, max(length(banner) > 0) as banners`;
  const [ours] = await askLake(lake, `select ${counts} from FILES(endpoints)`);
  const [theirs] = await askLake(shared, `select ${counts} from FILES(endpoints)`);
  expect(theirs).toEqual(ours);
  expect(Number(ours!['ips'])).toBeGreaterThan(40);
  const outside = await askLake(
    shared,
    `select ip, as_prefix from FILES(endpoints)
    where not starts_with(ip, split_part(as_prefix, '.0.0/16', 1)) and not contains(ip, ':')`,
  );
  expect(outside).toEqual([]);
  const [joined] = await askLake(
    shared,
    `select count(*) as rows from FILES(endpoints) e join FILES(chains) c using (chain_id)
    join FILES(certificates) using (certificate_sha256) where position = 0`,
  );
  const [all] = await askLake(lake, 'select count(chain_id) as rows from FILES(endpoints)');
  expect(joined).toEqual(all);
});

test('the new lake is whole, of one key, and the same again on any number of cores', async () => {
  expect((await verifyLake(shared)).faults).toEqual([]);
  for (const threads of [1, 4]) {
    const again = join(folder, `again-${threads}`);
    mkdirSync(again);
    await anonymizeLake({ lake, key, out: again, threads });
    expect(readManifest(again)).toEqual(readManifest(shared));
  }
});

test('another key gives other pseudonyms, all of them; countries are left out where asked', async () => {
  const out = join(folder, 'other-key');
  writeFileSync(join(folder, 'key2'), Buffer.alloc(32, 7));
  await anonymizeLake({ lake, key: join(folder, 'key2'), out, drop_country: true });
  const pseudonyms = async (of: string) =>
    (
      await askLake(
        of,
        'select ip as p from FILES(endpoints) union select host from FILES(endpoints) union select certificate_sha256 from FILES(certificates)',
      )
    )
      .map(({ p }) => p)
      .filter((p) => p !== null);
  const first = new Set(await pseudonyms(shared));
  expect((await pseudonyms(out)).filter((p) => first.has(p))).toEqual([]);
  expect(await askLake(out, 'select distinct country from FILES(endpoints)')).toEqual([{ country: null }]);
});

describe('what the operator gets wrong', () => {
  test('a folder that holds something, the lake itself, no key: one line, nothing written', async () => {
    const full = join(folder, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'mine'), '');
    await expect(anonymizeLake({ lake, key, out: full })).rejects.toThrow(/full is not empty/);
    await expect(anonymizeLake({ lake, key, out: lake })).rejects.toThrow(/is the lake itself/);
    const out = join(folder, 'never');
    for (const wrong of [
      { lake, key: join(folder, 'no-key') },
      { lake: full, key },
    ]) {
      await expect(anonymizeLake({ ...wrong, out })).rejects.toThrow(UsageError);
    }
    expect(existsSync(out)).toBe(false);
  });
});

/** Gives each endpoint an address, a name and a network of its own; the sample's are all on loopback. */
async function nameEndpoints(target: string): Promise<void> {
  const writer = new LakeWriter(target);
  const files = readManifest(target).files.filter(({ table }) => table === 'endpoints');
  try {
    await withEngine(async (connection) => {
      for (const file of files) {
        const rows = rowsOf(target, [file]);
        await writer.write(
          connection,
          'endpoints',
          file,
          `(select * replace (
            'mx' || endpoint_id || '.corp' || endpoint_id % 7 || '.example' as host,
            'mx' || endpoint_id || '.corp' || endpoint_id % 7 || '.example' as target,
            case when endpoint_id % 5 = 0 then '2001:db8:77::' || endpoint_id + 4000
              else '198.' || 18 + endpoint_id % 2 || '.77.' || 100 + endpoint_id end as ip,
            64500 + endpoint_id % 2 as asn, '198.' || 18 + endpoint_id % 2 || '.0.0/16' as as_prefix, 'AT' as country,
            replace(banner, 'village.example', 'corp' || endpoint_id % 7 || '.example') as banner,
            'mx' || endpoint_id || '.corp' || endpoint_id % 7 || '.example Hello client.corp0.example [198.19.77.7], pleased to meet you'
              as ehlo_first_line)
          from ${rows} order by endpoint_id)`,
        );
        for (const [table, columns] of Object.entries(FOUND)) {
          const found = `(select endpoint_id, ${columns} from ${rows} order by endpoint_id)`;
          await writer.write(connection, table, { scan_id: file.scan_id, port: file.port }, found);
        }
      }
    });
    await writer.commit(
      files.flatMap(({ scan_id, port }) =>
        ['endpoints', ...Object.keys(FOUND)].map((table) => ({ table, scan_id, port })),
      ),
      [],
    );
  } finally {
    writer.close();
  }
}

/** What a scan may find out beside: by table of the lake, one row an endpoint; words are ours, and a file may hold others. */
const FOUND: Record<string, string> = {
  hello_tolerance: '64 as cipher_suites, 300 + endpoint_id % 7 as hello_bytes',
  refused_hello_features: "'hello_bytes' as feature, 512 as value, 'timeout' as refused_by, null as code",
  contradictions: "771 as version, 'alert' as refused_by, 80 as code, 1 as times",
  inference_checks: "'weak' as suite_group, 9 as inferred, 1 as checked, 0 as wrong",
};

/** Addresses, names, and what identifies a certificate or a prime that is not everybody's. */
async function secretsOf(target: string): Promise<Set<string>> {
  const rows = await askLake(
    target,
    `
    select ip as s from FILES(endpoints) union select host from FILES(endpoints) union select target from FILES(endpoints)
    union select as_prefix from FILES(endpoints) union select chain_id from FILES(chains)
    union select unnest(string_split(banner, ' ')) from FILES(endpoints)
    union select unnest(string_split(ehlo_first_line, ' ')) from FILES(endpoints)
    union select unnest([certificate_sha256, sha1, serial_number, subject, subject_cn, issuer, issuer_cn, spki_sha256]) from FILES(certificates)
    union select unnest(string_split(subject_alt_names, ' ')) from FILES(certificates)`,
  );
  const known = new Set(dhPrimes().map(({ prime_sha256 }) => prime_sha256));
  const groups = await askLake(target, 'select dh_group_id, prime_sha256, prime_hex from FILES(dh_groups)');
  const primes = groups
    .filter(({ prime_sha256 }) => !known.has(String(prime_sha256)))
    .flatMap((row) => Object.values(row));
  const texts = [...rows.map(({ s }) => s), ...primes].filter((text) => typeof text === 'string');
  // Words of software and protocols, and numbers too short to tell anything, may be everywhere.
  return new Set(
    texts.filter(
      (text) =>
        text.length > 7 &&
        /\d{5}|\.[a-z]{2,}$|^[0-9a-f.:/]+$|=/.test(text) &&
        !/^(AUTH|THREAD)=|^\d\d:/.test(text),
    ),
  );
}

/** All bytes of a lake's files, and all their values as an independent reader sees them. */
async function everythingIn(target: string): Promise<{ text: string; values: Set<string> }> {
  const texts: string[] = [];
  const values = new Set<string>();
  for (const { path } of readManifest(target).files) {
    const bytes = readFileSync(join(target, path));
    texts.push(path, bytes.toString('latin1'));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    for (const row of await parquetReadObjects({ file, compressors })) {
      for (const value of Object.values(row)) {
        if (typeof value !== 'string') continue;
        values.add(value);
        texts.push(value);
      }
    }
  }
  return { text: texts.join('\n'), values };
}
