/** Whose doing the end of a handshake was, by the errors that node:tls gives for real ends: server against client on loopback. */
import { constants } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { rsaServer } from '../probes/probed.fixture.ts';
import { flightChoosing, SERVER_HELLO } from '../testing/scripted-tls.ts';
import { type LocalServer, tcpServer, withServer } from '../testing/servers.ts';
import { describeFailure, isByServer } from './handshake-failure.ts';

const OPTIONS = {
  ciphers: 'AES128-SHA:@SECLEVEL=0',
  maxVersion: 'TLSv1.2',
  rejectUnauthorized: false,
  secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
} as const;

/** The first error of a client. */
const errorOf = (starting: Promise<LocalServer>, options = {}): Promise<NodeJS.ErrnoException> =>
  withServer(
    starting,
    ({ port }) =>
      new Promise((resolve, reject) => {
        const socket: TLSSocket = connect({ port, host: '127.0.0.1', ...OPTIONS, ...options });
        socket.once('error', resolve);
        socket.once('secureConnect', () => reject(new Error('it was finished')));
      }),
  );

const says = (...parts: (Buffer | string)[]): Promise<LocalServer> =>
  tcpServer((socket) =>
    socket.once('data', () => socket.write(Buffer.concat(parts.map((one) => Buffer.from(one))))),
  );
const alert = (level: number, description: number) => Buffer.of(21, 3, 3, 0, 2, level, description);

describe('the server', () => {
  test.each([40, 47, 50, 70, 71, 80, 86, 110, 112])('sends alert %i', async (description) => {
    const error = await errorOf(says(SERVER_HELLO, alert(2, description)));
    expect(isByServer(error, null)).toBe(true);
    expect(describeFailure(error, null)).toContain(`(alert ${description})`);
  });

  test('says what is no record', async () => {
    const error = await errorOf(says('500 what? this is no TLS at all\r\n'));
    expect(isByServer(error, null)).toBe(true);
  });

  test.each(['closed', 'reset'] as const)('%s', async (endedBy) => {
    const end = tcpServer((socket) =>
      socket.once('data', () => (endedBy === 'closed' ? socket.end() : socket.resetAndDestroy())),
    );
    const error = await errorOf(end);
    expect(isByServer(error, endedBy)).toBe(true);
    expect(describeFailure(error, endedBy)).toBe(endedBy);
  });
});

describe('we', () => {
  test('find a flight without a certificate wrong, whatever the server does after that', async () => {
    const error = await errorOf(says(flightChoosing(0x0303, 0x2f)));
    for (const endedBy of [null, 'closed', 'reset'] as const) expect(isByServer(error, endedBy)).toBe(false);
    expect(describeFailure(error, 'closed')).toMatch(/^SSL routines: /);
  });

  test('find a Diffie-Hellman group too small', async () => {
    const server = rsaServer({ ciphers: 'DHE-RSA-AES128-SHA', dhparam: 'auto', maxVersion: 'TLSv1.2' });
    const error = await errorOf(server, { ciphers: 'DHE-RSA-AES128-SHA:@SECLEVEL=0', minDHSize: 8192 });
    expect(isByServer(error, null)).toBe(false);
  });

  test('or have heard nothing', () => {
    expect(isByServer(null, null)).toBe(false);
    expect(describeFailure(null, null)).toBe('closed');
  });
});
