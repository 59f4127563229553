/**
 * What a defective server can't take: hellos with an extension, of a length, with too many suites; some connections; a
 * version. Each condition is a judge of hellos, together with what it leaves of the truth of the servers behind it.
 * Sources are the bug reports of other scanners (RFC 7685 for the window of lengths; testssl.sh, zgrab2, ssllabs-scan).
 */
import { ANSWERS, type Answer } from './answers.ts';
import { type ClientHello, schemeCount, withFirstSuites } from './client-hello.ts';
import type { Judge } from './front.ts';

export type BackEndName = 'whole' | 'modern' | 'old';

/** Why a condition leaves questions open: what the record may say of them depends on it. */
export type Cause =
  /** Some forms of hello are not taken. */
  | 'form'
  /** Nothing that the scan can send is taken. */
  | 'name'
  /** The same hello is answered in two ways. */
  | 'chance'
  /** From some connection on nothing is taken any more. */
  | 'tired'
  /** A version is never answered. */
  | 'version';

export interface Condition {
  name: string;
  cause: Cause;
  /** A new judge, which counts from 1. */
  judge: () => Judge;
  /** Answers that make sense with it. */
  answers: readonly Answer[];
  back_ends: readonly BackEndName[];
  /** Host name of the target; null for none. */
  host: string | null;
  /** Versions that no hello can get: a no and an unknown are both right there. */
  unobtainable: readonly number[];
  /** Nor can any get a suite with ECDHE: OpenSSL 3 refuses them to a client that names no groups. */
  without_ecdhe: boolean;
  /** The back ends' own refusals are said in the condition's way. */
  translates: boolean;
}

export const HOST = 'mx.test';

function refusing(
  name: string,
  isRefused: (hello: ClientHello) => boolean,
  rest: Partial<Condition> = {},
): Condition {
  const judge: Judge = (hello) => (isRefused(hello) ? REFUSE : PASS);
  return { ...COMMON, name, judge: () => judge, ...rest };
}

function extension(type: number, title: string, rest: Partial<Condition> = {}): Condition {
  return refusing(`extension ${type} (${title})`, ({ extensions }) => extensions.has(type), rest);
}

/** `first`, `last`: bytes of the records, without their headers. */
function window(first: number, last: number): Condition {
  return refusing(
    `${first} to ${last} bytes`,
    ({ record_bytes }) => record_bytes >= first && record_bytes <= last,
  );
}

function moreBytes(most: number): Condition {
  return refusing(`more than ${most} bytes`, ({ record_bytes }) => record_bytes > most);
}

function moreGroups(most: number): Condition {
  const count = ({ extensions }: ClientHello) => (extensions.get(10)?.length ?? 0) / 2 - 1;
  return refusing(`more than ${most} groups`, (hello) => count(hello) > most, { answers: KINDS });
}

/** Numbers of curves and groups that came after `last`: ffdhe, hybrids. */
function groupsAbove(last: number): Condition {
  const groups = ({ extensions }: ClientHello) => extensions.get(10) ?? Buffer.alloc(0);
  const isAbove = (list: Buffer) =>
    Array.from({ length: list.length / 2 - 1 }, (_, index) => list.readUInt16BE(2 + 2 * index)).some(
      (one) => one > last,
    );
  return refusing(`groups above ${last}`, (hello) => groups(hello).length > 2 && isAbove(groups(hello)), {
    answers: KINDS,
  });
}

/** Numbers that a server does not know, and should not mind. */
function unknownSuites(first: number, last: number): Condition {
  const isOf = (suite: number) => suite >= first && suite <= last;
  const name = `suites from 0x${first.toString(16)} to 0x${last.toString(16)}`;
  return refusing(name, ({ cipher_suites }) => cipher_suites.some(isOf), { answers: KINDS });
}

function moreSuites(most: number): Condition {
  return refusing(`more than ${most} suites`, ({ cipher_suites }) => cipher_suites.length > most);
}

function moreSchemes(most: number): Condition {
  return refusing(`more than ${most} schemes`, (hello) => schemeCount(hello) > most);
}

/** What comes after the first `count` suites is not read; a server that knows none of them refuses in the front's way. */
function firstSuites(count: number): Condition {
  const judge: Judge = (hello) =>
    hello.cipher_suites.length > count ? { kind: 'pass', hello: withFirstSuites(hello, count) } : PASS;
  const name = `first ${count} suites are read`;
  return { ...COMMON, name, judge: () => judge, answers: REFUSALS, translates: true };
}

function everyConnection(step: number): Condition {
  const judge: Judge = (_, connection) => (connection % step === 0 ? REFUSE : PASS);
  return { ...COMMON, name: `every connection in ${step}`, cause: 'chance', judge: () => judge };
}

function oneConnection(which: number): Condition {
  const judge: Judge = (_, connection) => (connection === which ? REFUSE : PASS);
  return { ...COMMON, name: `connection ${which} alone`, cause: 'chance', judge: () => judge };
}

/** Connections that come one after the other; without `last` all from `first` on. */
function connections(first: number, last = Number.POSITIVE_INFINITY): Condition {
  const isEndless = last === Number.POSITIVE_INFINITY;
  const judge: Judge = (_, connection) => (connection >= first && connection <= last ? REFUSE : PASS);
  const name = `connections from ${first} ${isEndless ? 'on' : `to ${last}`}`;
  return { ...COMMON, name, cause: isEndless ? 'tired' : 'chance', judge: () => judge, answers: KINDS };
}

/** Any connection, with this probability. */
function nowAndThen(share: number, seed: number): Condition {
  const judge = (): Judge => {
    const next = randomNumbers(seed);
    return () => (next() < share ? REFUSE : PASS);
  };
  return {
    ...COMMON,
    name: `one connection in ${1 / share} at random, seed ${seed}`,
    cause: 'chance',
    judge,
    answers: KINDS,
  };
}

/** A server with the defects of both. */
function both(one: Condition, other: Condition): Condition {
  const judge = (): Judge => {
    const judges = [one.judge(), other.judge()];
    return (...seen) => judges.map((each) => each(...seen)).find(({ kind }) => kind === 'refuse') ?? PASS;
  };
  return { ...COMMON, name: `${one.name}, and ${other.name}`, judge, answers: KINDS };
}

/** The first hello of a version, whenever it comes. */
function firstOf(version: number, title: string): Condition {
  const judge = (): Judge => {
    let seen = 0;
    return (hello) => (hello.version === version && ++seen === 1 ? REFUSE : PASS);
  };
  return { ...COMMON, name: `first hello of ${title} alone`, cause: 'chance', judge };
}

function inTurn(): Condition {
  const judge: Judge = (_, connection) => ({ kind: 'pass', back_end: connection % 2 });
  return twoBackEnds('two back ends in turn', () => judge);
}

/** The same sequence for the same seed: a back end by the high bit of each number. */
function atRandom(seed: number): Condition {
  const judge = (): Judge => {
    const next = randomNumbers(seed);
    return () => ({ kind: 'pass', back_end: next() < 0.5 ? 0 : 1 });
  };
  return { ...twoBackEnds(`two back ends at random, seed ${seed}`, judge), answers: FEW_REFUSALS };
}

function twoBackEnds(name: string, judge: () => Judge): Condition {
  const back_ends: BackEndName[] = ['modern', 'old'];
  return { ...COMMON, name, cause: 'chance', judge, back_ends, answers: REFUSALS, translates: true };
}

function atVersions(title: string, versions: readonly number[], answers: readonly Answer[]): Condition {
  const rest = { cause: 'version', unobtainable: versions, answers } as const;
  return refusing(`no answer at ${title}`, ({ version }) => versions.includes(version), rest);
}

/** A name that the server knows; a scan of an address alone has none to give. */
function nameRequired(host: string | null, answers: readonly Answer[]): Condition {
  const name = host === null ? 'no name, of an address alone' : 'no name';
  const cause = host === null ? 'name' : 'form';
  return refusing(name, ({ extensions, is_ssl2 }) => !is_ssl2 && !extensions.has(0), {
    host,
    cause,
    answers,
  });
}

/** Mulberry32, written out: the fronts import nothing from outside this folder, so that they share no mistake with the scanner. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PASS = { kind: 'pass' } as const;
const REFUSE = { kind: 'refuse' } as const;
const TLS1_0 = 0x0301;
const TLS1_2 = 0x0303;
const TLS1_3 = 0x0304;

/** The words of a server that means its suites or versions, and the ends without a word. */
const REFUSALS: readonly Answer[] = ['alert 40', 'alert 70', 'alert 71', 'close', 'reset'];
const FEW_REFUSALS: readonly Answer[] = ['alert 40', 'alert 70', 'close'];
/** One of each kind: about suites, about something else, about names, without a word. */
const KINDS: readonly Answer[] = ['alert 40', 'alert 47', 'alert 80', 'alert 112', 'close', 'silence'];

const COMMON = {
  cause: 'form',
  answers: ANSWERS,
  back_ends: ['whole'],
  host: HOST,
  unobtainable: [],
  without_ecdhe: false,
  translates: false,
} satisfies Partial<Condition>;

/** Without this extension there is no TLS 1.3 (RFC 8446, 9.2). */
const NO_TLS1_3 = { unobtainable: [TLS1_3], answers: KINDS };

const COMPRESSION = refusing('compression', ({ compression_methods }) =>
  compression_methods.some((method) => method !== 0),
);

/** What the others are compared with. */
export const NO_DEFECT: Condition = refusing('nothing', () => false);

export const CONDITIONS: readonly Condition[] = [
  extension(0, 'server_name'),
  extension(5, 'status_request'),
  extension(10, 'supported_groups', { ...NO_TLS1_3, without_ecdhe: true }),
  extension(11, 'ec_point_formats'),
  extension(13, 'signature_algorithms', NO_TLS1_3),
  extension(15, 'heartbeat'),
  extension(21, 'padding'),
  extension(22, 'encrypt_then_mac'),
  extension(23, 'extended_master_secret'),
  extension(35, 'session_ticket'),
  extension(43, 'supported_versions', { ...NO_TLS1_3, answers: ['alert 110'] }),
  extension(51, 'key_share', { ...NO_TLS1_3, answers: ['alert 110'] }),
  extension(65281, 'renegotiation_info'),
  COMPRESSION,
  window(256, 511),
  window(300, 400),
  window(600, 700),
  window(900, 1200),
  moreBytes(255),
  moreBytes(512),
  moreBytes(1000),
  moreSuites(20),
  moreSuites(60),
  moreSuites(128),
  moreSuites(200),
  firstSuites(16),
  firstSuites(44),
  firstSuites(100),
  moreSchemes(4),
  moreSchemes(12),
  nameRequired(HOST, ANSWERS),
  nameRequired(null, KINDS),
  everyConnection(2),
  everyConnection(3),
  everyConnection(5),
  oneConnection(1),
  oneConnection(2),
  oneConnection(5),
  oneConnection(20),
  firstOf(TLS1_3, 'TLS 1.3'),
  firstOf(TLS1_0, 'TLS 1.0'),
  inTurn(),
  atRandom(1),
  atRandom(2),
  atRandom(3),
  atVersions('TLS 1.3', [TLS1_3], ['alert 40', 'alert 70', 'alert 80', 'close', 'reset', 'silence']),
  atVersions('TLS 1.2', [TLS1_2], ['alert 70', 'close', 'reset', 'silence']),
  atVersions('TLS 1.2 and 1.3', [TLS1_2, TLS1_3], ['alert 70', 'close', 'reset', 'silence']),
];

/** Beyond the matrix: two defects at once, lists of groups, runs of bad connections. */
export const FURTHER_CONDITIONS: readonly Condition[] = [
  both(COMPRESSION, window(256, 511)),
  both(extension(22, 'encrypt_then_mac'), moreSuites(60)),
  both(extension(0, 'server_name'), moreSchemes(4)),
  both(extension(23, 'extended_master_secret'), extension(35, 'session_ticket')),
  both(window(256, 511), moreBytes(1000)),
  both(COMPRESSION, oneConnection(5)),
  moreGroups(8),
  groupsAbove(0xff),
  unknownSuites(0xc100, 0xc1ff),
  connections(1, 3),
  connections(10, 14),
  connections(30, 36),
  connections(20),
  connections(45),
  nowAndThen(0.1, 1),
  nowAndThen(0.1, 2),
  nowAndThen(0.25, 3),
];
