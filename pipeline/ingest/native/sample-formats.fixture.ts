/** For tests: a packed line of the sample, whatever its format, as format 3 had it, and as format 4 has it with all confirmed. */
import { type PackedRecord, unpackRecord } from '../../formats/packed-record.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';

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
