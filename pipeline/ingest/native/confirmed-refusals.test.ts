/**
 * What a lake says of noes: all that a record of format 4 counts are confirmed, none of an older one are; how a no was told,
 * what hellos a server takes and what it contradicts are rows. Records whose refusals do not add up are set aside.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { askLake } from '../../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { readManifest } from '../../formats/lake-manifest.ts';
import { LAKE_TABLES } from '../../formats/lake-tables.ts';
import { packRecord } from '../../formats/packed-record.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { queryAll } from '../../query/index.ts';
import {
  confirmedRecord,
  lakeOfLines,
  lineOfFormat3,
  sampleLines,
  toldLines,
} from './sample-formats.fixture.ts';

const folder = temporaryFolder('confirmed');
const lines = sampleLines();
const records = lines.map((line) => confirmedRecord(line));
/** One that accepts at a version and refuses there by one alert. */
const place = records.findIndex(({ rejections, versions }) =>
  versions.some(({ version, accepted }) => accepted > 0 && rejections.some((one) => one.version === version)),
);
const chosen = records[place]!;
const { version } = chosen.versions.find(
  (one) => one.accepted > 0 && chosen.rejections.some((refused) => refused.version === one.version),
)!;

let made = 0;

/** A lake of the sample with these lines. */
function lakeOf(all: readonly object[], format_version: number): Promise<string> {
  const own = join(folder, `${made++}`);
  mkdirSync(own);
  return lakeOfLines(own, all, format_version);
}

const packed = (changed: EndpointRecord): object[] =>
  records.with(place, changed).map((record) => packRecord(record));

const NOES = `select cast(sum(rejected) as double) as noes, cast(sum(unconfirmed) as double) as unconfirmed
  from FILES(endpoint_versions)`;
const TOLD = `select cast(sum(cipher_suites) as double) as told, bool_or(confirmed) as confirmed, max(forms) as forms
  from FILES(refusals)`;

test('a scan of format 4 counts what is confirmed, one of format 3 nothing that is', async () => {
  const noes = records.flatMap(({ versions }) => versions).reduce((sum, { rejected }) => sum + rejected, 0);
  const now = await lakeOf(
    records.map((record) => packRecord(record)),
    4,
  );
  expect(await askLake(now, NOES)).toEqual([{ noes, unconfirmed: 0 }]);
  expect(await askLake(now, TOLD)).toEqual([{ told: noes, confirmed: true, forms: 2 }]);
  const before = await lakeOf(lines.map(lineOfFormat3), 3);
  expect(await askLake(before, NOES)).toEqual([{ noes, unconfirmed: noes }]);
  expect(await askLake(before, TOLD)).toEqual([{ told: noes, confirmed: false, forms: null }]);
  const endpoints = 'select sum(rejected) = sum(unconfirmed) as all_of_them from FILES(endpoints)';
  expect(await askLake(before, endpoints)).toEqual([{ all_of_them: true }]);
  for (const lake of [now, before]) expect(readManifest(lake).quarantine).toEqual([]);
});

test('what a record tells beside its answers is rows', async () => {
  const changed: EndpointRecord = {
    ...chosen,
    dialogue: { ...chosen.dialogue, ehlo_first_line: 'mx.example at your service' },
    versions: chosen.versions.map((one) => ({
      ...one,
      handshake_completed: one.version === version ? false : null,
    })),
    hello_tolerance: {
      cipher_suites: 64,
      hello_bytes: 255,
      refused: [{ feature: 'hello_bytes', value: 256, by: 'timeout', code: null }],
    },
    contradictions: [{ version, by: 'alert', code: 80, times: 3 }],
    inference_checks: [{ suite_group: 'weak', inferred: 9, checked: 2, wrong: 1, wrong_in_all: null }],
    facts: { ...chosen.facts, tls13_chain_error: 'no_secret' },
  };
  const lake = await lakeOf(packed(changed), 4);
  const { endpoint_id } = chosen;
  const id = BigInt(endpoint_id);
  const of = (table: string, columns: string, where = '') =>
    askLake(lake, `select ${columns} from FILES(${table}) where endpoint_id = ${endpoint_id} ${where}`);
  expect(await of('endpoints', 'ehlo_first_line')).toEqual([
    { ehlo_first_line: 'mx.example at your service' },
  ]);
  const completed = await of('endpoint_versions', 'version, handshake_completed', 'order by version');
  expect(completed).toEqual(
    changed.versions
      .map(({ version, handshake_completed }) => ({ version, handshake_completed }))
      .sort((a, b) => a.version - b.version),
  );
  expect(
    await askLake(lake, 'select endpoint_id, cipher_suites, hello_bytes from FILES(hello_tolerance)'),
  ).toEqual([{ endpoint_id: id, cipher_suites: 64, hello_bytes: 255 }]);
  expect(await of('refused_hello_features', 'feature, value, refused_by, code')).toEqual([
    { feature: 'hello_bytes', value: 256, refused_by: 'timeout', code: null },
  ]);
  expect(await of('contradictions', 'version, refused_by, code, times')).toEqual([
    { version, refused_by: 'alert', code: 80, times: 3 },
  ]);
  expect(await of('inference_checks', 'suite_group, inferred, checked, wrong')).toEqual([
    { suite_group: 'weak', inferred: 9, checked: 2, wrong: 1 },
  ]);
  expect(await of('endpoint_facts', 'tls13_chain_error')).toEqual([{ tls13_chain_error: 'no_secret' }]);
  expect(readManifest(lake).quarantine).toEqual([]);
});

test('each table of a lake has rows of a scan that tells all', async () => {
  const lake = await lakeOf(toldLines(), 4);
  const filled = new Set(readManifest(lake).files.map(({ table }) => table));
  const empty = LAKE_TABLES.map(({ name }) => name).filter((name) => !filled.has(name));
  expect(empty).toEqual(['inferred_suites']);
  expect(readManifest(lake).quarantine).toEqual([]);
  const tables = await queryAll({ lake });
  expect(tables.filter(({ rows }) => rows.length === 0).map(({ name }) => name)).toEqual([]);
});

test('checks of inferences of format 3, which stood together, are read', async () => {
  const old = lines.map(lineOfFormat3);
  const lake = await lakeOf(old.with(place, { ...old[place], inference_checks: { made: 5, wrong: 2 } }), 3);
  const checks = 'select endpoint_id, suite_group, inferred, checked, wrong from FILES(inference_checks)';
  expect(await askLake(lake, checks)).toEqual([
    { endpoint_id: BigInt(chosen.endpoint_id), suite_group: 'all', inferred: null, checked: 5, wrong: 2 },
  ]);
});

/** Some of the version's refused suites are no noes any more, but errors. */
function doubtful(suites: number): EndpointRecord {
  const [first, ...others] = chosen.rejections.filter((one) => one.version === version);
  const rest = chosen.rejections.filter((one) => one.version !== version);
  const doubted = { ...first!, code: 80, cipher_suites: suites, confirmed: false, forms: 1 };
  return {
    ...chosen,
    versions: chosen.versions.map((one) =>
      one.version === version ? { ...one, rejected: one.rejected - 1, errors: one.errors + 1 } : one,
    ),
    rejections: [{ ...first!, cipher_suites: first!.cipher_suites - 1 }, doubted, ...others, ...rest],
  };
}

test('an unconfirmed refusal of format 4 is an error, and is told as what it is', async () => {
  const lake = await lakeOf(packed(doubtful(1)), 4);
  expect(readManifest(lake).quarantine).toEqual([]);
  const unsure = 'select code, cipher_suites, forms from FILES(refusals) where not confirmed';
  expect(await askLake(lake, unsure)).toEqual([{ code: 80, cipher_suites: 1, forms: 1 }]);
});

describe.each<[string, EndpointRecord, RegExp]>([
  ['more unconfirmed refusals than errors', doubtful(2), /refusals that are not as many/],
  [
    'fewer refusals than it counts',
    { ...chosen, rejections: chosen.rejections.slice(1) },
    /refusals that are not as many/,
  ],
  [
    'a refusal at a version that it counts none of',
    {
      ...chosen,
      rejections: [
        ...chosen.rejections,
        { version: 999, by: 'alert', code: 40, cipher_suites: 1, confirmed: true, forms: 2 },
      ],
    },
    /refusals that are not as many/,
  ],
  [
    'a refusal by nobody knows what',
    {
      ...chosen,
      rejections: chosen.rejections.map((one) => ({ ...one, by: 'magic' })) as never,
    },
    /a refusal without its version/,
  ],
  [
    'a contradiction without a number',
    { ...chosen, contradictions: [{ version, by: 'alert', code: 80 }] as never },
    /a contradiction without/,
  ],
  [
    'a feature that is none',
    {
      ...chosen,
      hello_tolerance: {
        cipher_suites: 1,
        hello_bytes: 1,
        refused: [{ feature: 'colour', value: null, by: 'alert', code: 40 }] as never,
      },
    },
    /a refused feature of hellos/,
  ],
  ['checks that are a text', { ...chosen, inference_checks: 'many' as never }, /checks of inferred suites/],
  [
    'more wrong checks than checks',
    {
      ...chosen,
      inference_checks: [{ suite_group: 'weak', inferred: 9, checked: 1, wrong: 2, wrong_in_all: null }],
    },
    /checks of inferred suites/,
  ],
  [
    'checks of a group that is none',
    { ...chosen, inference_checks: [null] as never },
    /checks of inferred suites/,
  ],
])('a record with %s', (_, changed, reason) => {
  test('is set aside, and the others are in the lake', async () => {
    const lake = await lakeOf(packed(changed), 4);
    const [aside] = readManifest(lake).quarantine;
    const [line] = readFileSync(join(lake, aside!.path), 'utf8').trim().split('\n');
    expect(JSON.parse(line!)).toMatchObject({ line: place + 1, reason: expect.stringMatching(reason) });
    expect(aside!.lines).toBe(1);
    const [counted] = await askLake(lake, 'select count(*) as n from FILES(endpoints)');
    expect(Number(counted!['n'])).toBe(records.length - 1);
  });
});
