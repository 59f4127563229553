/**
 * TLS 1.3's protected flight: the input is what is inside, sealed here under a known secret (RFC 8446, 5.2 and 7.3), so
 * that what a server may choose is read, not only refused; and the input as records that were never sealed.
 */
import { createCipheriv, createHmac } from 'node:crypto';
import { ByteWriter } from '../../pipeline/base/byte-writer.ts';
import { writeCertificateVerify } from '../../pipeline/tls/certificate-verify.ts';
import { APPLICATION_DATA, HANDSHAKE } from '../../pipeline/tls/content-types.ts';
import { writeHandshake } from '../../pipeline/tls/handshake.ts';
import * as types from '../../pipeline/tls/handshake-types.ts';
import { readProtectedFlight } from '../../pipeline/tls/protected-flight.ts';
import { writeTls13Certificate } from '../../pipeline/tls/tls13-certificate.ts';
import { concatBytes } from './concat-bytes.ts';
import { certificates } from './corpus.ts';
import { chunksOf, expectBounded, type FuzzTarget } from './fuzz-target.ts';

export function protectedFlightTarget(): FuzzTarget {
  return {
    name: 'protected-flight',
    seeds: certificates().slice(0, 6).map(flightWith),
    words: ['0b', '08000002', '0f000004', '14000000', '000000', '0804', '0403'].map((hex) =>
      Buffer.from(hex, 'hex'),
    ),
    check: (bytes) => {
      const sealed = concatBytes(...chunksOf(bytes).map(seal));
      return `${taken(bytes)}, ${taken(sealed)}`;
    },
  };
}

/** What broke the flight off, without its place; nothing a server says throws. */
function taken(records: Uint8Array): string {
  const flight = readProtectedFlight(records, SUITE, SECRET)!;
  expectBounded(flight, records.length);
  const shown = flight.certificates === null ? 'no chain' : 'a chain';
  return `${flight.broken_by?.split(/ at byte | \(/)[0] ?? 'whole'}, ${shown}`;
}

function flightWith(der: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writeHandshake(writer, types.ENCRYPTED_EXTENSIONS, (body) => body.u16(0));
  writeHandshake(writer, types.CERTIFICATE, (body) => writeTls13Certificate(body, [der, der]));
  writeHandshake(writer, types.CERTIFICATE_VERIFY, (body) =>
    writeCertificateVerify(body, { algorithm: 0x0804, signature: der.subarray(0, 64) }),
  );
  writeHandshake(writer, types.FINISHED, (body) => body.bytes(new Uint8Array(32)));
  return writer.finish();
}

/** The record with number `sequence`. */
function seal(fragment: Uint8Array, sequence: number): Uint8Array {
  const content = fragment.subarray(0, 16_384);
  const header = Buffer.of(APPLICATION_DATA, 3, 3, 0, 0);
  header.writeUInt16BE(content.length + 1 + 16, 3);
  const nonce = Buffer.from(IV);
  nonce[11]! ^= sequence;
  const cipher = createCipheriv('aes-128-gcm', KEY, nonce);
  cipher.setAAD(header);
  const body = [cipher.update(content), cipher.update(Uint8Array.of(HANDSHAKE)), cipher.final()];
  return concatBytes(header, ...body, cipher.getAuthTag());
}

function expandLabel(label: string, length: number): Buffer {
  const full = `tls13 ${label}`;
  const info = Buffer.concat([Buffer.of(0, length, full.length), Buffer.from(full), Buffer.of(0, 1)]);
  return createHmac('sha256', SECRET).update(info).digest().subarray(0, length);
}

/** TLS_AES_128_GCM_SHA256. */
const SUITE = 0x1301;
const SECRET = new Uint8Array(32).fill(5);
const KEY = expandLabel('key', 16);
const IV = expandLabel('iv', 12);
