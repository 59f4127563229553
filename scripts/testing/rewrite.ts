/**
 * What a TLS peer sent, read message by message with the codec and written again: a second way through the codec
 * beside FlightReader. Records after the cleartext part of a handshake are counted by content type.
 */
import { ByteReader } from '../../pipeline/base/byte-reader.ts';
import { ByteWriter } from '../../pipeline/base/byte-writer.ts';
import { readAlert, writeAlert } from '../../pipeline/tls/alert.ts';
import { readCertificate, writeCertificate } from '../../pipeline/tls/certificate.ts';
import { readClientHello, writeClientHello } from '../../pipeline/tls/client-hello.ts';
import { ALERT, CHANGE_CIPHER_SPEC, HANDSHAKE } from '../../pipeline/tls/content-types.ts';
import { readHandshake, writeHandshake } from '../../pipeline/tls/handshake.ts';
import * as types from '../../pipeline/tls/handshake-types.ts';
import type { SuiteKeyExchange } from '../../pipeline/tls/index.ts';
import { readNewSessionTicket, writeNewSessionTicket } from '../../pipeline/tls/new-session-ticket.ts';
import { readRecord, writeRecord } from '../../pipeline/tls/record.ts';
import {
  isHelloRetryRequest,
  readServerHello,
  selectedVersion,
  writeServerHello,
} from '../../pipeline/tls/server-hello.ts';
import { readServerKeyExchange, writeServerKeyExchange } from '../../pipeline/tls/server-key-exchange.ts';
import { readSsl2ClientHello, writeSsl2ClientHello } from '../../pipeline/tls/ssl2-client-hello.ts';
import { readSsl2Record, writeSsl2Record } from '../../pipeline/tls/ssl2-record.ts';
import { readSsl2ServerHello, writeSsl2ServerHello } from '../../pipeline/tls/ssl2-server-hello.ts';

export interface Rewritten {
  /** What was read: `handshake 2`, `alert`, `ssl2 4`, `encrypted 23`; for an encrypted one the record only. */
  kind: string;
  original: Uint8Array;
  rewritten: Uint8Array;
}

type KeyExchangeOf = (cipherSuite: number) => SuiteKeyExchange | undefined;

/** Each message and record of one side of a connection, in order. Throws DecodeError for what the codec can't read. */
export function rewrite(bytes: Uint8Array, keyExchangeOf: KeyExchangeOf): Rewritten[] {
  if (bytes.length === 0) return [];
  return bytes[0]! & 0x80 ? [rewriteSsl2(bytes)] : new TlsRewriter(keyExchangeOf).run(bytes);
}

function rewriteSsl2(bytes: Uint8Array): Rewritten {
  const reader = new ByteReader(bytes);
  const message = readSsl2Record(reader).rest();
  reader.end('SSLv2 messages in cleartext');
  const rewritten = written((writer) => {
    if (message[0] === 1) writeSsl2ClientHello(writer, readSsl2ClientHello(new ByteReader(message)));
    else writeSsl2ServerHello(writer, readSsl2ServerHello(new ByteReader(message)));
  });
  const record = written((writer) => writeSsl2Record(writer, rewritten));
  return { kind: `ssl2 ${message[0]}`, original: bytes, rewritten: record };
}

class TlsRewriter {
  readonly #keyExchangeOf: KeyExchangeOf;
  readonly #out: Rewritten[] = [];
  #version = 0;
  #cipherSuite = 0;
  #encrypted = false;

  constructor(keyExchangeOf: KeyExchangeOf) {
    this.#keyExchangeOf = keyExchangeOf;
  }

  run(bytes: Uint8Array): Rewritten[] {
    const reader = new ByteReader(bytes);
    let pending: Uint8Array = new Uint8Array(0);
    while (reader.remaining > 0) {
      const start = reader.offset;
      const record = readRecord(reader);
      this.#add('record', bytes.subarray(start, reader.offset), (writer) => writeRecord(writer, record));
      if (record.content_type === CHANGE_CIPHER_SPEC) this.#encrypted = true;
      else if (this.#encrypted) this.#out.push(opaque(record.content_type, record.fragment));
      else if (record.content_type === ALERT) this.#alert(record.fragment);
      else if (record.content_type === HANDSHAKE) {
        pending = this.#messages(Buffer.concat([pending, record.fragment]));
      }
    }
    new ByteReader(pending).end('handshake messages');
    return this.#out;
  }

  /** Reads all whole messages; what is left of `bytes`. */
  #messages(bytes: Uint8Array): Uint8Array {
    let left = bytes;
    while (left.length >= 4 && !this.#encrypted) {
      const length = new ByteReader(left.subarray(1, 4)).u24('length');
      if (left.length < 4 + length) break;
      this.#message(left.subarray(0, 4 + length));
      left = left.subarray(4 + length);
    }
    return left;
  }

  #message(original: Uint8Array): void {
    const { type, body } = readHandshake(new ByteReader(original));
    this.#add(`handshake ${type}`, original, (writer) =>
      writeHandshake(writer, type, (inner) => this.#body(type, body, inner)),
    );
  }

  #body(type: number, body: ByteReader, writer: ByteWriter): void {
    if (type === types.CLIENT_HELLO) writeClientHello(writer, readClientHello(body));
    else if (type === types.SERVER_HELLO) this.#serverHello(body, writer);
    else if (type === types.CERTIFICATE) writeCertificate(writer, readCertificate(body));
    else if (type === types.SERVER_KEY_EXCHANGE) {
      const suite = this.#keyExchangeOf(this.#cipherSuite);
      writeServerKeyExchange(writer, readServerKeyExchange(body, this.#version, suite));
    } else if (type === types.NEW_SESSION_TICKET) writeNewSessionTicket(writer, readNewSessionTicket(body));
    else if (type === types.SERVER_HELLO_DONE) body.end('ServerHelloDone');
    else if (type === types.CLIENT_KEY_EXCHANGE) writer.bytes(body.rest());
    else throw new Error(`handshake type ${type} in a capture: not expected by this test`);
  }

  #serverHello(body: ByteReader, writer: ByteWriter): void {
    const hello = readServerHello(body);
    writeServerHello(writer, hello);
    const version = selectedVersion(hello);
    this.#version = version ?? hello.legacy_version;
    this.#cipherSuite = hello.cipher_suite;
    // TLS 1.3 encrypts what comes after a ServerHello, with or without a change_cipher_spec before it.
    this.#encrypted = version !== null && !isHelloRetryRequest(hello);
  }

  #alert(fragment: Uint8Array): void {
    this.#add('alert', fragment, (writer) => writeAlert(writer, readAlert(new ByteReader(fragment))));
  }

  #add(kind: string, original: Uint8Array, write: (writer: ByteWriter) => void): void {
    this.#out.push({ kind, original, rewritten: written(write) });
  }
}

function opaque(contentType: number, fragment: Uint8Array): Rewritten {
  return { kind: `encrypted ${contentType}`, original: fragment, rewritten: fragment };
}

function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return writer.finish();
}
