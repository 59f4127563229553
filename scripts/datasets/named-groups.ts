/**
 * IANA's TLS Supported Groups (tls-parameters-8.csv), and some that it lacks → `datasets/named_groups.csv`.
 * Left out: reserved, private and unassigned codes, GREASE (RFC 8701).
 */
import type { NamedGroup } from '../../pipeline/formats/datasets.ts';
import { references } from './cipher-suites.ts';
import { fromCsv, toCsv } from './csv.ts';
import { PRIVATE_GROUPS } from './private-groups.ts';

export const NAMED_GROUP_COLUMNS = ['code', 'name', 'kind', 'bits', 'reference'] as const;

/** The CSV. Throws Error for a group whose name says neither its kind nor its size. */
export function makeNamedGroups(iana: string): string {
  const groups = fromCsv(iana).flatMap((row) => {
    const name = (row['Description'] ?? '').replace(/ \(OBSOLETE\)$/, '');
    const assigned = /^\d+$/.test(row['Value'] ?? '') && !/^(Reserved|Unassigned)/.test(name);
    return assigned
      ? { code: Number(row['Value']), name, ...groupTraits(name), reference: reference(row) }
      : [];
  });
  const codes = new Set(groups.map(({ code }) => code));
  const others = PRIVATE_GROUPS.filter(([code]) => !codes.has(code)).map(([code, name, reference]) => {
    return { code, name, ...groupTraits(name), reference };
  });
  return toCsv<NamedGroup>(
    NAMED_GROUP_COLUMNS,
    [...groups, ...others].sort((a, b) => a.code - b.code),
  );
}

/** Kind, and size of the field or prime: 0 where there is none (explicit curves, pure KEMs). */
export function groupTraits(name: string): { kind: string; bits: number } {
  if (name.startsWith('arbitrary_explicit_')) return { kind: 'explicit', bits: 0 };
  if (/^MLKEM\d+$/.test(name)) return { kind: 'kem', bits: 0 };
  if (/^ffdhe\d+$/.test(name)) return { kind: 'ffdh', bits: Number(name.slice('ffdhe'.length)) };
  if (name === 'CECPQ2') return { kind: 'hybrid', bits: fieldBits('x25519') };
  const classical = /^(.+?)(?:MLKEM|Kyber)\d+/.exec(name)?.[1];
  return { kind: classical ? 'hybrid' : 'ecdh', bits: fieldBits(classical ?? name) };
}

function fieldBits(name: string): number {
  if (/^curveSM2$/i.test(name)) return 256;
  const digits = /^(?:sect|secp|x|brainpoolP|GC)(\d+)/i.exec(name)?.[1];
  if (digits === undefined) throw new Error(`${name}: unknown field size`);
  return digits === '25519' ? 255 : Number(digits);
}

function reference(row: Record<string, string>): string {
  return references(row['Reference'] ?? '');
}
