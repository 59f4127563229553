/** IPv4 numbers that DuckDB reads, against those of the parser of addresses. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDatabase, sqlText } from './duckdb.ts';
import { parseAddress } from './ip-address.ts';
import { ipv4Numbers } from './sql-ipv4.ts';

test('numbers of IPv4 addresses; null for IPv6 and for what is no address', async () => {
  const others = [
    '',
    '192.0.2',
    '192.0.2.256',
    '1.2.3.4.5',
    'mx.example.org',
    '::ffff:192.0.2.1',
    '2001:db8::1',
  ];
  const texts = [...new Set(['0.0.0.0', '255.255.255.255', ...fc.sample(fc.ipV4(), 200), ...others])];
  const database = await openDatabase({ threads: 1 });
  try {
    const connection = await database.connect();
    const values = texts.map((text) => `(${sqlText(text)})`).join(', ');
    const result = await connection.runAndReadAll(
      `select ip, number from ${ipv4Numbers(`(select * from (values ${values}) as v (ip))`)}`,
    );
    const numbers = new Map(result.getRows().map(([ip, number]) => [ip, number]));
    expect(numbers.size).toBe(texts.length);
    for (const text of texts) {
      const address = parseAddress(text);
      expect(numbers.get(text), text).toBe(address?.family === 4 ? Number(address.value) : null);
    }
  } finally {
    database.close();
  }
});
