/** testssl on villagers, in both forms: what it says after ingest is what our own scan says. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ForeignEndpoint } from '../../pipeline/ingest/adapters/adapter.ts';
import { endpointsOf, itemsOf, unreadableOf } from '../../pipeline/ingest/adapters/items-of.fixture.ts';
import { testssl } from '../../pipeline/ingest/adapters/testssl/testssl.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { contradictions } from './contradictions.ts';
import { missingTestssl, runTestssl } from './run-tool.ts';
import { groupsOf, type SameServers, startSameServers } from './same-server.ts';

const WHOM = [
  [25, 'Exim: TLS 1.0 to 1.2'],
  [465, 'TLS 1.3 alone'],
  [110, 'STLS offered, then refused'],
] as const;

describeUnless(missingTestssl(), 'testssl on our own servers', () => {
  let servers: SameServers;
  beforeAll(async () => {
    servers = await startSameServers(WHOM);
  });
  afterAll(() => servers?.stop());

  test('flat: versions, suites one by one with their sizes, the certificate', async () => {
    const foreign = await expectSame(0, 'flat', ['-t', 'smtp', '-p', '-E', '-S']);
    expect(foreign.versions.map(({ accepted }) => accepted)).not.toContain(null);
    const sizes = foreign.handshakes.map(({ key_bits }) => key_bits);
    expect(sizes).toEqual(expect.arrayContaining([null, 256, 2048]));
    expect(foreign.chains).toHaveLength(1);
  }, 600_000);

  test('pretty: versions and the certificate, with implicit TLS', async () => {
    const foreign = await expectSame(1, 'pretty', ['-p', '-E']);
    expect(foreign.versions.find(({ version }) => version === 772)).toMatchObject({ accepted: 2 });
  }, 600_000);

  test('a server that refuses STARTTLS is an error, which does not say as much', async () => {
    const foreign = await expectSame(2, 'flat', ['-t', 'pop3', '-p']);
    expect(foreign).toMatchObject({ outcome: 'error', error_kind: 'protocol_error' });
    expect(foreign.error_detail).toContain("doesn't seem to be a TLS/SSL enabled server");
    expect(foreign.handshakes.map((one) => one.outcome)).not.toContain('accepted');
  }, 600_000);

  async function expectSame(
    place: number,
    form: 'flat' | 'pretty',
    checks: string[],
  ): Promise<ForeignEndpoint> {
    const endpoint = servers.endpoints[place]!;
    const { ip, connect_port, port } = endpoint;
    const bytes = await runTestssl(`${ip}:${connect_port}`, form, checks);
    expect(testssl.detects(bytes.toString('utf8', 0, 65_536))).toBe(true);
    const items = itemsOf(testssl, bytes, { port });
    expect(unreadableOf(items)).toEqual([]);
    const [foreign, ...others] = endpointsOf(items);
    expect(others).toEqual([]);
    expect(foreign).toMatchObject({ port, protocol: endpoint.protocol, tls_mode: endpoint.tls_mode });
    expect(contradictions(foreign!, servers.own.records[place]!, groupsOf(endpoint))).toEqual([]);
    return foreign!;
  }
});
