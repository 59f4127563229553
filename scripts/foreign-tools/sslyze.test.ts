/** sslyze, both versions, on villagers: what it says after ingest is what our own scan says. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import type { ForeignEndpoint } from '../../pipeline/ingest/adapters/adapter.ts';
import {
  endpointsOf,
  itemsOf,
  scanOf,
  unreadableOf,
} from '../../pipeline/ingest/adapters/items-of.fixture.ts';
import { sslyze } from '../../pipeline/ingest/adapters/sslyze/sslyze.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { contradictions } from './contradictions.ts';
import { missingSslyze, runSslyze } from './run-tool.ts';
import { groupsOf, type SameServers, startSameServers } from './same-server.ts';

const WHOM = [
  [25, 'Postfix of today'],
  [25, 'Postfix of 2013'],
  [25, 'Two certificates'],
  [25, 'Exchange: TLS 1.0 only'],
  [25, 'No STARTTLS'],
  [25, 'STARTTLS offered, then refused'],
  [25, 'Nobody there'],
  [110, 'Dovecot of today'],
  [143, 'Dovecot of 2013'],
  [465, 'Exim: TLS 1.0 to 1.3'],
  [993, 'ECDSA P-384'],
] as const;

const STARTTLS = { 25: 'smtp', 110: 'pop3', 143: 'imap', 465: null, 993: null } as const;

describeUnless(missingSslyze('5.2.0') ?? missingSslyze('6.3.1'), 'sslyze on our own servers', () => {
  let servers: SameServers;
  beforeAll(async () => {
    servers = await startSameServers(WHOM);
  });
  afterAll(() => servers?.stop());

  test.each(['5.2.0', '6.3.1'])(
    'version %s says what we say',
    async (version) => {
      for (const [port, starttls] of Object.entries(STARTTLS))
        await expectSame(version, Number(port), starttls);
    },
    300_000,
  );

  async function expectSame(version: string, port: number, starttls: 'smtp' | 'pop3' | 'imap' | null) {
    const scanned = servers.endpoints
      .map((endpoint, place) => ({ endpoint, own: servers.own.records[place]! }))
      .filter(({ endpoint }) => endpoint.port === port);
    const names = scanned.map(({ endpoint }) => `${endpoint.ip}:${endpoint.connect_port}`);
    const items = itemsOf(sslyze, await runSslyze(version, names, starttls), { port });
    expect(unreadableOf(items)).toEqual([]);
    expect(scanOf(items)).toMatchObject({ tool: 'sslyze', tool_version: version });
    const theirs = new Map(endpointsOf(items).map((record) => [record.connect_port, record]));
    expect(theirs.size).toBe(scanned.length);
    for (const { endpoint, own } of scanned) {
      const foreign = theirs.get(endpoint.connect_port)!;
      expect(foreign).toMatchObject({ port, protocol: endpoint.protocol, tls_mode: endpoint.tls_mode });
      expect(contradictions(foreign, own, groupsOf(endpoint)), endpoint.what).toEqual(
        version.startsWith('5.') && endpoint.what.startsWith('No STARTTLS') ? OF_VERSION_5 : [],
      );
      expectCertificates(foreign, own, version);
    }
  }

  /** Version 5 asks for one certificate of several. */
  function expectCertificates(foreign: ForeignEndpoint, own: EndpointRecord, version: string) {
    const chains = own.chains.length;
    expect(foreign.chains).toHaveLength(version.startsWith('5.') ? Math.min(1, chains) : chains);
  }
});

/** It does not look whether STARTTLS is offered, and takes the refusal. */
const OF_VERSION_5 = ['outcome: error, we say no_starttls'];
