/** Ten TLS stacks, three configurations of each: what a scan accepts is what the stack's own client got, suite by suite. */
import { beforeAll, expect, test } from 'vitest';
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import { SSL2 } from '../../pipeline/tls/index.ts';
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
      const [rsa, ecdsa] = [signedKey(folder, 'rsa', NEW_KEYS.rsa), signedKey(folder, 'ecdsa', NEW_KEYS.ecdsa)];
      keys = { folder, rsa, ecdsa };
    });

    for (const configuration of peer.configurations) {
      test(`${configuration}: adaptive = exhaustive = its own client`, async () => {
        const server = await peer.start(configuration, keys);
        try {
          const truth = await peer.ask(server);
          expect(Object.values(truth).flat().length).toBeGreaterThan(0);
          for (const strategy of ['adaptive', 'exhaustive'] as const) {
            const ports = [{ port: 993, connect_port: server.port }];
            const record = (await scanPeers(ports, strategy, { silent: true })).records[0]!;
            expect({ strategy, ...scanned(record) }).toEqual({ strategy, ...truth });
            expect({ strategy, unknown: unknownSuites(record) }).toEqual({ strategy, unknown: [] });
          }
        } finally {
          await server.stop();
        }
      }, 300_000);
    }
  });
}

function scanned(record: EndpointRecord): Accepted {
  const accepted = record.handshakes.filter(({ outcome }) => outcome === 'accepted');
  return acceptedOf(accepted.map(({ version, cipher_suite }) => [version, cipher_suite!]));
}

/** Versions with questions that got no clear answer. */
function unknownSuites({ versions }: EndpointRecord): string[] {
  const open = versions.filter(({ version, errors, not_tested }) => version !== SSL2 && errors + not_tested > 0);
  return open.map(({ version, errors, not_tested }) => `${version}: ${errors} errors, ${not_tested} not tested`);
}
