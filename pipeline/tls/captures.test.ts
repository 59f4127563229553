/**
 * Whole conversations of real servers, read and written again byte for byte, and what they chose held against what
 * their owners' own clients found (`truth.json`). The counts are of the files: a test can't pass by skipping.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Capture, readCaptures, tlsPart } from '../../scripts/testing/captures.ts';
import { rewrite } from '../../scripts/testing/rewrite.ts';
import { describeWithShared } from '../../scripts/testing/shared-data.ts';
import { suiteCode, suiteKeyExchange } from '../../scripts/testing/suite-key-exchange.ts';
import { DecodeError } from '../base/errors.ts';
import { FlightReader } from './flight-reader.ts';
import type { EphemeralKey, ServerAnswer, ServerFlight, Ssl2ServerHello } from './server-flight.ts';
import { SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from './versions.ts';

interface ServerTruth {
  suites: Record<string, Record<string, string>>;
  kx: Record<string, Record<string, number>>;
  groups: Record<string, string[]>;
  certs: Record<string, { n: number }>;
}

const VERSION_KEYS: Readonly<Record<string, number>> = {
  ssl2: SSL2,
  ssl3: SSL3,
  tls1: TLS1_0,
  tls1_1: TLS1_1,
  tls1_2: TLS1_2,
  tls1_3: TLS1_3,
};

/** Messages and records of each side, and answers; counted once more by a reader in another language. */
const COUNTS: Readonly<Record<string, Record<'client' | 'server' | 'answers', Record<string, number>>>> = {
  'openssl-1.0.2-imaps': {
    client: { record: 230, 'handshake 1': 230, 'ssl2 1': 1 },
    server: {
      record: 716,
      ...{ 'handshake 2': 201, 'handshake 11': 137, 'handshake 12': 148, 'handshake 14': 201 },
      ...{ alert: 29, 'ssl2 4': 1 },
    },
    answers: { server_hello: 201, alert: 29, ssl2_server_hello: 1 },
  },
  'openssl-1.0.2-pop3': {
    client: { record: 219, 'handshake 1': 219, 'ssl2 1': 1 },
    server: {
      record: 676,
      ...{ 'handshake 2': 189, 'handshake 11': 133, 'handshake 12': 136, 'handshake 14': 189 },
      ...{ alert: 29, 'ssl2 4': 1 },
    },
    answers: { server_hello: 189, alert: 29, ssl2_server_hello: 1 },
  },
  'postfix-3.7-smtp': {
    client: { record: 167, 'handshake 1': 167 },
    server: {
      record: 509,
      ...{ 'handshake 2': 137, 'handshake 11': 105, 'handshake 12': 101, 'handshake 14': 132 },
      alert: 29,
    },
    answers: { server_hello: 137, alert: 29 },
  },
  'dovecot-2.3-imap': {
    client: {
      record: 623,
      ...{ 'handshake 1': 191, 'handshake 16': 103, alert: 5, 'ssl2 1': 1 },
      ...{ 'encrypted 21': 103, 'encrypted 22': 103, 'encrypted 23': 10 },
    },
    server: {
      record: 1026,
      ...{ 'handshake 2': 157, 'handshake 4': 103, 'handshake 11': 114, 'handshake 12': 110 },
      ...{ 'handshake 14': 141, 'encrypted 21': 103, 'encrypted 22': 103, 'encrypted 23': 76 },
    },
    answers: { server_hello: 157 },
  },
  'jdk-17-imaps': {
    client: { record: 581, 'handshake 1': 581 },
    server: {
      record: 2406,
      ...{ 'handshake 2': 552, 'handshake 11': 438, 'handshake 12': 319, 'handshake 14': 516 },
      alert: 581,
    },
    answers: { server_hello: 552, alert: 29 },
  },
};

/** Openings of servers that answered a hello on a cleartext port with their greeting. */
const GREETING = /found [0-9a-f]{10} "(220 m|\+OK D)"$/;

/** JSSE can't sign with its DSA key below TLS 1.2: after ServerHello and Certificate it says internal_error. */
const JDK_BROKEN: Readonly<Record<string, number[]>> = {
  ssl3: [0x11, 0x12, 0x13, 0x32, 0x38],
  tls1: [0x11, 0x12, 0x13, 0x32, 0x38],
  tls1_1: [0x12, 0x13, 0x32, 0x38],
};

describeWithShared('captures', 'conversations of real servers', (folder) => {
  const truths: Record<string, ServerTruth> = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8'));

  for (const [name, expected] of Object.entries(COUNTS)) {
    test(`${name}: every message is read, and written again byte for byte`, () => {
      const counts = { client: new Map<string, number>(), server: new Map<string, number>() };
      for (const capture of readCaptures(folder, name)) {
        for (const side of ['client', 'server'] as const) rewriteSide(capture, side, counts[side]);
      }
      expect(Object.fromEntries(counts.client)).toEqual(expected.client);
      expect(Object.fromEntries(counts.server)).toEqual(expected.server);
    });

    test(`${name}: suites, keys and chains are those that the server has`, () => {
      const truth = truths[name]!;
      const answers = readCaptures(folder, name).flatMap(readAnswer);
      const flights = answers.filter((answer) => answer.kind === 'server_hello');
      const broken = flights.filter(({ broken_by }) => broken_by !== null);
      const whole = flights.filter(({ broken_by }) => broken_by === null);
      expect(kindCounts(answers)).toEqual(expected.answers);
      expect(suitesOf(whole, answers)).toEqual(trueSuites(truth));
      expect(suitesOf(broken, [])).toEqual(name === 'jdk-17-imaps' ? JDK_BROKEN : {});
      expect(broken.every(({ broken_by }) => broken_by === 'alert 80 (internal_error)')).toBe(true);
      expect(keysOf(whole)).toEqual(trueKeys(truth));
      expect(chainsOf(whole)).toEqual(trueChains(truth));
    });
  }

  test('dovecot-2.3-imap: its TLS 1.3 groups', () => {
    const flights = readCaptures(folder, 'dovecot-2.3-imap').flatMap(readAnswer);
    const groups = flights.flatMap((answer) =>
      answer.kind === 'server_hello' && answer.selected_group !== null ? [answer.selected_group] : [],
    );
    expect([...new Set(groups)].sort((a, b) => a - b)).toEqual([
      0x17, 0x18, 0x19, 0x1d, 0x1e, 0x100, 0x101, 0x102, 0x103, 0x104,
    ]);
    expect(truths['dovecot-2.3-imap']!.groups['tls1_3']).toHaveLength(10);
  });
});

function rewriteSide(capture: Capture, side: 'client' | 'server', counts: Map<string, number>): void {
  const bytes = tlsPart(capture)[side];
  if (isGreeting(bytes)) return;
  for (const { kind, original, rewritten } of rewrite(bytes, suiteKeyExchange)) {
    if (!Buffer.from(rewritten).equals(original)) {
      expect.fail(`${kind}: ${Buffer.from(original).toString('hex')} was written ${rewritten}`);
    }
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
}

/** What FlightReader makes of it; nothing where the server said nothing. A greeting has to be a DecodeError. */
function readAnswer(capture: Capture): ServerAnswer[] {
  const { client, server } = tlsPart(capture);
  if (server.length === 0) return [];
  const version = client[0]! & 0x80 ? SSL2 : TLS1_2;
  const offer = { version, cipher_suites: [], random: client, named_groups: [] };
  const reader = new FlightReader(offer, suiteKeyExchange);
  if (!isGreeting(server)) return [reader.push(server) ?? reader.end()];
  expect(() => reader.push(server)).toThrow(DecodeError);
  expect(() => reader.end()).toThrow(GREETING);
  return [];
}

function isGreeting(bytes: Uint8Array): boolean {
  return bytes[0] === 0x2b || bytes[0] === 0x32;
}

function kindCounts(answers: readonly ServerAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of answers) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function suitesOf(
  flights: readonly ServerFlight[],
  answers: readonly ServerAnswer[],
): Record<string, number[]> {
  const kinds = answers
    .filter((answer): answer is Ssl2ServerHello => answer.kind === 'ssl2_server_hello')
    .flatMap(({ cipher_kinds }) => cipher_kinds);
  return perVersion((version) =>
    version === SSL2
      ? kinds
      : flights.filter((flight) => flight.version === version).map(({ cipher_suite }) => cipher_suite),
  );
}

function trueSuites(truth: ServerTruth): Record<string, number[]> {
  const codes = (key: string) => Object.keys(truth.suites[key] ?? {}).map(suiteCode);
  return perVersion((_, key) => codes(key));
}

/** Sizes of Diffie-Hellman primes and temporary RSA keys. Curves depend on what the client offered. */
function keysOf(flights: readonly ServerFlight[]): Record<string, string[]> {
  return perVersion((version) =>
    flights.flatMap((flight) =>
      flight.version === version && flight.ephemeral_key ? keySize(flight.ephemeral_key) : [],
    ),
  );
}

function keySize(key: EphemeralKey): string[] {
  if (key.kind === 'dh') return [`DH, ${bits(key.prime)} bits`];
  return key.kind === 'rsa' ? [`RSA, ${bits(key.modulus)} bits`] : [];
}

function trueKeys(truth: ServerTruth): Record<string, string[]> {
  return perVersion((_, key) => Object.keys(truth.kx[key] ?? {}).filter((size) => /^(DH|RSA), /.test(size)));
}

/** Certificates sent, by the suite's authentication. */
function chainsOf(flights: readonly ServerFlight[]): Record<string, number[]> {
  const chains: Record<string, Set<number>> = {};
  for (const flight of flights.filter(({ version }) => version < TLS1_3)) {
    const { authentication } = suiteKeyExchange(flight.cipher_suite)!;
    chains[authentication] ??= new Set();
    chains[authentication].add(flight.certificates.length);
  }
  return Object.fromEntries(Object.entries(chains).map(([key, lengths]) => [key, [...lengths]]));
}

function trueChains(truth: ServerTruth): Record<string, number[]> {
  const known = Object.entries(truth.certs).map(([key, { n }]) => [key.slice(1), [n]]);
  return Object.fromEntries([...known, ['anon', [0]]]);
}

/** Distinct values of each version, sorted; versions without any are left out. */
function perVersion<T extends number | string>(
  values: (version: number, key: string) => T[],
): Record<string, T[]> {
  const entries = Object.entries(VERSION_KEYS).map(([key, version]) => [
    key,
    [...new Set(values(version, key))].sort((a, b) => (a < b ? -1 : 1)),
  ]);
  return Object.fromEntries(entries.filter(([, list]) => list!.length > 0));
}

function bits(integer: Uint8Array): number {
  return BigInt(`0x${Buffer.from(integer).toString('hex')}`).toString(2).length;
}
