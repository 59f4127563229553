/**
 * The certificate chain of a TLS 1.3 endpoint, which comes encrypted: node:tls finishes the handshake for it.
 * node:tls gives the chain by issuer links, so certificates that belong to no link are left out. Nothing is verified.
 */
import { type ConnectionOptions, connect, type PeerCertificate } from 'node:tls';
import type { MailConnection } from './connection.ts';
import { suiteOf } from './offer-lists.ts';
import type { EndpointSession } from './session.ts';

/** Longer chains are cut: none that a client would follow has as many. */
const CHAIN_LIMIT = 10;

/**
 * DER, leaf first; undefined where the handshake failed or `suite` is none that node:tls has. `onHello` is called when
 * a handshake begins, however it ends.
 */
export async function fetchChain(
  session: EndpointSession,
  suite: number,
  onHello: () => void,
): Promise<Uint8Array[] | undefined> {
  const name = suiteOf(suite)?.name;
  if (name === undefined || !NODE_SUITES.has(name) || session.stopped) return undefined;
  const { connection, failure } = await session.open();
  try {
    if (failure) return undefined;
    onHello();
    return await finishHandshake(
      connection,
      { ...OPTIONS, ...names(session), ciphers: `${name}:ALL:@SECLEVEL=0` },
      session,
    );
  } finally {
    session.release(connection);
  }
}

function names(session: EndpointSession): ConnectionOptions {
  const { host } = session.endpoint;
  return host === null ? {} : { servername: host.replace(/\.$/, '') };
}

function finishHandshake(
  connection: MailConnection,
  options: ConnectionOptions,
  session: EndpointSession,
): Promise<Uint8Array[] | undefined> {
  const { read_ms } = session.context.options.timeouts;
  return new Promise((resolve) => {
    const socket = connect({ ...options, socket: connection.detach() });
    const timer = setTimeout(() => socket.destroy(), 2 * read_ms);
    socket.once('secureConnect', () => {
      resolve(linked(socket.getPeerCertificate(true)));
      socket.destroy();
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}

function linked(leaf: PeerCertificate & { issuerCertificate?: PeerCertificate }): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let current: typeof leaf | undefined = leaf;
  while (current?.raw && chain.length < CHAIN_LIMIT) {
    chain.push(current.raw);
    const issuer: typeof leaf | undefined = current.issuerCertificate;
    current = issuer === current || issuer?.fingerprint256 === current.fingerprint256 ? undefined : issuer;
  }
  return chain;
}

const OPTIONS: ConnectionOptions = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined,
  // No root store: node:tls would add its own issuers to what the server sent.
  ca: [],
};

const NODE_SUITES: ReadonlySet<string> = new Set([
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'TLS_AES_128_CCM_8_SHA256',
]);
