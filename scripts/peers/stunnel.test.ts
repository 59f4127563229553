/** Debian's stunnel, which starts TLS for servers that don't know it: what a scan says is what stunnel.conf says. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import { PROBES } from '../../pipeline/scan/index.ts';
import { type LocalScan, local, scanOne } from '../../pipeline/scan/testing/scan-local.ts';
import { tcpServer } from '../../pipeline/scan/testing/servers.ts';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { startCleartextServer } from './cleartext-server.ts';
import { cipherString, expectedAnswers, type TlsConfiguration } from './expected-answers.ts';
import { knownDhParameters, missingOpenssl, NEW_KEYS, selfSignedKey, signedKey } from './openssl.ts';
import type { RunningServer } from './running-server.ts';
import { scannedAnswers, scanPeers, suitesToTry, tls13Chain, unanswered } from './scanned-answers.ts';
import { missingStunnel, type StunnelService, startStunnel } from './stunnel.ts';

describeUnless(missingOpenssl() ?? missingStunnel(), 'stunnel', () => {
  const folder = temporaryFolder('stunnel');
  const backends: Awaited<ReturnType<typeof startCleartextServer>>[] = [];
  let services: StunnelService[];
  let stunnel: RunningServer & { ports: number[] };

  const ports = () => NOMINAL.map((port, index) => ({ port, connect_port: stunnel.ports[index]! }));

  beforeAll(async () => {
    for (const protocol of ['smtp', 'imap', 'pop3'] as const) {
      backends.push(await startCleartextServer(protocol));
    }
    const [smtp, imap, pop3] = backends.map(({ port }) => port);
    const today = asInstalled(folder);
    services = [
      { protocol: 'smtp', backend: smtp!, ...today },
      { protocol: 'imap', backend: imap!, ...narrow(folder) },
      { protocol: 'pop3', backend: pop3!, ...today },
      { protocol: null, backend: smtp!, ...asOld(folder) },
    ];
    stunnel = await startStunnel(folder, services);
  });

  afterAll(async () => {
    await stunnel?.stop();
    for (const backend of backends) backend.close();
  });

  function expectConfigured(scan: LocalScan, index: number, record: EndpointRecord): void {
    const { tls } = services[index]!;
    const expected = expectedAnswers(tls);
    expect(unanswered(record), `service ${index}`).toEqual([]);
    expect(scannedAnswers(scan, record), `service ${index}`).toEqual(expected);
    expect(Object.keys(expected.suites[TLS1_2]!).length).toBeGreaterThan(1);
    if (expected.tls13_groups.length === 0) return;
    expect(tls.keys.map(({ sha256 }) => sha256)).toContainEqual(tls13Chain(record));
  }

  test('adaptive: versions, suites, keys, groups and chains of every port', async () => {
    const scan = await scanPeers(ports(), 'adaptive');
    for (const [index, record] of scan.records.entries()) expectConfigured(scan, index, record);
  });

  // Where it speaks STARTTLS, stunnel waits 200 ms for a client that speaks first: few suites are asked there.
  test('exhaustive: the same', async () => {
    const scans = services.map(async ({ protocol, tls }, index) => {
      const some = { suites: suitesToTry(expectedAnswers(tls), 50) };
      const scan = await scanPeers([ports()[index]!], 'exhaustive', protocol === null ? {} : some);
      expectConfigured(scan, index, scan.records[0]!);
    });
    await Promise.all(scans);
  });

  test('the dialogue before TLS is its own', async () => {
    const scan = await scanPeers(ports(), 'adaptive', { suites: new Map([[TLS1_2, [0xc02f]]]) });
    const [smtp, imap, pop3] = scan.records.map(({ dialogue }) => dialogue);
    for (const dialogue of [smtp!, imap!, pop3!]) {
      expect(dialogue).toMatchObject({ starttls_accepted: true });
      expect(dialogue.banner).toContain('backend.census.invalid');
    }
    expect(smtp).toMatchObject({ starttls_offered: true, capabilities: ['STARTTLS'] });
    expect(imap!.capabilities).toContain('STARTTLS');
  });
});

describeUnless(missingOpenssl() ?? missingStunnel(), 'stunnel before a server of the wrong kind', () => {
  const folder = temporaryFolder('stunnel-wrong');

  test('its greeting is waited for once, whatever else is asked of it', async () => {
    // It waits for a request, as a web server does.
    const backend = await tcpServer((socket) => socket.resume());
    const service = { protocol: null, backend: backend.port, ...asInstalled(folder) };
    const stunnel = await startStunnel(folder, [service]);
    try {
      const timeouts = { connect_ms: 5000, greeting_ms: 5000, read_ms: SILENCE_MS, endpoint_ms: 60_000 };
      const probes = PROBES.map(({ name }) => name);
      const record = await scanOne(local(993, stunnel.ports[0]!), { probes, timeouts });
      expect(record).toMatchObject({ outcome: 'tls', stop_reason: null });
      expect(unanswered(record)).toEqual([]);
      expect(record.secured_dialogue).toMatchObject({
        version: TLS1_3,
        ...{ banner: null, capabilities: null, error_kind: 'banner_timeout' },
      });
      expect(record.facts).toMatchObject({ psk_resumption: true, session_ticket_resumption: true });
      expect(record.duration_ms).toBeLessThan(2 * SILENCE_MS);
    } finally {
      await stunnel.stop();
      await backend.close();
    }
  });
});

/** Far more than all the rest takes. */
const SILENCE_MS = 5000;

/** stunnel(8): `ciphers`, `curves`, `securityLevel` are its own; no finite fields are among the ciphers. */
function asInstalled(folder: string): Pick<StunnelService, 'tls' | 'settings'> {
  const tls: TlsConfiguration = {
    versions: [TLS1_2, TLS1_3],
    ciphers: 'HIGH:!aNULL:!SSLv2:!DH:!kDHEPSK',
    security_level: 2,
    keys: [signedKey(folder, 'rsa', NEW_KEYS.rsa)],
    dh: null,
    groups: ['X25519', 'P-256', 'X448', 'P-521', 'P-384'],
  };
  return { tls, settings: {} };
}

function narrow(folder: string): Pick<StunnelService, 'tls' | 'settings'> {
  const tls: TlsConfiguration = {
    versions: [TLS1_2],
    ciphers: 'AESGCM:!PSK',
    security_level: 1,
    keys: [signedKey(folder, 'ec', NEW_KEYS.ecdsa)],
    dh: null,
    groups: ['P-384'],
  };
  return { tls, settings: { ciphers: cipherString(tls), securityLevel: '1' } };
}

function asOld(folder: string): Pick<StunnelService, 'tls' | 'settings'> {
  const tls: TlsConfiguration = {
    versions: [TLS1_0, TLS1_1, TLS1_2],
    ciphers: 'ALL:COMPLEMENTOFALL',
    security_level: 0,
    keys: [selfSignedKey(folder, 'old', NEW_KEYS.rsa1024)],
    dh: knownDhParameters(folder, 'Postfix 1024-bit', 1024),
    groups: ['P-521'],
  };
  return { tls, settings: { ciphers: cipherString(tls), securityLevel: '0' } };
}

const NOMINAL = [25, 143, 110, 465];
