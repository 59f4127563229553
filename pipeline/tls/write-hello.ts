/**
 * A HelloOffer to bytes on the wire: SSLv2 CLIENT-HELLO, or ClientHello of SSLv3 to TLS 1.3, record headers included.
 * The same offer gives the same bytes. No signalling suite (SCSV) is added but those that the offer names.
 */
import { ByteWriter } from '../base/byte-writer.ts';
import { writeClientHello } from './client-hello.ts';
import { HANDSHAKE } from './content-types.ts';
import { EXTENSION_HEADER_BYTES, type Extension } from './extension-list.ts';
import { PADDING } from './extensions.ts';
import { writeHandshake } from './handshake.ts';
import { CLIENT_HELLO } from './handshake-types.ts';
import { helloExtensions, serverNameBytes } from './hello-extensions.ts';
import type { HelloOffer } from './hello-offer.ts';
import { HelloTemplate, paddingOf } from './hello-template.ts';
import { RECORD_HEADER_BYTES, writeRecords } from './record.ts';
import { writeSsl2ClientHello } from './ssl2-client-hello.ts';
import { writeSsl2Record } from './ssl2-record.ts';
import { SSL2, SSL3, TLS1_0, TLS1_2, TLS1_3 } from './versions.ts';

/** The whole hello, ready to send. A random of a wrong length, or a suite that doesn't fit, throws RangeError. */
export function writeHello(offer: HelloOffer): Uint8Array {
  const least = offer.version === SSL2 ? 16 : 32;
  if (offer.random.length < least || offer.random.length > 32) {
    throw new RangeError(`random of ${offer.random.length} bytes`);
  }
  return cutHello(offer) ?? encodeHello(offer);
}

/** The same, always by the codec. */
export function encodeHello(offer: HelloOffer): Uint8Array {
  const writer = new ByteWriter();
  if (offer.version === SSL2) writeSsl2Record(writer, ssl2Hello(offer));
  else writeRecords(writer, HANDSHAKE, recordVersion(offer.version), paddedHello(offer));
  return writer.finish();
}

/** By a template, which is made where there is none; undefined for hellos that have none. */
function cutHello(offer: HelloOffer): Uint8Array | undefined {
  if (offer.version === SSL2 || offer.version >= TLS1_3 || offer.key_shares) return undefined;
  return templateOf(offer).write(offer, serverNameBytes(offer.server_name));
}

function templateOf(offer: HelloOffer): HelloTemplate {
  for (const template of templates) if (template.fits(offer)) return template;
  const bare: HelloOffer = {
    ...{ ...offer, cipher_suites: [], signalling_suites: [] },
    ...{ server_name: undefined, padded_length: undefined },
  };
  const template = new HelloTemplate(offer, encodeHello(bare));
  if (templates.length >= TEMPLATES_KEPT) templates.shift();
  templates.push(template);
  return template;
}

function ssl2Hello(offer: HelloOffer): Uint8Array {
  const writer = new ByteWriter();
  writeSsl2ClientHello(writer, {
    version: SSL2,
    cipher_kinds: offer.cipher_suites,
    session_id: NO_BYTES,
    challenge: offer.random,
  });
  return writer.finish();
}

/** The hello's message, with as much padding as the offer wants. */
function paddedHello(offer: HelloOffer): Uint8Array {
  const extensions = helloExtensions(offer);
  const bare = tlsHello(offer, extensions);
  const padding = paddingOf(offer, RECORD_HEADER_BYTES + bare.length);
  if (padding === 0 || !extensions) return bare;
  const data = new Uint8Array(padding - EXTENSION_HEADER_BYTES);
  return tlsHello(offer, [...extensions, { type: PADDING, data }]);
}

function tlsHello(offer: HelloOffer, extensions: readonly Extension[] | null): Uint8Array {
  const writer = new ByteWriter();
  writeHandshake(writer, CLIENT_HELLO, (body) =>
    writeClientHello(body, {
      version: offer.hello_version ?? Math.min(offer.version, TLS1_2),
      random: offer.random,
      // RFC 8446, D.4: a client in compatibility mode sends a session id, any 32 bytes.
      session_id: offer.version >= TLS1_3 ? offer.random : NO_BYTES,
      cipher_suites: [...offer.cipher_suites, ...(offer.signalling_suites ?? [])],
      compression_methods: Uint8Array.from(offer.compression_methods ?? NULL_COMPRESSION),
      extensions: extensions && [...extensions],
    }),
  );
  return writer.finish();
}

/** RFC 5246, E.1 leaves it open; RFC 8446, 5.1 says 0x0301: what every server has seen from every client. */
function recordVersion(version: number): number {
  return version === SSL3 ? SSL3 : TLS1_0;
}

/** As many shapes of hello as a scan asks with in turn: four versions in two forms, and some probes. */
const TEMPLATES_KEPT = 32;
const templates: HelloTemplate[] = [];

const NO_BYTES = new Uint8Array(0);
const NULL_COMPRESSION: readonly number[] = [0];
