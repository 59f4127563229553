/** JSON to JSON with some values replaced, left out or doubled; where it is none, and now and then, other bytes. */
import { type Material, mutate } from './mutate.ts';
import type { Random } from './random.ts';

export function mutateJson(bytes: Uint8Array, material: Material, random: Random): Uint8Array {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return mutate(bytes, material, random);
  }
  if (random.below(8) === 0) return mutate(bytes, material, random);
  for (let count = 1 + random.below(4); count > 0; count--) value = changed(value, random);
  return new Uint8Array(Buffer.from(JSON.stringify(value)));
}

function changed(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.below(6) === 0) return random.pick(ODD_VALUES);
  const keys = Object.keys(value);
  if (keys.length === 0) return random.pick(ODD_VALUES);
  const key = random.pick(keys);
  const copy: Record<string, unknown> = { ...value };
  const act = random.below(6);
  if (act === 0) delete copy[key];
  else if (act === 1) copy[random.pick(ODD_KEYS)] = copy[key];
  else copy[key] = changed(copy[key], random);
  return Array.isArray(value) ? Object.values(copy) : copy;
}

const ODD_KEYS = ['0', '1', 'x', 'constructor', 'length', 'toString', ''];
const ODD_VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    0.5,
    1e300,
    2 ** 53,
    '',
    'x',
    '..',
    '../x',
    'a/b',
    '\u0000',
    'line\nline',
    '\ud800',
  ],
  ...['2026-01-01T00:00:00Z', 'NaN', 'x'.repeat(3000), [], {}, [null], [[]], { a: 1 }, ['x', 'x']],
];
