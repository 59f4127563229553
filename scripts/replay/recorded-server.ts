/**
 * Recorded conversations to a server that goes on answering: for each version the suites that it accepted, with a real
 * flight each, its order of preference as far as that showed, and how it refused. A new offer gets the flight of the
 * suite that the server would have chosen, randoms, keys and signatures as they were recorded; so it can't be finished.
 */
import { type Capture, tlsPart } from '../testing/captures.ts';
import { type ClientOffer, readClientOffer } from './client-offer.ts';
import { type RecordedFlight, readAnswer } from './recorded-answer.ts';

export interface Reply {
  bytes: Uint8Array;
  /** Whether the server hangs up after that. */
  over: boolean;
}

interface Version {
  flights: RecordedFlight[];
  /** What the server chose of which offer. */
  choices: { offer: ClientOffer; chosen: number }[];
  refusal: Uint8Array | undefined;
  /** Suites in the server's order; undefined where it follows the client's. */
  preference: number[] | undefined;
}

export class RecordedServer {
  readonly #versions = new Map<number, Version>();
  #ssl2: Uint8Array | undefined;
  #refusal: Uint8Array = new Uint8Array(0);

  constructor(captures: readonly Capture[]) {
    for (const capture of captures) this.#learn(capture);
    for (const version of this.#versions.values()) version.preference = preferenceOf(version);
  }

  /** What the server says to `offer`. */
  answer(offer: ClientOffer): Reply {
    if (offer.version === SSL2 && this.#ssl2) return { bytes: this.#ssl2, over: false };
    const version = this.#versions.get(offer.version);
    const suites = version ? acceptable(version, offer) : [];
    const chosen = version?.preference?.find((suite) => suites.includes(suite)) ?? suites[0];
    // One version never refused anything, and one was never asked for: they get what another one got.
    if (!version || chosen === undefined) return { bytes: version?.refusal ?? this.#refusal, over: true };
    return { bytes: bestFlight(version, chosen, offer).bytes, over: false };
  }

  #learn(capture: Capture): void {
    const { client } = tlsPart(capture);
    const offer = client.length > 0 ? readClientOffer(client) : undefined;
    const bytes = firstFlight(capture);
    if (!offer || isGreeting(bytes)) return;
    const answer = readAnswer(bytes);
    if (answer.kind === 'ssl2') this.#ssl2 = answer.bytes;
    else if (answer.kind === 'flight') this.#accepted(answer, offer);
    else {
      this.#version(offer.version).refusal = answer.bytes;
      this.#refusal = answer.bytes;
    }
  }

  /** A server that chose a lower version than the highest offered refused that one, in a way; that is not replayed. */
  #accepted(flight: RecordedFlight, offer: ClientOffer): void {
    const version = this.#version(flight.version);
    version.flights.push(flight);
    if (offer.version === flight.version) version.choices.push({ offer, chosen: flight.cipher_suite });
  }

  #version(version: number): Version {
    const known = this.#versions.get(version);
    if (known) return known;
    const fresh: Version = { flights: [], choices: [], refusal: undefined, preference: undefined };
    this.#versions.set(version, fresh);
    return fresh;
  }
}

/** All that the server sent after the client's hello, up to what the client sent next. */
function firstFlight({ exchange }: Capture): Uint8Array {
  const hello = exchange.findIndex(({ from, hex }) => from === 'client' && CLIENT_HELLO.test(hex));
  const begin = exchange.findIndex(({ from }, index) => index > hello && from === 'server');
  if (hello < 0 || begin < 0) return new Uint8Array(0);
  const end = exchange.findIndex(({ from }, index) => index > begin && from === 'client');
  const chunks = exchange.slice(begin, end < 0 ? exchange.length : end);
  return Buffer.from(chunks.map(({ hex }) => hex).join(''), 'hex');
}

/** On a cleartext port, a hello was answered with `220 …`, `+OK …`: not by TLS. */
function isGreeting(bytes: Uint8Array): boolean {
  return bytes[0] === 0x32 || bytes[0] === 0x2b || bytes[0] === 0x2a;
}

/** Suites in `offer` that the server has a flight for, in the client's order. */
function acceptable({ flights }: Version, offer: ClientOffer): number[] {
  const usable = flights.filter((flight) => isUsable(flight, offer));
  const suites = new Set(usable.map(({ cipher_suite }) => cipher_suite));
  return offer.cipher_suites.filter((suite) => suites.has(suite));
}

/** RFC 8422, 5.1: a client that names no groups takes any. */
function isUsable({ group }: RecordedFlight, { groups }: ClientOffer): boolean {
  return group === null || groups === null || groups.includes(group);
}

/** Of several flights with a suite, the one that fits the offer's shares (a retry is for a group without), or the first. */
function bestFlight({ flights }: Version, suite: number, offer: ClientOffer): RecordedFlight {
  const usable = flights.filter((flight) => flight.cipher_suite === suite && isUsable(flight, offer));
  const fitting = usable.find(({ group, retry }) => offer.shares?.includes(group!) === !retry);
  return fitting ?? usable[0]!;
}

/** Undefined where each choice was the first of the client's that this server takes at all. */
function preferenceOf(version: Version): number[] | undefined {
  const compared = version.choices.map(({ offer, chosen }) => ({
    chosen,
    offered: acceptable(version, offer),
  }));
  if (compared.every(({ offered, chosen }) => offered[0] === chosen)) return undefined;
  const left = new Set(version.flights.map(({ cipher_suite }) => cipher_suite));
  const order: number[] = [];
  while (left.size > 0) order.push(takeFirst(left, compared));
  return order;
}

/** What was chosen stands before all that was offered beside it; what was never compared, as it was recorded. */
function takeFirst(left: Set<number>, compared: readonly { offered: number[]; chosen: number }[]): number {
  const choices = compared.filter(({ chosen }) => left.has(chosen));
  const beaten = choices.flatMap(({ offered, chosen }) => offered.filter((suite) => suite !== chosen));
  const first = [...left].find((suite) => !beaten.includes(suite));
  if (first === undefined) throw new Error('the recorded choices contradict each other');
  left.delete(first);
  return first;
}

const SSL2 = 2;

/** A handshake record, or SSLv2's CLIENT-HELLO. */
const CLIENT_HELLO = /^(1603|8...01)/;
