/**
 * sslyze's JSON (`--json_out`) → endpoints, one at a time. Written against sslyze 5.2.0 and 6.3.1, whose JSON differs in details
 * only (docs/adapters.md). Its version and times stand at the end of the file. Key facts, names and validity that it writes
 * of certificates are passed over: they come from the certificates; moduli are bare integers of any length.
 */

import type { Adapter, ForeignItem, ForeignReader, ForeignScan } from '../adapter.ts';
import { type Excerpt, NOTHING } from '../json-stream/byte-trail.ts';
import { JsonElements } from '../json-stream/json-elements.ts';
import type { JsonEvent, JsonPlan } from '../json-stream/json-events.ts';
import { Offers } from './offers.ts';
import { invalidServer, serverResult } from './server-result.ts';

export const sslyze: Adapter = {
  name: 'sslyze',
  written_against: '5.2.0 and 6.3.1',
  detects: (head) => /^\ufeff?\s*\{\s*"/.test(head) && MARKS.some((mark) => head.includes(mark)),
  open: ({ port }) => new SslyzeReader(port),
};

class SslyzeReader implements ForeignReader {
  readonly #nominal: number | null;
  readonly #elements = new JsonElements(PLAN);
  readonly #scan: ForeignScan = {
    ...{ tool: 'sslyze', tool_version: null, started_at: null, finished_at: null },
    cipher_suites: null,
  };
  readonly #offers = new Offers();
  #began = false;
  #hasServers = false;

  constructor(nominal: number | null) {
    this.#nominal = nominal;
  }

  *push(chunk: Uint8Array): Generator<ForeignItem> {
    if (!this.#began) yield this.#known();
    this.#began = true;
    for (const event of this.#elements.push(chunk)) yield* this.#take(event);
  }

  *end(): Generator<ForeignItem> {
    for (const event of this.#elements.end()) yield* this.#take(event);
    if (!this.#hasServers) yield unreadable(1, 'no server_scan_results: not what sslyze writes');
    this.#scan.cipher_suites = this.#offers.suites();
    yield this.#known();
  }

  #known(): ForeignItem {
    return { kind: 'scan', scan: { ...this.#scan } };
  }

  *#take(event: JsonEvent): Generator<ForeignItem> {
    const { path, line } = event;
    if (event.kind === 'nonsense') yield unreadable(line, 'no JSON', event.source());
    else if (event.kind === 'begin') this.#hasServers ||= path[0] === 'server_scan_results';
    else if (event.kind === 'value' && path.length < 2) note(this.#scan, event);
    else if (event.kind === 'value') yield* this.#server(event);
    else if (path.length === 0 && !event.whole) yield unreadable(line, 'the file is broken off here');
  }

  *#server(event: ValueEvent): Generator<ForeignItem> {
    const { path, value, line, problem } = event;
    const convert = path[0] === 'server_scan_results' ? serverResult : invalidServer;
    const result =
      problem === null ? convert(value, this.#nominal) : { items: [], reason: problem, offered: [] };
    for (const [version, suites] of result.offered) this.#offers.add(version, suites);
    yield* result.items;
    if (result.reason !== null) yield unreadable(line, result.reason, event.source());
  }
}

type ValueEvent = Extract<JsonEvent, { kind: 'value' }>;

function unreadable(line: number, reason: string, source: Excerpt = NOTHING): ForeignItem {
  return { kind: 'unreadable', line, reason, ...source };
}

function note(scan: ForeignScan, { path: [name], value }: ValueEvent): void {
  if (typeof value !== 'string') return;
  if (name === 'sslyze_version' && /^[\w.+-]{1,40}$/.test(value)) scan.tool_version = value;
  if (name === 'date_scans_started') scan.started_at = utc(value);
  if (name === 'date_scans_completed') scan.finished_at = utc(value);
}

/** sslyze 5 writes UTC without saying so. */
function utc(text: string): string | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00:00)?$/.exec(text);
  const time = match ? new Date(`${match[1]}.${(match[2] ?? '').padEnd(3, '0').slice(0, 3)}Z`) : null;
  return time === null || Number.isNaN(time.getTime()) ? null : time.toISOString();
}

const NOTES = new Set(['sslyze_version', 'date_scans_started', 'date_scans_completed']);
const SERVERS = new Set(['server_scan_results', 'invalid_server_strings']);

const PLAN: JsonPlan = {
  at: (path) => {
    if (path.length === 0 || (path.length === 1 && SERVERS.has(path[0]!))) return 'enter';
    return path.length === 2 || NOTES.has(path[0]!) ? 'take' : 'skip';
  },
  without: new Set([
    'path_validation_results',
    'verified_certificate_chain',
    'public_key',
    'subject',
    'issuer',
  ]),
};

/** At least one stands at the begin, in whatever order. */
const MARKS = ['"server_scan_results"', '"invalid_server_strings"', '"sslyze_version"'];
