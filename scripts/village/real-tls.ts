/** A villager with a real TLS stack: OpenSSL through node:tls, configured exactly as its spec says. */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type SecureVersion,
  TLSSocket,
} from 'node:tls';
import { certificateEntry, certificatePem, keyPem } from './certificates.ts';
import type { RealTlsSpec } from './endpoint-spec.ts';
import { dhParametersPem } from './primes.ts';
import { villageSuite } from './suites.ts';

/** The context of a spec. Throws where this Node's OpenSSL lacks something that the spec names. */
export function secureContextOf(spec: RealTlsSpec): SecureContext {
  return withoutWarnings(() => createSecureContext(contextOptions(spec)));
}

function contextOptions(spec: RealTlsSpec): SecureContextOptions {
  return {
    cert: spec.chains.map((chain) => chain.map(certificatePem).join('')),
    key: spec.chains.map((chain) => keyPem(certificateEntry(chain[0]!).key)),
    minVersion: versionName(spec.versions.at(0)!),
    maxVersion: versionName(spec.versions.at(-1)!),
    secureOptions: gaps(spec.versions),
    ciphers: cipherString(spec.suites),
    honorCipherOrder: spec.preference === 'server',
    ecdhCurve: spec.groups.map((group) => group.openssl_name).join(':'),
    ...(spec.dh ? { dhparam: dhParametersPem(spec.dh) } : {}),
  };
}

/** Node warns of each 1024-bit prime; here they are the point. */
function withoutWarnings<T>(make: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return make();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Takes over `socket` as the server of a TLS handshake; `secured` gets the encrypted stream. */
export function startRealTls(
  socket: Socket,
  secureContext: SecureContext,
  secured: (stream: TLSSocket) => void,
): void {
  const stream = new TLSSocket(socket, { isServer: true, secureContext, requestCert: false });
  // A client that leaves in mid handshake is what a scanner does; it is no event here.
  stream.on('error', () => socket.destroy());
  stream.once('secure', () => secured(stream));
}

/** SHA-1, short keys and TLS 1.0 need security level 0. OpenSSL wants one suite below TLS 1.3 named in any case. */
function cipherString(suites: readonly number[]): string {
  const names = suites.map((code) => {
    const name = villageSuite(code).openssl_name;
    if (!name) throw new Error(`suite ${code} is for legacy peers only`);
    return name;
  });
  const dummy = names.some((name) => !name.startsWith('TLS_')) ? [] : ['AES128-SHA'];
  return [...names, ...dummy, '@SECLEVEL=0'].join(':');
}

/** Options that switch off versions between the lowest and the highest. */
function gaps(versions: readonly number[]): number {
  let options = 0;
  if (!versions.includes(0x0302)) options |= constants.SSL_OP_NO_TLSv1_1;
  if (!versions.includes(0x0303)) options |= constants.SSL_OP_NO_TLSv1_2;
  return options;
}

function versionName(version: number): SecureVersion {
  const name = VERSION_NAMES[version];
  if (!name) throw new Error(`node:tls does not speak version ${version}`);
  return name;
}

const VERSION_NAMES: Readonly<Record<number, SecureVersion>> = {
  769: 'TLSv1',
  770: 'TLSv1.1',
  771: 'TLSv1.2',
  772: 'TLSv1.3',
};
