/**
 * testssl's JSON, flat (`-oj`: a list of findings, each with its server) and pretty (`-oJ`: servers with lists of findings) →
 * endpoints, one at a time. Written against testssl 3.0.8, and 3.2 by its documentation. Often not quite JSON: runs that were killed or
 * gave up close nothing, runs that append begin anew in the middle. The flat form says neither version nor time.
 */

import type { Adapter, ForeignItem, ForeignReader, ForeignScan } from '../adapter.ts';
import { type Excerpt, NOTHING } from '../json-stream/byte-trail.ts';
import { portAt, textAt } from '../json-stream/json-access.ts';
import { JsonElements } from '../json-stream/json-elements.ts';
import type { JsonEvent, JsonPath, JsonPlan } from '../json-stream/json-events.ts';
import { isTargetName, reasonWords } from '../tool-words.ts';
import type { Place } from '../unknown-endpoint.ts';
import { type Finding, HostFindings } from './host-findings.ts';
import { placeIn } from './problem.ts';

export const testssl: Adapter = {
  name: 'testssl',
  written_against: '3.0.8',
  detects: (head) =>
    FLAT.test(head) || (/"scanResult"|"Invocation"/.test(head) && /^\ufeff?\s*\{/.test(head)),
  open: ({ port }) => new TestsslReader(port),
};

type ValueEvent = Extract<JsonEvent, { kind: 'value' }>;

class TestsslReader implements ForeignReader {
  readonly #elements = new JsonElements(PLAN);
  readonly #scan: ForeignScan = {
    tool: 'testssl',
    tool_version: null,
    started_at: null,
    finished_at: null,
    cipher_suites: null,
  };
  readonly #nominal: number | null;
  #host = new HostFindings();
  #place: Place | null = null;
  /** Members of the object of `scanResult` that is open. */
  #members: Record<string, string> = {};
  #line = 1;
  #began: number | null = null;
  #known = false;
  #hasBegun = false;

  constructor(nominal: number | null) {
    this.#nominal = nominal;
  }

  *push(chunk: Uint8Array): Generator<ForeignItem> {
    if (!this.#hasBegun) yield { kind: 'scan', scan: { ...this.#scan } };
    this.#hasBegun = true;
    for (const event of this.#elements.push(chunk)) yield* this.#take(event);
  }

  *end(): Generator<ForeignItem> {
    for (const event of this.#elements.end()) yield* this.#take(event);
    yield* this.#flush();
    if (!this.#known) yield unreadable(1, 'no findings: not what testssl writes');
    yield { kind: 'scan', scan: { ...this.#scan } };
  }

  *#take(event: JsonEvent): Generator<ForeignItem> {
    const { path, line } = event;
    if (event.kind === 'nonsense') yield unreadable(line, 'no JSON', event.source());
    else if (event.kind === 'value') yield* this.#value(event);
    else if (event.kind === 'begin' && isHost(path)) this.#begin(line);
    else if (event.kind === 'end' && isHost(path)) yield* this.#endObject(event.whole);
    else if (event.kind === 'end' && path.length === 0) yield* this.#endDocument(line, event.whole);
  }

  *#value(event: ValueEvent): Generator<ForeignItem> {
    const { path, value, line, problem } = event;
    if (problem !== null) {
      if (path.length !== 1 || path[0] === '*') this.#host.interrupt();
      yield unreadable(line, problem, event.source());
    } else if (path.length === 1 && path[0] === '*') {
      yield* this.#flat(event);
    } else if (path.length < 2) {
      this.#note(path[0], value);
    } else if (path.length === 2) {
      yield unreadable(line, 'a server that is no object', event.source());
    } else if (path.length === 3) {
      if (typeof value === 'string') this.#members[path[2]!] = value;
      if (path[2] === 'scanTime' && typeof value !== 'number') this.#host.interrupt();
    } else {
      yield* this.#finding(findingOf(value), event);
    }
  }

  /** A finding of the flat form: it names its server. */
  *#flat(event: ValueEvent): Generator<ForeignItem> {
    const finding = findingOf(event.value);
    const place = flatPlace(event.value);
    if (finding === null || place === undefined) {
      yield unreadable(event.line, 'no id, ip, port and finding', event.source());
      return;
    }
    this.#known = true;
    // About the client, or the end of several servers.
    if (place === null) {
      if (finding.severity === 'FATAL') yield unreadable(event.line, finding.finding, event.source());
      return;
    }
    const isNext = !isSame(place, this.#place) || (finding.id === 'service' && this.#host.hasService);
    if (isNext) {
      yield* this.#flush();
      [this.#place, this.#line] = [place, event.line];
    }
    yield* this.#finding(finding, event);
  }

  *#finding(finding: Finding | null, event: ValueEvent): Generator<ForeignItem> {
    const reason = finding === null ? 'no id and finding' : this.#host.add(finding);
    if (reason !== null) yield unreadable(event.line, reason, event.source());
  }

  #note(name: string | undefined, value: unknown): void {
    if (name === 'version' && typeof value === 'string') {
      this.#scan.tool_version ??= /^\d[\w.-]{0,30}/.exec(value)?.[0] ?? null;
    }
    if (name === 'startTime') this.#began = typeof value === 'string' ? Number(value) : null;
    if (name === 'startTime') this.#scan.started_at ??= isoTime(this.#began);
    if (name === 'scanTime' && typeof value === 'number' && this.#began !== null) {
      this.#scan.finished_at = isoTime(this.#began + value);
    }
  }

  #begin(line: number): void {
    this.#known = true;
    [this.#members, this.#line] = [{}, line];
  }

  /** An object of `scanResult`: a server, or a finding that stands alone. */
  *#endObject(whole: boolean): Generator<ForeignItem> {
    const { targetHost, ip, id, severity = '', finding = '', service, hostname } = this.#members;
    const connect_port = portAt(this.#members, 'port');
    if (targetHost !== undefined && isTargetName(hostname ?? targetHost) && connect_port !== null) {
      this.#place = { target: hostname ?? targetHost, ip: unbracketed(ip ?? ''), connect_port };
      if (service !== undefined) this.#host.service = service;
      if (!whole) this.#host.interrupt();
    } else if (id !== undefined) {
      this.#place = placeIn(finding);
      if (this.#place !== null) this.#host.add({ id, severity, finding });
      else if (severity === 'FATAL') yield unreadable(this.#line, finding);
    } else {
      yield unreadable(this.#line, 'a server without targetHost and port', textBytes(this.#members));
    }
    yield* this.#flush();
  }

  *#endDocument(line: number, whole: boolean): Generator<ForeignItem> {
    if (!whole) {
      this.#host.interrupt();
      yield unreadable(line, 'the file is broken off here');
    }
    yield* this.#flush();
    this.#began = null;
  }

  *#flush(): Generator<ForeignItem> {
    const [host, place, line] = [this.#host, this.#place, this.#line];
    [this.#host, this.#place] = [new HostFindings(), null];
    if (place === null) return;
    const { items, reason } = host.result(place, this.#nominal);
    yield* items;
    if (reason !== null) yield unreadable(line, reason, textBytes(place));
  }
}

function findingOf(value: ValueEvent['value']): Finding | null {
  const [id, finding] = [textAt(value, 'id'), textAt(value, 'finding')];
  return id === null || finding === null ? null : { id, finding, severity: textAt(value, 'severity') ?? '' };
}

/** From `ip`, which is NAME/ADDRESS, or NAME/[ADDRESS]. Null: about no server (`/`); undefined: not what testssl writes. */
function flatPlace(value: ValueEvent['value']): Place | null | undefined {
  const [ip, connect_port] = [textAt(value, 'ip'), portAt(value, 'port')];
  if (ip === '/') return null;
  const [, target, address] = /^([^/\s]{1,253})\/([[\]\da-fA-F.:]{0,47})$/.exec(ip ?? '') ?? [];
  if (target === undefined || !isTargetName(target) || connect_port === null) return undefined;
  return { target, ip: unbracketed(address!), connect_port };
}

/** IPv6 stands in brackets. */
function unbracketed(address: string): string | null {
  return address.replace(/^\[|\]$/g, '') || null;
}

function isSame(place: Place, other: Place | null): boolean {
  return (
    other !== null &&
    place.target === other.target &&
    place.ip === other.ip &&
    place.connect_port === other.connect_port
  );
}

function isHost(path: JsonPath): boolean {
  return path.length === 2 && path[0] === 'scanResult';
}

function isoTime(seconds: number | null): string | null {
  const isTime = seconds !== null && seconds > 0 && seconds < 1e11;
  return isTime ? new Date(seconds * 1000).toISOString() : null;
}

function textBytes(value: unknown): Excerpt {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes: bytes.subarray(0, MAX_TEXT_BYTES), truncated: bytes.length > MAX_TEXT_BYTES };
}

function unreadable(line: number, reason: string, source: Excerpt = NOTHING): ForeignItem {
  return { kind: 'unreadable', line, reason: reasonWords(reason), ...source };
}

const MAX_TEXT_BYTES = 65_536;

const NOTES = new Set(['*', 'version', 'startTime', 'scanTime']);
const MEMBERS = new Set([
  ...['targetHost', 'ip', 'port', 'service', 'hostname', 'scanTime'],
  ...['id', 'severity', 'finding'],
]);

const PLAN: JsonPlan = {
  at: (path) => {
    const [first, , third] = path;
    if (path.length === 0) return 'enter';
    if (path.length === 1) return first === 'scanResult' ? 'enter' : NOTES.has(first!) ? 'take' : 'skip';
    if (path.length === 2) return 'enter';
    if (path.length === 3) return MEMBERS.has(third!) ? 'take' : 'enter';
    return 'take';
  },
};

const FLAT = /^\ufeff?\s*\[\s*\{\s*"id"\s*:\s*"[^"]*"\s*,\s*"ip"\s*:/;
