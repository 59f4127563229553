/** The wire codec: each message by itself, and whole answers through FlightReader. */
import { ByteReader } from '../../pipeline/base/byte-reader.ts';
import { ByteWriter } from '../../pipeline/base/byte-writer.ts';
import { DecodeError } from '../../pipeline/base/errors.ts';
import { toHex } from '../../pipeline/base/hex.ts';
import { readAlert, writeAlert } from '../../pipeline/tls/alert.ts';
import { readCertificate, writeCertificate } from '../../pipeline/tls/certificate.ts';
import { readCertificateRequest, writeCertificateRequest } from '../../pipeline/tls/certificate-request.ts';
import { readCertificateStatus, writeCertificateStatus } from '../../pipeline/tls/certificate-status.ts';
import { readCertificateVerify, writeCertificateVerify } from '../../pipeline/tls/certificate-verify.ts';
import { readClientHello, writeClientHello } from '../../pipeline/tls/client-hello.ts';
import { readEcKey, writeEcKey } from '../../pipeline/tls/ec-key.ts';
import { FlightReader, type ServerAnswer, SSL2, TLS1_0, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { readNewSessionTicket, writeNewSessionTicket } from '../../pipeline/tls/new-session-ticket.ts';
import { MAX_FRAGMENT_BYTES, readRecord, writeRecord } from '../../pipeline/tls/record.ts';
import { readServerHello, writeServerHello } from '../../pipeline/tls/server-hello.ts';
import { readServerKeyExchange, writeServerKeyExchange } from '../../pipeline/tls/server-key-exchange.ts';
import { readSsl2ClientHello, writeSsl2ClientHello } from '../../pipeline/tls/ssl2-client-hello.ts';
import { readSsl2Error, writeSsl2Error } from '../../pipeline/tls/ssl2-error.ts';
import { readSsl2Record, writeSsl2Record } from '../../pipeline/tls/ssl2-record.ts';
import { readSsl2ServerHello, writeSsl2ServerHello } from '../../pipeline/tls/ssl2-server-hello.ts';
import { readTls13Certificate, writeTls13Certificate } from '../../pipeline/tls/tls13-certificate.ts';
import { suiteKeyExchange } from '../testing/suite-key-exchange.ts';
import { clientHellos, serverFlights } from './corpus.ts';
import { checkDecoder, chunksOf, expectBounded, expectSame, Fault, type FuzzTarget } from './fuzz-target.ts';
import { protectedFlightTarget } from './protected-target.ts';
import { messagesIn } from './tls-messages.ts';

/** All of them. */
export function tlsTargets(): FuzzTarget[] {
  const flights = serverFlights();
  const messages = messagesIn([...flights, ...clientHellos()]);
  const each = MESSAGES.map(({ name, kind, read, write }) => ({
    name,
    seeds: messages.get(kind) ?? [],
    words: WORDS,
    check: (bytes: Uint8Array) => checkMessage(bytes, read, write),
  }));
  const whole = [SSL2, TLS1_2, TLS1_3].map((version) => ({
    name: `flight-${version.toString(16)}`,
    seeds: flights,
    words: WORDS,
    check: (bytes: Uint8Array) => checkFlight(version, bytes),
  }));
  return [...each, ...whole, protectedFlightTarget()];
}

/** What was read says the same when it is written and read again. */
function checkMessage<T>(
  bytes: Uint8Array,
  read: (reader: ByteReader) => T,
  write: (writer: ByteWriter, value: T) => void,
): string {
  return checkDecoder(bytes, (input) => {
    const value = read(new ByteReader(input));
    const writer = new ByteWriter();
    write(writer, value);
    expectSame('written and read again', shown(value), shown(read(new ByteReader(writer.finish()))));
    return value;
  });
}

function checkFlight(version: number, bytes: Uint8Array): string {
  const whole = outcome(version, [bytes]);
  expectSame('in chunks', whole.said, outcome(version, chunksOf(bytes)).said);
  if (bytes.length < 1000) {
    expectSame(
      'byte by byte',
      whole.said,
      outcome(
        version,
        [...bytes].map((byte) => Uint8Array.of(byte)),
      ).said,
    );
  }
  const { recorded } = whole;
  if (toHex(bytes.subarray(0, recorded.length)) !== toHex(recorded))
    throw new Fault('other bytes were recorded');
  expectSame('as recorded', whole.said, outcome(version, [recorded]).said);
  return whole.signature;
}

interface Outcome {
  said: string;
  signature: string;
  recorded: Uint8Array;
}

function outcome(version: number, chunks: readonly Uint8Array[]): Outcome {
  const offer = { version, cipher_suites: [], random: new Uint8Array(32), named_groups: [] };
  const reader = new FlightReader(offer, suiteKeyExchange, true);
  try {
    for (const chunk of chunks) reader.push(chunk);
    const answer = reader.end();
    expectBounded(
      answer,
      chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    );
    return { said: shown(answer), signature: signatureOf(answer), recorded: reader.recorded };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { said: error.message, signature: error.what, recorded: reader.recorded };
  }
}

function signatureOf(answer: ServerAnswer): string {
  if (answer.kind !== 'server_hello') return answer.kind;
  const { broken_by, ephemeral_key, certificates, complete, version } = answer;
  const why = broken_by?.replaceAll(/\d+|[0-9a-f]{4,}.*/g, '') ?? '';
  return `${version} ${complete} ${ephemeral_key?.kind} ${Math.min(certificates.length, 3)} ${why}`;
}

/** One line, bytes as hexadecimal. */
function shown(value: unknown): string {
  return JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? toHex(part) : part));
}

interface Message {
  name: string;
  /** Which real messages it begins with. */
  kind: string;
  read: (reader: ByteReader) => unknown;
  write: (writer: ByteWriter, value: unknown) => void;
}

function message<T>(
  name: string,
  kind: string,
  read: (reader: ByteReader) => T,
  write: (writer: ByteWriter, value: T) => void,
): Message {
  return { name, kind, read, write: (writer, value) => write(writer, value as T) };
}

const keyExchange = (key_exchange: string, version: number) =>
  message(
    `server-key-exchange-${key_exchange.toLowerCase()}-${version.toString(16)}`,
    'handshake 12',
    (reader) =>
      readServerKeyExchange(reader, version, { key_exchange, authentication: 'RSA', export: false }),
    writeServerKeyExchange,
  );

const certificateRequest = (version: number) =>
  message(
    `certificate-request-${version.toString(16)}`,
    'handshake 13',
    (reader) => readCertificateRequest(reader, version),
    writeCertificateRequest,
  );

const MESSAGES: readonly Message[] = [
  message('record', 'record', readRecord, writeRecordWithin),
  message('alert', 'alert', readAlert, writeAlert),
  message('client-hello', 'handshake 1', readClientHello, writeClientHello),
  message('server-hello', 'handshake 2', readServerHello, writeServerHello),
  message('new-session-ticket', 'handshake 4', readNewSessionTicket, writeNewSessionTicket),
  message('certificate', 'handshake 11', readCertificate, writeCertificate),
  ...['DHE', 'ECDHE', 'RSA', 'DH_anon', 'ECDHE_PSK'].flatMap((kind) => [
    keyExchange(kind, TLS1_0),
    keyExchange(kind, TLS1_2),
  ]),
  message('ec-key', 'handshake 12', readEcKey, writeEcKey),
  certificateRequest(TLS1_0),
  certificateRequest(TLS1_2),
  message('certificate-status', 'handshake 22', readCertificateStatus, writeCertificateStatus),
  message('tls13-certificate', 'handshake 11', readTls13Certificate, writeTls13Certificate),
  message('certificate-verify', 'handshake 12', readCertificateVerify, writeCertificateVerify),
  message('ssl2-record', 'ssl2 record', (reader) => readSsl2Record(reader).rest(), writeSsl2Record),
  message('ssl2-client-hello', 'ssl2 1', readSsl2ClientHello, writeSsl2ClientHello),
  message('ssl2-server-hello', 'ssl2 4', readSsl2ServerHello, writeSsl2ServerHello),
  message('ssl2-error', 'ssl2 0', readSsl2Error, writeSsl2Error),
];

/** A reader takes longer fragments than a writer makes. */
function writeRecordWithin(writer: ByteWriter, record: ReturnType<typeof readRecord>): void {
  if (record.fragment.length <= MAX_FRAGMENT_BYTES) writeRecord(writer, record);
  else writer.u8(record.content_type).u16(record.version).u16(record.fragment.length).bytes(record.fragment);
}

const WORDS: readonly Uint8Array[] = [
  ...[
    '160303',
    '150303',
    '140303000101',
    '170303',
    '0e000000',
    '00000000',
    '15030300020170',
    '15030300020228',
  ],
  ...['002b00020304', '003300020017', '00330024001d0020', '030017', '03001d', '010102', '8004', '8080'],
].map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));
