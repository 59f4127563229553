/**
 * Accepted is not completed: real servers behind a front that lets their first flight through and breaks off at the
 * client's second one, as OpenSMTPD 6.8 on OpenSSL 3 does, and without it. What fails on our side is no no.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  buildAnyCertificateServer,
  missingGo,
  startAnyCertificateServer,
} from '../../../scripts/peers/any-certificate-server.ts';
import { type KeyMaterial, missingOpenssl, NEW_KEYS, selfSignedKey } from '../../../scripts/peers/openssl.ts';
import { startOpensslServer } from '../../../scripts/peers/openssl-server.ts';
import type { RunningServer } from '../../../scripts/peers/running-server.ts';
import { describeUnless } from '../../../scripts/testing/describe-unless.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import type { ScanOptions } from '../index.ts';
import { local, scanOne } from '../testing/scan-local.ts';
import { flightChoosing, onHello } from '../testing/scripted-tls.ts';
import { type LocalServer, tcpServer, withServer } from '../testing/servers.ts';

const [TLS1_0, TLS1_1, TLS1_2, TLS1_3] = [0x0301, 0x0302, 0x0303, 0x0304];
const ECDHE_RSA = 0xc02f;
const RSA = 0x9c;
const PROBES = ['completed-handshakes'];
const BOTH = ['secured-session', 'completed-handshakes'];
/** Of TLS 1.2: with two kinds of key exchange. */
const TWO_KINDS = new Map([[TLS1_2, [ECDHE_RSA, RSA]]]);
const ONLY_13 = new Map([[TLS1_3, [0x1301, 0x1302, 0x1303]]]);
/** Nobody greets here. */
const SHORT = { connect_ms: 5000, read_ms: 1500, endpoint_ms: 60_000 };

const completedAt = ({ versions }: EndpointRecord) =>
  Object.fromEntries(versions.map(({ version, handshake_completed }) => [version, handshake_completed]));

/** Connections beside those of the search for suites. */
const finishing = ({ versions, effort }: EndpointRecord) =>
  effort.handshakes - versions.reduce((sum, { handshakes }) => sum + handshakes, 0);

const scanned = (port: number, options: Partial<ScanOptions>): Promise<EndpointRecord> =>
  scanOne(local(993, port), { timeouts: SHORT, probes: PROBES, ...options });

describeUnless(missingOpenssl(), 'openssl s_server', () => {
  const folder = temporaryFolder('completed');
  let key: KeyMaterial;
  let server: RunningServer & { port: number };
  beforeAll(async () => {
    key = selfSignedKey(folder, 'rsa', NEW_KEYS.rsa);
    const versions = [TLS1_0, TLS1_1, TLS1_2, TLS1_3];
    const ciphers = 'ECDHE-RSA-AES128-GCM-SHA256:AES128-GCM-SHA256:AES128-SHA';
    const common = { ciphers, security_level: 0, dh: null, groups: ['X25519', 'P-256'] } as const;
    server = await startOpensslServer({ versions, keys: [key], ...common });
  });
  afterAll(() => server?.stop());

  const behind = (
    act: (socket: Socket) => void,
    options: Partial<ScanOptions>,
    breaks: Breaks = () => true,
  ) => withServer(breaking(server.port, act, breaks), ({ port }) => scanned(port, options));

  test('without a front: completed at each version, for one connection a version', async () => {
    const record = await scanned(server.port, { suites: 'iana' });
    expect(completedAt(record)).toMatchObject({
      ...{ [TLS1_0]: true, [TLS1_1]: true, [TLS1_2]: true, [TLS1_3]: true },
      ...{ 2: null, 768: null },
    });
    expect(finishing(record)).toBe(4);
  });

  test('what another probe completed is not asked again', async () => {
    const versions = [TLS1_2, TLS1_3];
    const suites = new Map(versions.map((one) => [one, one === TLS1_3 ? [0x1301] : [ECDHE_RSA, RSA]]));
    const both = await scanned(server.port, { suites, probes: BOTH });
    const one = await scanned(server.port, { suites, probes: ['secured-session'] });
    expect(completedAt(both)).toEqual({ [TLS1_2]: true, [TLS1_3]: true });
    expect(completedAt(one)).toEqual(completedAt(both));
    expect(finishing(both)).toBe(finishing(one));
  });

  const BREAKS: [string, (socket: Socket) => void][] = [
    ['internal_error', (socket) => socket.end(INTERNAL_ERROR)],
    ['an alert of no known number', (socket) => socket.end(Buffer.from('150303000202c8', 'hex'))],
    ['a close', (socket) => socket.end()],
    ['a reset', (socket) => socket.resetAndDestroy()],
    ['text', (socket) => socket.end('500 what\r\n')],
  ];

  test.each(BREAKS)('TLS 1.2 that breaks off with %s: accepted, and never completed', async (_, act) => {
    const record = await behind(act, { suites: TWO_KINDS });
    expect(record.versions[0]).toMatchObject({ accepted: 2, handshake_completed: false });
    expect(finishing(record)).toBe(2);
    expect(record.stop_reason).toBeNull();
    const after = await behind(act, { suites: TWO_KINDS, probes: BOTH });
    expect(after.versions[0]).toMatchObject({ accepted: 2, handshake_completed: false });
    expect(after.secured_dialogue).toBeNull();
    expect(finishing(after)).toBe(2);
  });

  test('one suite alone is asked twice', async () => {
    const record = await behind((socket) => socket.end(), { suites: new Map([[TLS1_2, [RSA]]]) });
    expect(record.versions[0]).toMatchObject({ accepted: 1, handshake_completed: false });
    expect(finishing(record)).toBe(2);
  });

  test('TLS 1.3 that breaks off with an alert: our Finished was not the end', async () => {
    const record = await behind((socket) => socket.end(INTERNAL_ERROR), { suites: ONLY_13, probes: BOTH });
    expect(record.versions[0]).toMatchObject({ accepted: 3, handshake_completed: false });
    // The chain came before.
    expect(record.facts.tls13_chain_error).toBeNull();
    expect(record.chains).toHaveLength(1);
    expect(finishing(record)).toBeLessThanOrEqual(4);
  });

  test('TLS 1.3 that closes, or says nothing, after our Finished: not known', async () => {
    for (const act of [(socket: Socket) => void socket.end(), () => {}]) {
      const record = await behind(act, { suites: ONLY_13 });
      expect(record.versions[0]).toMatchObject({ accepted: 3, handshake_completed: null });
    }
  });

  test('silence is no no, and is waited for once', async () => {
    const record = await behind(() => {}, { suites: TWO_KINDS });
    expect(record.versions[0]).toMatchObject({ accepted: 2, handshake_completed: null });
    expect(finishing(record)).toBe(1);
  });

  test('one that breaks off once is completed', async () => {
    let broken = 0;
    const once: Breaks = () => broken++ === 0;
    const record = await behind((socket) => socket.end(INTERNAL_ERROR), { suites: TWO_KINDS }, once);
    expect(record.versions[0]).toMatchObject({ handshake_completed: true });
    expect(finishing(record)).toBe(2);
  });

  test('one that breaks off at ECDHE is completed with RSA', async () => {
    const atEcdhe: Breaks = (hello) => hello.includes(Buffer.of(ECDHE_RSA >> 8, ECDHE_RSA & 0xff));
    const record = await behind((socket) => socket.end(INTERNAL_ERROR), { suites: TWO_KINDS }, atEcdhe);
    expect(record.versions[0]).toMatchObject({ handshake_completed: true });
  });
});

describeUnless(missingOpenssl() ?? missingGo(), 'a signature that is wrong', () => {
  const folder = temporaryFolder('completed-go');
  test('is refused by us: not known', async () => {
    const key = selfSignedKey(folder, 'rsa', NEW_KEYS.rsa);
    const der = Buffer.from(readFileSync(key.leaf, 'utf8').replace(/-----[^-]+-----|\s/g, ''), 'base64');
    const spec = {
      chain: [der],
      key: key.key,
      signature: 'wrong',
      versions: { min: '1.2', max: '1.2' },
    } as const;
    const server = await startAnyCertificateServer(buildAnyCertificateServer(folder), folder, 'wrong', spec);
    try {
      const suites = new Map([[TLS1_2, [ECDHE_RSA, 0xc030]]]);
      const record = await scanned(server.port, { suites });
      expect(record.versions[0]).toMatchObject({ accepted: 2, handshake_completed: null });
      expect(finishing(record)).toBe(1);
    } finally {
      await server.stop();
    }
  }, 180_000);
});

describe('scripted servers', () => {
  test('a suite that OpenSSL has not: nothing is asked', async () => {
    const RC4 = 0x0005;
    const server = onHello((socket, { suites, version }) => {
      const known = version === TLS1_2 && suites.includes(RC4);
      socket.end(known ? flightChoosing(TLS1_2, RC4) : HANDSHAKE_FAILURE);
    });
    const suites = new Map([[TLS1_2, [RC4, RSA]]]);
    const record = await withServer(server, ({ port }) => scanned(port, { suites }));
    expect(record.versions[0]).toMatchObject({ accepted: 1, handshake_completed: null });
    expect(finishing(record)).toBe(0);
  });

  test('a refusal of OpenSSL’s hello, without a ServerHello, says nothing of handshakes', async () => {
    // Ours have heartbeat (RFC 6520) among their extensions, OpenSSL's have not.
    const HEARTBEAT = Buffer.from('000f000101', 'hex');
    const server = tcpServer((socket) =>
      socket.once('data', (hello) =>
        socket.end(hello.includes(HEARTBEAT) ? flightChoosing(TLS1_2, RSA) : HANDSHAKE_FAILURE),
      ),
    );
    const suites = new Map([[TLS1_2, [RSA]]]);
    const record = await withServer(server, ({ port }) => scanned(port, { suites }));
    expect(record.versions[0]).toMatchObject({ accepted: 1, handshake_completed: null });
  });
});

type Breaks = (hello: Buffer) => boolean;

/** Before the server at `port`: what follows its first flight is what `act` does, where `breaks` says so of the hello. */
function breaking(port: number, act: (socket: Socket) => void, breaks: Breaks): Promise<LocalServer> {
  return tcpServer((socket) => {
    const inner = connect(port, '127.0.0.1').on('error', () => socket.destroy());
    socket.once('close', () => inner.destroy());
    let hello: Buffer | undefined;
    let isBroken = false;
    socket.on('data', (chunk) => {
      if (hello && !isBroken && breaks(hello)) {
        isBroken = true;
        act(socket);
      } else if (!isBroken) inner.write(chunk);
      hello ??= chunk;
    });
    inner.on('data', (chunk) => !isBroken && socket.write(chunk));
    inner.once('end', () => !isBroken && socket.end());
  });
}

const INTERNAL_ERROR = Buffer.from('15030300020250', 'hex');
const HANDSHAKE_FAILURE = Buffer.from('15030300020228', 'hex');
