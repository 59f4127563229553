/** For the probes' tests: servers with Node's TLS stack, servers from a script that read the hello, and scans of both. */
import type { TlsOptions } from 'node:tls';
import { flightOf, messageOf, serverHelloOf } from '../../../scripts/testing/wire.ts';
import { certificateEntry, certificatePem, keyPem } from '../../../scripts/village/certificates.ts';
import { ByteReader } from '../../base/byte-reader.ts';
import { ByteWriter } from '../../base/byte-writer.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { type ClientHello, readClientHello } from '../../tls/client-hello.ts';
import { SERVER_HELLO_DONE, SERVER_KEY_EXCHANGE } from '../../tls/handshake-types.ts';
import type { EphemeralKey } from '../../tls/index.ts';
import { writeServerKeyExchange } from '../../tls/server-key-exchange.ts';
import { readUint16List } from '../../tls/uint16-list.ts';
import type { ScanOptions } from '../index.ts';
import { local, scanOne } from '../testing/scan-local.ts';
import { ALERT_40 } from '../testing/scripted-tls.ts';
import { type LocalServer, tcpServer, tlsServer, withServer } from '../testing/servers.ts';

/** A certificate of the village with its key. */
export function identity(name: string): Pick<TlsOptions, 'cert' | 'key'> {
  return { cert: certificatePem(name), key: keyPem(certificateEntry(name).key) };
}

/** Node's TLS stack with a 2048-bit RSA key, and without OpenSSL's own ideas of what is secure. */
export function rsaServer(options: TlsOptions = {}): Promise<LocalServer> {
  const { ciphers = 'DEFAULT', ...more } = options;
  return tlsServer({ ...identity('dovecot-localhost'), ciphers: `${ciphers}:@SECLEVEL=0`, ...more });
}

/** The record of a scan with these probes; the server is closed after it. */
export function scanned(
  starting: Promise<LocalServer>,
  probes: readonly string[],
  overrides: Partial<ScanOptions> = {},
  host?: string,
): Promise<EndpointRecord> {
  return withServer(starting, ({ port }) => scanOne(local(993, port, host), { probes, ...overrides }));
}

/** Answers each TLS hello with the bytes that `answer` says, or with handshake_failure; then it closes. */
export function scripted(answer: (hello: Hello) => Uint8Array | null): Promise<LocalServer> {
  return tcpServer((socket) => {
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes[0] !== HANDSHAKE) socket.end(ALERT_40);
      else if (bytes.length >= 5 + bytes.readUInt16BE(3)) socket.end(answer(readHello(bytes)) ?? ALERT_40);
    });
  });
}

export interface Hello extends ClientHello {
  groups: number[];
  length: number;
}

/** A flight of TLS 1.2 with this suite and key, signed with a scheme of no interest unless told otherwise. */
export function keyFlight(cipher_suite: number, ephemeral_key: EphemeralKey, scheme = 0x0401): Uint8Array {
  const writer = new ByteWriter();
  writeServerKeyExchange(writer, {
    psk_identity_hint: null,
    ephemeral_key,
    signature_scheme: scheme,
    signature: new Uint8Array(8),
    unread: new Uint8Array(0),
  });
  const messages = [messageOf(SERVER_KEY_EXCHANGE, writer.finish()), messageOf(SERVER_HELLO_DONE)];
  return flightOf(serverHelloOf({ cipher_suite }), ...messages);
}

/** Only these suites of TLS 1.2 are offered. */
export function tls12(...suites: number[]): Pick<ScanOptions, 'suites'> {
  return { suites: new Map([[0x0303, suites]]) };
}

function readHello(bytes: Buffer): Hello {
  const hello = readClientHello(new ByteReader(bytes.subarray(9)));
  const groups = hello.extensions?.find(({ type }) => type === 10)?.data;
  const list = groups ? readUint16List(new ByteReader(groups), 'groups') : [];
  return { ...hello, groups: [...list], length: bytes.length };
}

const HANDSHAKE = 22;
