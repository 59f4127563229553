/** For tests: lines of the sample, whatever their format, as format 3 had them, and as format 4 has them; lakes of such lines. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { villageSample } from '../../../scripts/testing/sample-lake.ts';
import { type PackedRecord, packRecord, unpackRecord } from '../../formats/packed-record.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { ingest } from '../index.ts';

const PART = 'endpoints-00000.ndjson.gz';

export function sampleLines(): PackedRecord[] {
  const text = gunzipSync(readFileSync(join(villageSample, PART))).toString();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Ingests the sample with these lines in place of its own, into a new lake in `folder`; the lake. */
export async function lakeOfLines(
  folder: string,
  lines: readonly object[],
  format_version: number,
): Promise<string> {
  const [raw, lake] = [join(folder, 'raw'), join(folder, 'lake')];
  cpSync(villageSample, raw, { recursive: true });
  writeFileSync(join(raw, PART), gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
  const scan = JSON.parse(readFileSync(join(raw, 'scan.json'), 'utf8'));
  writeFileSync(join(raw, 'scan.json'), JSON.stringify({ ...scan, format_version }));
  await ingest({ from: 'native', inputs: [raw], lake });
  return lake;
}

/** The sample in format 4, as a predictive scan of servers with some oddities tells it: every table has rows. */
export function toldLines(): object[] {
  return sampleLines().map((line, place) => {
    const record = confirmedRecord(line);
    const isTls = record.outcome === 'tls' || record.outcome === 'tls_rejected';
    return packRecord(isTls ? told(record, place) : record);
  });
}

function told(record: EndpointRecord, place: number): EndpointRecord {
  return {
    ...record,
    versions: record.versions.map((one, index) => ({
      ...one,
      // One question that was not asked is inferred.
      not_tested: one.not_tested - Math.min(one.not_tested, 1),
      inferred_rejected: one.inferred_rejected + Math.min(one.not_tested, 1),
      handshake_completed: [true, false, null][index % 3] ?? null,
    })),
    hello_tolerance: {
      cipher_suites: 64 + (place % 3),
      hello_bytes: 300 + place,
      refused: REFUSED.slice(0, place % 4),
    },
    contradictions: place % 5 === 0 ? [{ version: 771, by: 'alert', code: 80, times: 2 }] : [],
    inference_checks: [
      { suite_group: 'weak', inferred: 9, checked: 2, wrong: place % 2, wrong_in_all: null },
      { suite_group: 'other', inferred: 90, checked: 3, wrong: 0, wrong_in_all: null },
    ],
    facts: { ...record.facts, tls13_chain_error: place % 7 === 0 ? 'no_secret' : null },
  };
}

const REFUSED: NonNullable<EndpointRecord['hello_tolerance']>['refused'] = [
  { feature: 'extension', value: 35, by: 'alert', code: 110 },
  { feature: 'hello_bytes', value: 256, by: 'timeout', code: null },
  { feature: 'server_name', value: null, by: 'alert', code: 112 },
];

/** Nothing is confirmed, and what is new in format 4 is not there. */
export function lineOfFormat3(line: PackedRecord): Record<string, unknown> {
  const {
    hello_tolerance: _,
    contradictions: __,
    inference_checks: ___,
    ...fields
  } = line as Record<string, unknown>;
  return {
    ...fields,
    format_version: 3,
    dialogue: without(fields['dialogue'], 'ehlo_first_line'),
    versions: listOf(fields['versions']).map((one) => without(one, 'handshake_completed')),
    rejections: listOf(fields['rejections'])
      .filter((one) => (one as { confirmed?: boolean }).confirmed !== false)
      .map((one) => without(without(one, 'confirmed'), 'forms')),
    facts: without(fields['facts'], 'tls13_chain_error'),
  };
}

/** The record of a line, of format 4: each refusal that it counts was confirmed. */
export function confirmedRecord(line: PackedRecord): EndpointRecord {
  const record = unpackRecord(lineOfFormat3(line) as PackedRecord);
  return {
    ...record,
    format_version: 4,
    rejections: record.rejections.map((one) => ({ ...one, confirmed: true, forms: 2 })),
  };
}

function without(fields: unknown, name: string): object {
  const { [name]: _, ...rest } = (fields ?? {}) as Record<string, unknown>;
  return rest;
}

function listOf(value: unknown): unknown[] {
  return (value ?? []) as unknown[];
}
