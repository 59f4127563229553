/** Whole conversations to their parts: records, handshake messages by type, alerts, SSLv2's. What can't be split is left out. */
import { ByteReader } from '../../pipeline/base/byte-reader.ts';
import { DecodeError } from '../../pipeline/base/errors.ts';
import { ALERT, CHANGE_CIPHER_SPEC, HANDSHAKE } from '../../pipeline/tls/content-types.ts';
import { readHandshake } from '../../pipeline/tls/handshake.ts';
import { readRecord } from '../../pipeline/tls/record.ts';
import { readSsl2Record } from '../../pipeline/tls/ssl2-record.ts';
import { concatBytes } from './concat-bytes.ts';

/** Distinct ones of each kind: `record`, `alert`, `handshake 2`, `ssl2 record`, `ssl2 4`. At most 30 of a kind. */
export function messagesIn(streams: readonly Uint8Array[]): Map<string, Uint8Array[]> {
  const found = new Map<string, Map<string, Uint8Array>>();
  const add = (kind: string, bytes: Uint8Array) => {
    const known = found.get(kind) ?? new Map<string, Uint8Array>();
    if (known.size < MOST) known.set(Buffer.from(bytes).toString('latin1'), bytes);
    found.set(kind, known);
  };
  for (const stream of streams) quietly(() => (isSsl2(stream) ? splitSsl2 : splitTls)(stream, add));
  return new Map([...found].map(([kind, known]) => [kind, [...known.values()]]));
}

type Add = (kind: string, bytes: Uint8Array) => void;

function splitSsl2(stream: Uint8Array, add: Add): void {
  add('ssl2 record', stream);
  const body = readSsl2Record(new ByteReader(stream)).rest();
  add(`ssl2 ${body[0]}`, body);
}

/** Up to the first record that is encrypted. */
function splitTls(stream: Uint8Array, add: Add): void {
  const reader = new ByteReader(stream);
  let handshake: Uint8Array = new Uint8Array(0);
  while (reader.remaining > 0) {
    const start = reader.offset;
    const { content_type, fragment } = readRecord(reader);
    if (content_type === CHANGE_CIPHER_SPEC) break;
    add('record', stream.subarray(start, reader.offset));
    if (content_type === ALERT) add('alert', fragment);
    if (content_type === HANDSHAKE) handshake = concatBytes(handshake, fragment);
  }
  const messages = new ByteReader(handshake);
  while (messages.remaining > 0) {
    const { type, body } = readHandshake(messages);
    add(`handshake ${type}`, body.rest());
  }
}

function isSsl2(stream: Uint8Array): boolean {
  return (stream[0]! & 0x80) !== 0;
}

function quietly(split: () => void): void {
  try {
    split();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
}

const MOST = 30;
