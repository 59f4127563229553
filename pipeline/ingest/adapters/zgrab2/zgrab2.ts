/**
 * zgrab2's NDJSON, one host a line, one response a module → endpoints, one a response of the modules smtp, pop3, imap and tls.
 * Written against the sources of zgrab2 1.0 (2018 to 2025, with and without `port`) and its TLS, zcrypto. One handshake says that a
 * version and a suite are accepted, and nothing of what is refused: all counts are null.
 */
import type { Adapter } from '../adapter.ts';
import { foreignHost } from '../foreign-host.ts';
import { type Converted, ObjectReader, unreadableBecause } from '../json-lines/object-reader.ts';
import { part, textAt } from '../json-stream/json-access.ts';
import type { JsonValue } from '../json-stream/json-events.ts';
import { grabResult } from './grab.ts';

export const zgrab2: Adapter = {
  name: 'zgrab2',
  written_against: '1.0 (2018 to 2025)',
  detects: (head) => /^\ufeff?\s*\{/.test(head) && /"data"\s*:\s*\{/.test(head) && RESPONSE.test(head),
  open: ({ port }) => new ObjectReader('zgrab2', (value) => converted(value, port)),
};

function converted(value: JsonValue, nominal: number | null): Converted {
  const host = foreignHost(textAt(value, 'domain'), textAt(value, 'ip'));
  const data = part(value, 'data');
  const isNamed = typeof data === 'object' && data !== null && !Array.isArray(data);
  const responses = isNamed ? Object.entries(data) : [];
  if (responses.length === 0) return unreadableBecause('no response of a module in data');
  const results = responses.map(([name, response]) => ({
    name,
    ...grabResult(name, response, host, nominal),
  }));
  const times = results.flatMap(({ started_at }) => (started_at === null ? [] : [started_at]));
  return {
    items: results.flatMap(({ items }) => items),
    started_at: times.sort()[0] ?? null,
    reasons: results.flatMap(({ name, reason }) =>
      reason === null ? [] : [`${name.slice(0, 40)}: ${reason}`],
    ),
  };
}

const RESPONSE = /"(?:protocol|status)"\s*:\s*"[a-z0-9-]{1,40}"/;
