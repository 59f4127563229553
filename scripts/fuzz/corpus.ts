/**
 * Real bytes to begin with: recorded flights and hellos (pipeline/tls/samples), certificates (pipeline/x509/samples),
 * and, where the shared captures are there, a few flights of each server and the words it said before TLS.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex } from '../../pipeline/base/hex.ts';
import { packageRoot } from '../../pipeline/base/package-root.ts';
import { readCaptures, tlsPart } from '../testing/captures.ts';
import { flightSamples } from '../testing/flight-samples.ts';
import { sharedFolder } from '../testing/shared-data.ts';

const FLIGHTS_OF_A_SERVER = 12;
const CAPTURES = [
  'openssl-1.0.2-imaps',
  'openssl-1.0.2-pop3',
  'postfix-3.7-smtp',
  'dovecot-2.3-imap',
  'jdk-17-imaps',
];

/** What servers said to hellos, from the first byte of TLS on, at most 20,000 bytes each. */
export function serverFlights(): Uint8Array[] {
  return [...flightSamples().map(({ server }) => server), ...captured(({ server }) => server)];
}

/** Hellos of clients. */
export function clientHellos(): Uint8Array[] {
  return [...flightSamples().map(({ client }) => client), ...captured(({ client }) => client)];
}

export function certificates(): Uint8Array[] {
  const folder = join(packageRoot, 'pipeline/x509/samples');
  const files = readdirSync(folder).filter((file) => file.endsWith('.der'));
  return files.map((file) => new Uint8Array(readFileSync(join(folder, file))));
}

/** What a server said before TLS, all at once, with our tags for IMAP. */
export function capturedWords(name: string, protocol: 'smtp' | 'pop3' | 'imap'): Uint8Array[] {
  const folder = sharedFolder('captures');
  if (folder === undefined) return [];
  const words = readCaptures(folder, name).map(({ exchange }) => {
    const hello = exchange.findIndex(({ from, hex }) => from === 'client' && /^(1603|8...01)/.test(hex));
    const said = exchange.slice(0, Math.max(0, hello)).filter(({ from }) => from === 'server');
    const text = said.map(({ hex }) => Buffer.from(fromHex(hex)).toString('latin1')).join('');
    return protocol === 'imap' ? text.replace(/^\. OK/m, 'a2 OK') : text;
  });
  return [...new Set(words)].filter((text) => text !== '').map((text) => Buffer.from(text, 'latin1'));
}

function captured(side: (part: ReturnType<typeof tlsPart>) => Uint8Array): Uint8Array[] {
  const folder = sharedFolder('captures');
  if (folder === undefined) return [];
  return CAPTURES.flatMap((name) => {
    const all = readCaptures(folder, name).map((capture) => side(tlsPart(capture)));
    const said = all.filter((bytes) => bytes.length > 0);
    const step = Math.max(1, Math.floor(said.length / FLIGHTS_OF_A_SERVER));
    return said.filter((_, index) => index % step === 0).map((bytes) => bytes.subarray(0, 20_000));
  });
}
