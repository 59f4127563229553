import { expect, test } from 'vitest';
import { rereadSummary } from './reread.ts';

test('what differs is told by field, the most frequent first', () => {
  const fields = new Map([
    ['chain_id', 2],
    ['signature_scheme', 1200],
  ]);
  const counts = { endpoints: 1, handshakes: 4000, without_flight: 10, agreed: 2790, differed: 1200, fields };
  expect(rereadSummary(counts)).toBe(
    '1 endpoints, 4,000 handshakes, 10 without a flight\n2,790 agree, 1,200 differ\n' +
      '  signature_scheme 1,200\n  chain_id 2\n',
  );
});
