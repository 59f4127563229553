/**
 * A scripted server of the old days: reads one hello, answers as its spec says, then waits for the client to leave.
 * It never finishes a handshake: nothing that a census asks needs more than the server's first flight.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Socket } from 'node:net';
import { certificateEntry, keyPem } from '../certificates.ts';
import type { LegacySpec } from '../endpoint-spec.ts';
import { resetAfter } from '../reset-after.ts';
import { carries } from '../suites.ts';
import { type Hello, readHello } from './client-hello.ts';
import { writeAlert, writeFlight } from './server-flight.ts';
import { writeSsl2ServerHello } from './ssl2.ts';

/** A spec with its keys loaded. */
export interface LegacyPeer {
  spec: LegacySpec;
  /** Of the leaf; of no use to an anonymous server. */
  key: KeyObject;
  temporaryRsa: KeyObject;
}

export type LegacyAnswer = { bytes: Uint8Array; next: 'wait' | 'close' | 'reset' };

const CLOSE: LegacyAnswer = { bytes: new Uint8Array(), next: 'close' };
const HANDSHAKE_FAILURE = 40;
const PROTOCOL_VERSION = 70;
/** Longer than any hello a client has reason to send. */
const HELLO_LIMIT = 1 << 16;
/** Where the broken version's flight stops: in the middle of the ServerHello's random. */
const BROKEN_AFTER = 24;

export function legacyPeer(spec: LegacySpec): LegacyPeer {
  const leaf = spec.chain[0] ?? 'imap-example';
  return {
    spec,
    key: createPrivateKey(keyPem(certificateEntry(leaf).key)),
    temporaryRsa: createPublicKey(keyPem('rsa-512-temporary')),
  };
}

export function startLegacyTls(socket: Socket, peer: LegacyPeer): void {
  let received: Uint8Array = new Uint8Array();
  const onData = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const answer = received.length > HELLO_LIMIT ? CLOSE : answerTo(received, peer);
    if (!answer) return;
    socket.off('data', onData);
    // What follows (a client that goes on, or closes) is read and dropped.
    socket.resume();
    give(socket, answer);
  };
  socket.on('data', onData);
}

/** What the peer says to the bytes of a hello; undefined while that is not whole. */
export function answerTo(bytes: Uint8Array, peer: LegacyPeer): LegacyAnswer | undefined {
  let hello: Hello | undefined;
  try {
    hello = readHello(bytes);
  } catch {
    return CLOSE;
  }
  if (!hello) return undefined;
  return hello.kind === 'ssl2' ? answerToSsl2(hello.cipher_kinds, peer) : answerToTls(hello, peer, bytes);
}

function answerToSsl2(offered: readonly number[], peer: LegacyPeer): LegacyAnswer {
  if (peer.spec.ssl2_kinds) return { bytes: writeSsl2ServerHello(peer, offered), next: 'wait' };
  return unsupported(peer, peer.spec.versions[0] ?? 0x0300);
}

function answerToTls(hello: Hello & { kind: 'tls' }, peer: LegacyPeer, bytes: Uint8Array): LegacyAnswer {
  const { spec } = peer;
  const version = spec.versions.filter((candidate) => candidate <= hello.version).at(-1);
  if (version === undefined) return unsupported(peer, hello.version);
  // The ClientHello's random lies after the record's and the message's heads and the version.
  const random = bytes.subarray(11, 43);
  if (version === spec.broken_version) return brokenFlight(peer, version, random);
  const code = chosenSuite(hello.cipher_suites, version, spec);
  if (code === undefined) return alert(version, HANDSHAKE_FAILURE);
  return { bytes: writeFlight(peer, version, code, random), next: 'wait' };
}

/** Whatever was offered: the first bytes of a flight, then a reset. */
function brokenFlight(peer: LegacyPeer, version: number, random: Uint8Array): LegacyAnswer {
  const flight = writeFlight(peer, version, peer.spec.suites[0]!, random);
  return { bytes: flight.subarray(0, BROKEN_AFTER), next: 'reset' };
}

function chosenSuite(offered: readonly number[], version: number, spec: LegacySpec): number | undefined {
  const [first, second] = spec.preference === 'server' ? [spec.suites, offered] : [offered, spec.suites];
  return first.find((code) => second.includes(code) && spec.suites.includes(code) && carries(version, code));
}

function unsupported(peer: LegacyPeer, version: number): LegacyAnswer {
  return peer.spec.when_unsupported === 'close' ? CLOSE : alert(version, PROTOCOL_VERSION);
}

function alert(version: number, description: number): LegacyAnswer {
  return { bytes: writeAlert(version, description), next: 'close' };
}

function give(socket: Socket, answer: LegacyAnswer): void {
  if (answer.next === 'close') socket.end(answer.bytes);
  else if (answer.next === 'wait') socket.write(answer.bytes);
  else resetAfter(socket, answer.bytes);
}
