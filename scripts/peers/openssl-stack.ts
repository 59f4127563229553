/** OpenSSL 3.0 as a stack: `openssl s_server` in three configurations, and `openssl s_client` for the truth. */
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import type { TlsConfiguration } from './expected-answers.ts';
import { missingOpenssl } from './openssl.ts';
import { askOpenssl } from './openssl-client.ts';
import { startOpensslServer } from './openssl-server.ts';
import type { StackKeys, StackPeer } from './stack-peer.ts';

export const opensslPeer: StackPeer = {
  name: 'OpenSSL',
  missing: missingOpenssl,
  configurations: ['modern', 'old', 'odd'],
  takesNames: true,
  start: (configuration, keys) => {
    const { key, leaf } = keys.rsa;
    const named = ['-servername', 'mx.test', '-servername_fatal', '-cert2', leaf, '-key2', key];
    if (configuration === 'named') return startOpensslServer(CONFIGURATIONS['modern']!(keys), named);
    return startOpensslServer(CONFIGURATIONS[configuration]!(keys));
  },
  ask: ({ port }) => askOpenssl(port, ['-tls1', '-tls1_1', '-tls1_2', '-tls1_3']),
};

const CONFIGURATIONS: Record<string, (keys: StackKeys) => TlsConfiguration> = {
  modern: ({ rsa, ecdsa }) => ({
    ...{ versions: [TLS1_2, TLS1_3], ciphers: 'DEFAULT', security_level: 2 },
    ...{ keys: [rsa, ecdsa], dh: 'auto', groups: ['X25519', 'P-256'] },
  }),
  old: ({ rsa, ecdsa }) => ({
    ...{ versions: [TLS1_0, TLS1_1, TLS1_2], ciphers: 'ALL:COMPLEMENTOFALL', security_level: 0 },
    ...{ keys: [rsa, ecdsa], dh: 'auto', groups: ['P-256'] },
  }),
  /** TLS 1.1 is on, and there is no suite for it. */
  odd: ({ rsa }) => ({
    ...{ versions: [TLS1_1, TLS1_2, TLS1_3], ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', security_level: 0 },
    ...{ ciphersuites: 'TLS_CHACHA20_POLY1305_SHA256', keys: [rsa], dh: null, groups: ['P-384'] },
  }),
};
