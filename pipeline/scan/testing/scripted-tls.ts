/** For tests: servers that answer a hello with bytes from a script, and the sums of what a record says. */
import type { Socket } from 'node:net';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { type LocalServer, tcpServer } from './servers.ts';

/** A fatal handshake_failure. */
export const ALERT_40 = Buffer.from('15030300020228', 'hex');
/** TLS 1.2, TLS_RSA_WITH_AES_128_CBC_SHA, no extensions, then an empty ServerHelloDone. */
export const SERVER_HELLO = Buffer.from(`160303002a020000260303${'00'.repeat(32)}00002f00`, 'hex');
const HELLO_DONE = Buffer.from('16030300040e000000', 'hex');
export const FLIGHT = Buffer.concat([SERVER_HELLO, HELLO_DONE]);

/** The same for any version up to TLS 1.2 and any suite without a ServerKeyExchange that is read. */
export function flightChoosing(version: number, suite: number): Buffer {
  const flight = Buffer.from(FLIGHT);
  for (const at of [1, 9, SERVER_HELLO.length + 1]) flight.writeUInt16BE(version, at);
  flight.writeUInt16BE(suite, SERVER_HELLO.length - 3);
  return flight;
}

const ONLY_TLS1_3 = Buffer.from('002b0003020304', 'hex');

export interface SeenHello {
  version: number;
  /** Of a TLS hello; empty for SSLv2. */
  suites: number[];
  /** 1 for the first connection. */
  count: number;
}

/** Answers each hello with what `act` does; `suites` are those of a TLS hello. */
export const onHello = (act: (socket: Socket, hello: SeenHello) => void): Promise<LocalServer> =>
  tcpServer((socket, count) => socket.once('data', (bytes) => act(socket, { ...readHello(bytes), count })));

/** TLS 1.3 is what supported_versions (RFC 8446, 4.2.1) says, a list of this one alone. */
export function readHello(bytes: Buffer): { version: number; suites: number[] } {
  if (bytes[0] !== 0x16) return { version: 2, suites: [] };
  const list = bytes.subarray(46 - 2 + bytes[43]!, bytes.length);
  const length = list.readUInt16BE(0);
  const suites = Array.from({ length: length / 2 }, (_, index) => list.readUInt16BE(2 + 2 * index));
  return { version: bytes.includes(ONLY_TLS1_3) ? 0x0304 : bytes.readUInt16BE(9), suites };
}

export const totals = (record: EndpointRecord) => ({
  accepted: sum(record, 'accepted'),
  rejected: sum(record, 'rejected'),
  errors: sum(record, 'errors'),
});

export function sum(
  record: EndpointRecord,
  field: 'accepted' | 'rejected' | 'errors' | 'offered' | 'not_tested',
): number {
  return record.versions.reduce((total, counts) => total + counts[field], 0);
}
