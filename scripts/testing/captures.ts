/**
 * Recorded conversations of real servers: one gzip file a server, one JSON line a connection, to bytes.
 * Cleartext dialogue before the handshake is cut off; its shape is in the README beside the files.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fromHex } from '../../pipeline/base/hex.ts';

export interface Capture {
  peer: string;
  exchange: { from: 'client' | 'server'; hex: string }[];
}

/** What each side sent from the client's first hello on; both empty where there was none. */
export interface TlsPart {
  client: Uint8Array;
  server: Uint8Array;
}

/** All connections of `NAME.ndjson.gz`. */
export function readCaptures(folder: string, name: string): Capture[] {
  const text = gunzipSync(readFileSync(join(folder, `${name}.ndjson.gz`))).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Capture => JSON.parse(line));
}

export function tlsPart(capture: Capture): TlsPart {
  const start = capture.exchange.findIndex(({ from, hex }) => from === 'client' && HELLO.test(hex));
  const chunks = start < 0 ? [] : capture.exchange.slice(start);
  return { client: bytesFrom(chunks, 'client'), server: bytesFrom(chunks, 'server') };
}

function bytesFrom(chunks: Capture['exchange'], side: 'client' | 'server'): Uint8Array {
  return fromHex(
    chunks
      .filter(({ from }) => from === side)
      .map(({ hex }) => hex)
      .join(''),
  );
}

/** A handshake record, or SSLv2's CLIENT-HELLO in a record with a header of two bytes. */
const HELLO = /^(1603|8...01)/;
