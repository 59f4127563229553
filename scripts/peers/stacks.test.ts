/** Ten TLS stacks, three configurations of each: what a scan accepts is what the stack's own client got, suite by suite. */
import { beforeAll, expect, test } from 'vitest';
import { suitesOfVersion } from '../../pipeline/formats/datasets.ts';
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import { PROBES } from '../../pipeline/scan/index.ts';
import { local, scanOne } from '../../pipeline/scan/testing/scan-local.ts';
import { SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { missingOpenssl, NEW_KEYS, signedKey } from './openssl.ts';
import { scanPeers } from './scanned-answers.ts';
import { type Accepted, acceptedOf, type StackKeys } from './stack-peer.ts';
import { STACK_PEERS } from './stack-peers.ts';

for (const peer of STACK_PEERS) {
  describeUnless(missingOpenssl() ?? peer.missing(), peer.name, () => {
    const folder = temporaryFolder('stack');
    let keys: StackKeys;

    beforeAll(() => {
      const [rsa, ecdsa] = [
        signedKey(folder, 'rsa', NEW_KEYS.rsa),
        signedKey(folder, 'ecdsa', NEW_KEYS.ecdsa),
      ];
      keys = { folder, rsa, ecdsa };
    });

    test('all probes: nothing is left out, and nothing of it changes what is accepted', async () => {
      const server = await peer.start('modern', keys);
      try {
        const truth = await peer.ask(server);
        const [probes, suites] = [PROBES.map(({ name }) => name), offered(truth)];
        const record = await scanOne(local(993, server.port), { probes, suites, timeouts: SILENT_INSIDE });
        expect(record).toMatchObject({ outcome: 'tls', stop_reason: null, error_kind: null });
        expect(scanned(record)).toEqual(truth);
        expect(record.groups.length).toBeGreaterThan(0);
      } finally {
        await server.stop();
      }
    }, 120_000);

    for (const configuration of peer.configurations) {
      test(`${configuration}: adaptive = exhaustive = its own client`, async () => {
        const server = await peer.start(configuration, keys);
        try {
          const truth = await peer.ask(server);
          expect(Object.values(truth).flat().length).toBeGreaterThan(0);
          for (const strategy of ['adaptive', 'exhaustive'] as const) {
            const ports = [{ port: 993, connect_port: server.port }];
            const options = { silent: true, suites: offered(truth) };
            const record = (await scanPeers(ports, strategy, options)).records[0]!;
            expect({ strategy, ...scanned(record) }).toEqual({ strategy, ...truth });
            const unknown = OTHER_ALERTS.get(`${peer.name} ${configuration}, ${strategy}`) ?? [];
            expect({ strategy, unknown: unknownVersions(record) }).toEqual({ strategy, unknown });
          }
        } finally {
          await server.stop();
        }
      }, 300_000);
    }
  });
}

/**
 * All suites of each version, and what the stack takes outside the versions that the registry has a suite for: Mbed TLS and wolfSSL
 * serve suites of RFC 5289 and 6367 at TLS 1.0 and 1.1. Without those of a secret, which no client here has.
 */
function offered(truth: Accepted): Map<number, number[]> {
  return new Map(
    VERSIONS.map((version) => {
      const codes = suitesOfVersion(version)
        .filter(({ name }) => !/PSK|SRP|KRB5/.test(name))
        .map(({ code }) => code);
      return [version, [...new Set([...codes, ...(truth[version] ?? [])])]];
    }),
  );
}

function scanned(record: EndpointRecord): Accepted {
  const accepted = record.handshakes.filter(({ outcome }) => outcome === 'accepted');
  return acceptedOf(accepted.map(({ version, cipher_suite }) => [version, cipher_suite!]));
}

/** Versions with questions that got no clear answer, and why. */
function unknownVersions({ versions, handshakes }: EndpointRecord): string[] {
  const open = versions.filter(({ errors, not_tested }) => errors + not_tested > 0);
  return open.map(({ version, not_tested }) => {
    const failed = handshakes.filter((one) => one.version === version && one.outcome === 'error');
    const kinds = [...new Set(failed.map(({ error_kind }) => error_kind))];
    return `${version}: ${kinds.join()}${not_tested > 0 ? ', not tested' : ''}`;
  });
}

/** Those that say no by an alert which is not about suites (docs/refusals-of-stacks.md): access_denied (beside
 * handshake_failure to a hello without extensions), internal_error. */
const OTHER_ALERTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['rustls modern, adaptive', [`${TLS1_2}: transient_alert`, `${TLS1_3}: other_alert`]],
  // Without a control of so many suites it is not asked without extensions.
  ['rustls modern, exhaustive', [`${TLS1_2}: other_alert`, `${TLS1_3}: other_alert`]],
  ['Botan odd, adaptive', [`${TLS1_1}: other_alert`]],
  ['Botan odd, exhaustive', [`${TLS1_1}: other_alert`]],
]);

const VERSIONS = [TLS1_2, TLS1_3, TLS1_1, TLS1_0, SSL3, SSL2];

/** No mail server is behind most of them: its greeting is not waited for long. */
const SILENT_INSIDE = { connect_ms: 5000, greeting_ms: 1000, read_ms: 2000, endpoint_ms: 90_000 };
