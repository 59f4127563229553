/**
 * A list of known Diffie-Hellman primes (bits, software, name, generator_hex, prime, safe_prime, note, p_hex)
 * → `datasets/dh_primes.csv`, keyed by the SHA-256 of the prime. A prime listed twice becomes one row, whose
 * software, names, generators and notes are joined by « / ».
 */
import { fromHex, sha256Hex } from '../../pipeline/base/hex.ts';
import { fromCsv, toCsv } from './csv.ts';

export const DH_PRIME_COLUMNS = [
  'prime_sha256',
  'bits',
  'name',
  'software',
  'generator_hex',
  'prime',
  'safe_prime',
  'note',
  'prime_hex',
] as const;

type Row = Record<(typeof DH_PRIME_COLUMNS)[number], string>;

/** The CSV. Throws Error where the size given is not the prime's. */
export function makeDhPrimes(source: string): string {
  const merged = new Map<string, Row>();
  for (const row of fromCsv(source).map(toRow)) {
    const known = merged.get(row.prime_sha256);
    merged.set(row.prime_sha256, known ? merge(known, row) : row);
  }
  const rows = [...merged.values()].sort((a, b) => (a.prime_sha256 < b.prime_sha256 ? -1 : 1));
  return toCsv(DH_PRIME_COLUMNS, rows);
}

function toRow(row: Record<string, string>): Row {
  const prime_hex = evenHex(row['p_hex']!);
  const bits = BigInt(`0x${prime_hex}`).toString(2).length;
  if (bits !== Number(row['bits'])) throw new Error(`${row['name']}: ${bits} bits, not ${row['bits']}`);
  return {
    prime_sha256: sha256Hex(fromHex(prime_hex)),
    bits: String(bits),
    name: row['name']!,
    software: row['software']!,
    generator_hex: evenHex(row['generator_hex']!),
    prime: row['prime']!,
    safe_prime: row['safe_prime']!,
    note: row['note']!,
    prime_hex,
  };
}

function merge(one: Row, other: Row): Row {
  const join = (name: 'name' | 'software' | 'generator_hex' | 'note') =>
    [...new Set([one[name], other[name]].filter((text) => text !== ''))].join(' / ');
  return {
    ...one,
    name: join('name'),
    software: join('software'),
    generator_hex: join('generator_hex'),
    note: join('note'),
  };
}

/** Lower case, without leading zero bytes, an even number of digits. */
function evenHex(hex: string): string {
  const digits = hex.toLowerCase().replace(/^0+/, '');
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}
