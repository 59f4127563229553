/**
 * Stacks behind Java's interface: JSSE of the JDK, and Bouncy Castle's. One program is both server and client; it says what its
 * own client finished a handshake with before it listens.
 */
import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { answersIn, missingJava, startJsseServer } from './jsse-server.ts';
import { acceptedOf, type StackPeer } from './stack-peer.ts';

export const jssePeer = javaPeer('JSSE', missingJava, []);

export const bouncyCastlePeer = javaPeer('Bouncy Castle', missingBouncyCastle, [
  ...['-cp', 'bctls bcprov bcutil bcpkix'.split(' ').map(jar).join(':')],
  '-Dcensus.providers=org.bouncycastle.jce.provider.BouncyCastleProvider,org.bouncycastle.jsse.provider.BouncyCastleJsseProvider',
]);

function javaPeer(name: string, missing: StackPeer['missing'], options: readonly string[]): StackPeer {
  return {
    ...{ name, missing },
    configurations: ['modern', 'old', 'odd'],
    takesNames: true,
    start: (configuration, { folder, rsa, ecdsa }) =>
      startJsseServer(mkdtempSync(join(folder, 'java-')), {
        ...{ keys: [rsa, ecdsa], dh_size: 2048 },
        groups: ['x25519', 'secp256r1', 'secp384r1', 'ffdhe2048'],
        options: [...options, ...CONFIGURATIONS[configuration]!],
      }),
    ask: async (server) =>
      acceptedOf(answersIn(server.output()).map((one) => [one.version, one.cipher_suite])),
  };
}

function missingBouncyCastle(): string | undefined {
  const there = existsSync(jar('bctls'));
  return (
    missingJava() ?? (there ? undefined : 'Bouncy Castle is not installed (apt-get install libbctls-java)')
  );
}

function jar(name: string): string {
  return `/usr/share/java/${name}.jar`;
}

const CONFIGURATIONS: Record<string, readonly string[]> = {
  modern: ['-Dcensus.modern=true'],
  old: [],
  named: ['-Dcensus.modern=true', '-Dcensus.name=mx[.]test'],
  /** TLS 1.1 is on, and there is no suite for it. */
  odd: ['-Dcensus.versions=TLSv1.1,TLSv1.2', '-Dcensus.suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
};
