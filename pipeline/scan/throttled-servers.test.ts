/** A server that lets in few connections at a time is told as it is: what throttling hid is asked again, or not tested. */
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { certificateEntry, certificatePem, keyPem } from '../../scripts/village/certificates.ts';
import type { EndpointRecord } from '../formats/raw-record.ts';
import { acceptedAt, local, scanOne } from './testing/scan-local.ts';
import { sum } from './testing/scripted-tls.ts';
import { type LocalServer, tcpServer, withServer } from './testing/servers.ts';

const TLS1_2 = 0x0303;
const WINDOW_MS = 150;
const PATIENT = { throttle: { first_wait_ms: 20, longest_wait_ms: 160, budget_ms: 20_000 } };

const secureContext = createSecureContext({
  cert: certificatePem('imap-example'),
  key: keyPem(certificateEntry('imap-example').key),
  ciphers: 'ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA:AES256-SHA:@SECLEVEL=0',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
});

/** SMTP with STARTTLS and real TLS; `tooMany` is done with each connection over three in any stretch of WINDOW_MS. */
function limited(tooMany: (socket: Socket) => void, limit = 3): Promise<LocalServer> {
  let letIn: number[] = [];
  return tcpServer((socket) => {
    const now = performance.now();
    letIn = letIn.filter((at) => at > now - WINDOW_MS);
    if (letIn.length >= limit) return tooMany(socket);
    letIn.push(now);
    socket.write('220 mx.example ESMTP\r\n');
    socket.on('data', function onLine(line) {
      if (!line.toString().startsWith('STARTTLS')) return void socket.write('250-mx\r\n250 STARTTLS\r\n');
      socket.removeListener('data', onLine);
      socket.write('220 go\r\n', () => {
        new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => socket.destroy());
      });
    });
  });
}

const scanOf = (server: Promise<LocalServer>, options: object): Promise<EndpointRecord> =>
  withServer(server, ({ port }) => scanOne(local(25, port), options));

test.each<[string, (socket: Socket) => void]>([
  ['421 and a close', (socket) => socket.end('421 4.7.0 too many connections\r\n')],
  ['421 and nothing', (socket) => socket.write('421 4.7.0 too many connections\r\n')],
  ['554 where there was service before', (socket) => socket.end('554 go away\r\n')],
  ['a close without a word', (socket) => socket.end()],
  ['a reset', (socket) => socket.resetAndDestroy()],
  ['454 instead of TLS', (socket) => replies(socket, '454 TLS not available\r\n')],
])('%s: the record is that of the server without a limit', async (_what, tooMany) => {
  const free = await scanOf(limited(tooMany, 1000), {});
  const throttled = await scanOf(limited(tooMany), PATIENT);
  expect(acceptedAt(throttled, TLS1_2)).toEqual([0x2f, 0x35, 0xc030]);
  expect(throttled.versions.map(({ handshakes: _, ...counts }) => counts)).toEqual(
    free.versions.map(({ handshakes: _, ...counts }) => counts),
  );
  expect(throttled).toMatchObject({ outcome: 'tls', stop_reason: null, error_kind: null });
  expect(sum(throttled, 'errors') + sum(throttled, 'not_tested')).toBe(0);
  expect(throttled.effort.throttle_waits).toBeGreaterThan(0);
  expect(free.effort.throttle_waits).toBe(0);
});

test('implicit TLS that closes after the hello, without a word', async () => {
  const free = await withServer(implicit(1000), ({ port }) => scanOne(local(993, port)));
  const throttled = await withServer(implicit(3), ({ port }) => scanOne(local(993, port), PATIENT));
  expect(acceptedAt(throttled, TLS1_2)).toEqual([0x2f, 0x35, 0xc030]);
  expect(throttled.versions.map(({ handshakes: _, ...counts }) => counts)).toEqual(
    free.versions.map(({ handshakes: _, ...counts }) => counts),
  );
  expect(throttled).toMatchObject({ outcome: 'tls', stop_reason: null });
  expect(throttled.effort.throttle_waits).toBeGreaterThan(0);
});

test('what the budget is too small for stays not tested, with the reason', async () => {
  const throttle = { first_wait_ms: 5, longest_wait_ms: 5, budget_ms: 15 };
  const server = limited((socket) => socket.end('421 4.7.0 too many connections\r\n'));
  const record = await scanOf(server, { throttle });
  expect(record).toMatchObject({ outcome: 'tls', stop_reason: 'throttled' });
  expect(record.stop_detail).toMatch(/^temporary_failure \(421 4\.7\.0 too many connections\) after 3 waits/);
  expect(acceptedAt(record, TLS1_2)).toHaveLength(3);
  expect(sum(record, 'errors') + sum(record, 'rejected')).toBe(0);
  expect(sum(record, 'not_tested')).toBe(sum(record, 'offered') - 3);
});

test('a server that is gone in the middle of its scan leaves no error and no rejection behind', async () => {
  const letIn = { count: 0 };
  const server: Server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  server.on('connection', (socket) => {
    // The one that answers is the last: nobody listens any more.
    if (++letIn.count === 2) server.close();
    new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => socket.destroy());
  });
  const record = await scanOne(local(993, port));
  expect(record).toMatchObject({ outcome: 'tls', stop_reason: 'throttled' });
  expect(record.stop_detail).toMatch(/^connection_refused \(ECONNREFUSED\) after/);
  expect(record.versions[0]).toMatchObject({ accepted: 2, rejected: 0, errors: 0 });
  expect(sum(record, 'not_tested')).toBe(sum(record, 'offered') - 2);
});

/** TLS from the first byte; each connection over `limit` in any stretch of WINDOW_MS is read, then closed. */
function implicit(limit: number): Promise<LocalServer> {
  let letIn: number[] = [];
  return tcpServer((socket) => {
    const now = performance.now();
    letIn = letIn.filter((at) => at > now - WINDOW_MS);
    if (letIn.length >= limit) return void socket.once('data', () => socket.end());
    letIn.push(now);
    new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => socket.destroy());
  });
}

function replies(socket: Socket, toStartTls: string): void {
  socket.write('220 mx.example ESMTP\r\n');
  socket.on('data', (line) => {
    socket.write(line.toString().startsWith('STARTTLS') ? toStartTls : '250-mx\r\n250 STARTTLS\r\n');
  });
}
