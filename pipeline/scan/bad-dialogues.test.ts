/** Servers that never come as far as TLS: each ends as data of the right kind, on its first connection; without STARTTLS on its second. */
import { expect, test } from 'vitest';
import type { EndpointRecord } from '../formats/raw-record.ts';
import { IMPATIENT, local, scanOne } from './testing/scan-local.ts';
import { sum, totals } from './testing/scripted-tls.ts';
import { type LocalServer, mailServer, tcpServer, withServer } from './testing/servers.ts';

const nothing = () => {};

test.each<[string, number, () => Promise<LocalServer>, Partial<EndpointRecord>]>([
  ['silence', 25, () => tcpServer(nothing), { outcome: 'error', error_kind: 'banner_timeout' }],
  [
    'garbage',
    110,
    () => tcpServer((s) => s.write('\u0001\u0002\n')),
    { outcome: 'error', error_kind: 'protocol_error' },
  ],
  ['a close', 143, () => tcpServer((s) => s.end()), { outcome: 'error', error_kind: 'closed' }],
  ['a reset', 25, () => tcpServer((s) => s.resetAndDestroy()), { outcome: 'error', error_kind: 'reset' }],
  ['421', 587, () => mailServer('421 busy\r\n', {}), { outcome: 'error', error_kind: 'temporary_failure' }],
  ['554', 25, () => mailServer('554 no\r\n', {}), { outcome: 'error', error_kind: 'service_refused' }],
  ['* BYE', 143, () => mailServer('* BYE\r\n', {}), { outcome: 'error', error_kind: 'service_refused' }],
  [
    '454',
    25,
    () => mailServer('220 a\r\n', { EHLO: '250-a\r\n250 STARTTLS\r\n', STARTTLS: '454 no\r\n' }),
    { outcome: 'error', error_kind: 'starttls_refused' },
  ],
  [
    'no STARTTLS',
    25,
    () => mailServer('220 a\r\n', { EHLO: '250 a\r\n' }),
    { outcome: 'no_starttls', error_kind: null },
  ],
  [
    'no STLS',
    110,
    () => mailServer('+OK\r\n', { CAPA: '+OK\r\nUSER\r\n.\r\n' }),
    { outcome: 'no_starttls', error_kind: null },
  ],
  [
    'half a greeting',
    25,
    () => mailServer('220-a\r\n', {}),
    { outcome: 'error', error_kind: 'banner_timeout' },
  ],
  [
    'half of EHLO',
    25,
    () => mailServer('220 a\r\n', { EHLO: '250-a\r\n' }),
    { outcome: 'error', error_kind: 'read_timeout' },
  ],
  [
    'an endless greeting',
    25,
    () => tcpServer((s) => s.write(Buffer.alloc(9000, 'x'))),
    { outcome: 'error', error_kind: 'too_much_data' },
  ],
  [
    'injected bytes',
    25,
    () => mailServer('220 a\r\n', { EHLO: '250-a\r\n250 STARTTLS\r\n', STARTTLS: '220 go\r\n250 x\r\n' }),
    { outcome: 'error', error_kind: 'protocol_error' },
  ],
])('%s on port %i', async (_what, port, start, expected) => {
  await withServer(start(), async (server) => {
    const silent = expected.error_kind?.endsWith('_timeout');
    const record = await scanOne(local(port, server.port), silent ? IMPATIENT : {});
    expect(record).toMatchObject(expected);
    expect(totals(record)).toEqual({ accepted: 0, rejected: 0, errors: 0 });
    expect(sum(record, 'not_tested')).toBe(sum(record, 'offered'));
    // What a server says is for later is asked again after a pause, as long as the budget lasts.
    expect(record.effort).toMatchObject({
      connections: server.connections(),
      handshakes: record.handshakes.length,
    });
    expect(record.effort.throttle_waits > 0).toBe(expected.error_kind === 'temporary_failure');
    const asked = expected.outcome === 'no_starttls' ? 2 : 1;
    expect(server.connections()).toBe(asked + record.effort.throttle_waits);
  });
});

test('what was said before is kept', async () => {
  const ehlo = '250-a\r\n250-AUTH PLAIN\r\n250 XXXXXXXA\r\n';
  const starting = mailServer('220 \u001b[31mhi\r\n', { EHLO: ehlo });
  const record = await withServer(starting, (server) => scanOne(local(587, server.port)));
  expect(record.dialogue).toEqual({
    banner: '220 \u001b[31mhi',
    ehlo_first_line: 'a',
    capabilities: ['AUTH PLAIN', 'XXXXXXXA'],
    starttls_offered: false,
    starttls_masked: true,
    starttls_reply: '500 what',
    starttls_accepted: false,
    auth_mechanisms: ['PLAIN'],
    plaintext_auth_offered: true,
    login_disabled: null,
  });
});

test('nobody there', async () => {
  const port = await withServer(tcpServer(nothing), async (server) => server.port);
  const record = await scanOne(local(25, port));
  expect(record).toMatchObject({ outcome: 'error', error_kind: 'connection_refused' });
});
