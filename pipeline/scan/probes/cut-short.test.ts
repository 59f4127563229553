/** Probes that are cut short, by a budget or by a server that is tired of us, leave things open: they never say no for it. */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { EndpointFacts, EndpointRecord } from '../../formats/raw-record.ts';
import { local, scanOne } from '../testing/scan-local.ts';
import { type LocalServer, tcpServer, withServer } from '../testing/servers.ts';
import { rsaServer } from './probed.fixture.ts';

const PROBES = [
  ...['tls13-groups', 'tls12-groups', 'suite-preferences', 'fallback-scsv', 'version-tolerance'],
  ...['chains-by-name', 'signature-schemes', 'fingerprint'],
];
/** So that the search for suites is over soon: TLS 1.2, then 1.3. */
const SUITES = new Map([
  [0x0303, [0xc02f, 0xc030, 0x009c]],
  [0x0304, [0x1301, 0x1302]],
]);
const OPTIONS = { probes: PROBES, suites: SUITES };
const SEARCH = 3 + 1 + 2;

const server = () => rsaServer({ dhparam: 'auto', minVersion: 'TLSv1.2' });

/** Passes connections on to `port`, the first `most` of them; the others are closed at once. */
function tired(port: number, most: number): Promise<LocalServer> {
  return tcpServer((socket, count) => {
    if (count > most) {
      socket.end('421 too many connections\r\n');
      return;
    }
    const onward = connect(port, '127.0.0.1');
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  });
}

/** Everything that `cut` says stands in `full`, too. */
function expectPartOf(cut: EndpointRecord, full: EndpointRecord): void {
  for (const [name, value] of Object.entries(cut.facts) as [keyof EndpointFacts, unknown][]) {
    if (Array.isArray(value))
      expect(full.facts[name], name).toEqual(expect.arrayContaining(value.filter(isTold)));
    else if (value !== null) expect(value, name).toEqual(full.facts[name]);
  }
  for (const list of ['groups', 'signature_schemes'] as const) {
    for (const counts of cut[list]) {
      const whole = full[list].find(({ version }) => version === counts.version)!;
      expect(whole.accepted).toEqual(expect.arrayContaining(counts.accepted));
      expect(counts.rejected).toBeLessThanOrEqual(whole.rejected);
      expect(counts.accepted.length + counts.rejected + counts.errors).toBe(counts.offered);
    }
  }
}

function isTold(entry: object): boolean {
  return !('by' in entry) || entry.by !== null;
}

test('by the budget of handshakes, wherever it ends', async () => {
  await withServer(server(), async ({ port }) => {
    const target = local(993, port, 'mx.example.org');
    const full = await scanOne(target, OPTIONS);
    expect(full.stop_reason).toBeNull();
    expect(full.facts.fingerprint).not.toBeNull();
    for (let max_handshakes = SEARCH; max_handshakes < full.effort.handshakes; max_handshakes += 3) {
      const cut = await scanOne(target, { ...OPTIONS, max_handshakes });
      expect(cut.effort.handshakes).toBe(max_handshakes);
      expect(cut.stop_reason).toBe('handshake_budget');
      expectPartOf(cut, full);
      expect(cut.facts.fingerprint).toBeNull();
    }
  });
});

test('by a server that lets in no more connections', async () => {
  await withServer(server(), async ({ port }) => {
    const target = (connect_port: number) => local(993, connect_port, 'mx.example.org');
    const full = await scanOne(target(port), OPTIONS);
    for (let most = SEARCH; most < full.effort.handshakes; most += 5) {
      const cut = await withServer(tired(port, most), (door) => scanOne(target(door.port), OPTIONS));
      expectPartOf(cut, full);
      expect(cut.facts.fingerprint).toBeNull();
    }
  });
});
