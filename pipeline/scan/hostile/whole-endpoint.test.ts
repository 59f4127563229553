/** Peers that wear an endpoint's scan down as a whole: by time, by bytes, and by falling silent once the suites are known. */
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { flightOf, messageOf, recordOf, serverHelloOf } from '../../../scripts/testing/wire.ts';
import { certificateEntry, certificatePem, keyPem } from '../../../scripts/village/certificates.ts';
import { ByteReader } from '../../base/byte-reader.ts';
import { toHex } from '../../base/hex.ts';
import { readClientHello } from '../../tls/client-hello.ts';
import { HANDSHAKE } from '../../tls/content-types.ts';
import { KEY_SHARE } from '../../tls/extensions.ts';
import { SERVER_HELLO_DONE } from '../../tls/handshake-types.ts';
import { MAX_FLIGHT_BYTES } from '../../tls/index.ts';
import { PROBES } from '../index.ts';
import { flood, trickle } from '../testing/hostile-peers.ts';
import { measuredScan } from '../testing/measured-scan.ts';
import { ALERT_40, onHello, sum, totals } from '../testing/scripted-tls.ts';
import { type LocalServer, tcpServer } from '../testing/servers.ts';

const SLACK_MS = 4000;
const DONE = messageOf(SERVER_HELLO_DONE);

/** A hello but for what is new in each. */
function contentOf(hello: Buffer): string {
  const { version, cipher_suites, extensions } = readClientHello(new ByteReader(hello.subarray(9)));
  const others = extensions
    ?.filter(({ type }) => type !== KEY_SHARE)
    .map(({ type, data }) => [type, toHex(data)]);
  return JSON.stringify([version, cipher_suites, others]);
}

describe('its bounds', () => {
  /** Chooses the first suite of each hello of `version`; refuses the others. */
  const generous = (version: number, act: (socket: Socket) => void) =>
    onHello((socket, hello) => {
      if (hello.version !== version) return socket.end(ALERT_40);
      socket.write(flightOf(serverHelloOf({ cipher_suite: hello.suites[0]! })));
      act(socket);
    });
  const hundred = { suites: new Map([[0x0303, Array.from({ length: 100 }, (_, index) => 0xc000 + index)]]) };

  test('it has its time, however slowly each answer comes', async () => {
    const timeouts = { connect_ms: 300, greeting_ms: 300, read_ms: 300, endpoint_ms: 600 };
    const starting = generous(0x0303, (socket) => trickle(socket, flightOf(DONE), 40));
    const { record, duration_ms } = await measuredScan(starting, 993, { ...hundred, timeouts });
    expect(sum(record, 'accepted')).toBeGreaterThan(0);
    expect(sum(record, 'not_tested')).toBeGreaterThan(0);
    expect(duration_ms).toBeLessThan(600 + 300 + 4 * 300 + SLACK_MS);
  });

  test('it is bounded in bytes, where each answer is as long as can be', async () => {
    const record16k = recordOf(HANDSHAKE, messageOf(99, new Uint8Array(16_380)).subarray(0, 16_384));
    const starting = generous(0x0303, (socket) => flood(socket, record16k));
    const { record, bytes_read } = await measuredScan(starting, 993, hundred);
    expect(sum(record, 'accepted')).toBeGreaterThan(10);
    // What one flight may have, with the largest chunk that a socket hands over on top of it.
    expect(bytes_read).toBeLessThan(64 * 1024 * 1024 + MAX_FLIGHT_BYTES + 65_536);
    expect(sum(record, 'not_tested')).toBeGreaterThan(0);
  });
});

describe('silence after the suites', () => {
  const READ_MS = 250;
  const ALL = {
    suites: new Map([
      [0x0304, [0x1301]],
      [0x0303, [0xc02f, 0x2f]],
    ]),
    probes: PROBES.map(({ name }) => name),
    timeouts: { connect_ms: 1000, greeting_ms: READ_MS, read_ms: READ_MS, endpoint_ms: 60_000 },
  };
  const SEARCH = 3;

  /** An IMAP server that speaks TLS with each connection that `listens` says it does, and is silent to the others. */
  function listening(listens: (hello: Buffer, count: number) => boolean): Promise<LocalServer> {
    const identity = {
      cert: certificatePem('imap-example'),
      key: keyPem(certificateEntry('imap-example').key),
    };
    const server = createServer(identity);
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    server.on('secureConnection', (secured) => {
      secured.on('error', () => secured.destroy());
      secured.end('* BYE not now\r\n');
    });
    return tcpServer((socket, count) => {
      socket.once('data', (hello) => {
        if (!listens(hello, count)) return;
        socket.pause();
        socket.unshift(hello);
        server.emit('connection', socket);
      });
    });
  }

  test.each([SEARCH, SEARCH + 1, SEARCH + 6, SEARCH + 20])(
    'for good, after %i connections: found out by two silences and a control',
    async (most) => {
      const { record, connections, duration_ms, left_open } = await measuredScan(
        listening((_, count) => count <= most),
        993,
        ALL,
      );
      expect(totals(record)).toEqual({ accepted: SEARCH, rejected: 0, errors: 0 });
      expect(record).toMatchObject({ outcome: 'tls', stop_reason: 'unresponsive' });
      expect(record.stop_detail).toMatch(/^silence after the probe [a-z\d-]+$/);
      expect(record.facts.fingerprint).toBeNull();
      expect(connections).toBeLessThanOrEqual(most + 4);
      expect(duration_ms).toBeLessThan(4 * READ_MS + SLACK_MS);
      expect(left_open).toBe(0);
    },
  );

  test('to all but what it accepted before: each probe is over after two silences', async () => {
    const contents = new Set<string>();
    const known = (hello: Buffer, count: number) => {
      if (count <= SEARCH) contents.add(contentOf(hello));
      return contents.has(contentOf(hello));
    };
    const { record, duration_ms } = await measuredScan(listening(known), 993, ALL);
    expect(totals(record)).toEqual({ accepted: SEARCH, rejected: 0, errors: 0 });
    expect(record).toMatchObject({ outcome: 'tls', stop_reason: null });
    for (const counts of [...record.groups, ...record.signature_schemes]) expect(counts.rejected).toBe(0);
    expect(record.facts.fingerprint).toBeNull();
    expect(duration_ms).toBeLessThan(2 * PROBES.length * READ_MS + SLACK_MS);
  });
});
