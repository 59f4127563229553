/** TLS 1.3 servers from a script that know no HelloRetryRequest: what can be asked of them, and what can't. */
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { GROUPS_1_3 } from '../offer-lists.ts';
import { local, scanOne } from '../testing/scan-local.ts';
import { ALERT_40, onHello } from '../testing/scripted-tls.ts';
import { tcpServer, withServer } from '../testing/servers.ts';

/** ServerHello of TLS 1.3 with a share of 32 bytes in `group`. */
function serverHello(group: number): Buffer {
  const share = `00330024${group.toString(16).padStart(4, '0')}0020${'11'.repeat(32)}`;
  const body = `0303${'22'.repeat(32)}00130100002e002b00020304${share}`;
  return Buffer.from(`160303005a02000056${body}`, 'hex');
}

/** Takes a hello that has a key share of one of `groups`: its group, its length and the key follow one another. */
function answering(...groups: number[]) {
  return tcpServer((socket: Socket) => {
    socket.once('data', (hello) => {
      const group = groups.find((one) => hello.includes(shareHead(one)));
      socket.end(group === undefined ? ALERT_40 : serverHello(group));
    });
  });
}

function shareHead(group: number): Buffer {
  const head = Buffer.alloc(group === 23 ? 5 : 4);
  head.writeUInt16BE(group, 0);
  head.writeUInt16BE(group === 23 ? 65 : 32, 2);
  if (group === 23) head[4] = 4;
  return head;
}

const suites = new Map([[0x0304, [0x1301]]]);

test.each([
  [[29], { accepted: [29], rejected: 4, errors: 29 }],
  [[29, 23], { accepted: [29, 23], rejected: 3, errors: 29 }],
])(
  'only shares of %j: those are accepted, the other shares are refused, the rest not known',
  async (groups, expected) => {
    const record = await withServer(answering(...groups), (server) =>
      scanOne(local(993, server.port), { suites, probes: ['secured-session', 'tls13-groups'] }),
    );
    expect(record.handshakes[0]).toMatchObject({ cipher_suite: 0x1301, named_group: 29, key_bits: 255 });
    expect(record.handshakes[0]!.public_key_sha256).not.toBeNull();
    expect(record.groups).toEqual([{ version: 0x0304, offered: GROUPS_1_3.length, ...expected }]);
    // The server can't finish a handshake: no chain, and that is no error.
    expect(record).toMatchObject({ outcome: 'tls', chains: [] });
  },
);

test('a server of TLS 1.2 is not asked for groups', async () => {
  const record = await withServer(
    onHello((socket) => socket.end(ALERT_40)),
    (server) => scanOne(local(993, server.port), { suites }),
  );
  expect(record).toMatchObject({ outcome: 'tls_rejected', groups: [] });
});

test('a handshake for the chain that fails is a handshake made', async () => {
  await withServer(answering(29), async (server) => {
    const record = await scanOne(local(993, server.port), { suites, probes: ['secured-session'] });
    expect(record.chains).toEqual([]);
    expect(record.effort.handshakes).toBe(server.connections());
  });
});
