/**
 * Readers of NDJSON that other tools wrote (zgrab2, tlsx, tls-scan): whatever stands in a file, each object of it gives an endpoint that
 * the lake can take, or something for the quarantine, and how the file is cut into chunks makes no difference.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../../pipeline/base/hex.ts';
import { packageRoot } from '../../pipeline/base/package-root.ts';
import { packRecord, unpackRecord } from '../../pipeline/formats/packed-record.ts';
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import type { Adapter, ForeignEndpoint, ForeignItem } from '../../pipeline/ingest/adapters/adapter.ts';
import { dhGroupId } from '../../pipeline/ingest/adapters/foreign-bytes.ts';
import { type JsonLine, JsonLines } from '../../pipeline/ingest/adapters/json-lines/json-lines.ts';
import { tlsScan } from '../../pipeline/ingest/adapters/tls-scan/tls-scan.ts';
import { tlsx } from '../../pipeline/ingest/adapters/tlsx/tlsx.ts';
import { zgrab2 } from '../../pipeline/ingest/adapters/zgrab2/zgrab2.ts';
import { chunksOf, expectSame, Fault, type FuzzTarget } from './fuzz-target.ts';
import { type Material, mutate } from './mutate.ts';
import { mutateJson } from './mutate-json.ts';
import type { Random } from './random.ts';

export function ndjsonTargets(): FuzzTarget[] {
  return [target(zgrab2, 'zgrab2.ndjson'), target(tlsx, 'tlsx.ndjson'), target(tlsScan, 'tls-scan.ndjson')];
}

function target(adapter: Adapter, sample: string): FuzzTarget {
  const lines = readFileSync(join(packageRoot, 'scripts/fuzz/samples', sample), 'utf8').split(/(?<=\n)/);
  return {
    name: adapter.name,
    seeds: [lines.join(''), ...lines].map((text) => new Uint8Array(Buffer.from(text))),
    words: WORDS,
    check: (bytes) => check(adapter, bytes),
    mutate: mutateLines,
  };
}

function check(adapter: Adapter, bytes: Uint8Array): string {
  const whole = itemsOf(adapter, [bytes]);
  expectSame('chunks', shown(itemsOf(adapter, chunksOf(bytes))), shown(whole));
  const objects = objectsOf(bytes);
  for (const { bytes: object } of objects) {
    const items = itemsOf(adapter, [object]);
    if (!items.some(({ kind }) => kind === 'endpoint' || kind === 'unreadable'))
      throw new Fault('an object without a trace');
  }
  checkItems(whole);
  return [...new Set(whole.map(wordOf))].sort().join(' ').slice(0, 400);
}

function itemsOf(adapter: Adapter, chunks: readonly Uint8Array[]): ForeignItem[] {
  const reader = adapter.open({ file: 'fuzz.json', port: 25 });
  return [...chunks.flatMap((chunk) => [...reader.push(chunk)]), ...reader.end()].filter(
    ({ kind }) => kind !== 'scan',
  );
}

function objectsOf(bytes: Uint8Array): JsonLine[] {
  const lines = new JsonLines();
  return [...lines.push(bytes), ...lines.end()];
}

function checkItems(items: readonly ForeignItem[]): void {
  const known = new Set<string>();
  for (const item of items) {
    if (item.kind === 'certificate') known.add(sha256Hex(item.der));
    if (item.kind === 'dh_group') known.add(dhGroupId(item.prime, item.generator));
    if (item.kind === 'endpoint') checkEndpoint(item.record, known);
    if (item.kind === 'unreadable' && (item.line < 1 || item.reason.length > 300))
      throw new Fault(`line ${item.line}: ${item.reason}`);
  }
}

/** What ingest asks of a record (record-checks.ts), as far as another tool's file must say it. */
function checkEndpoint(record: ForeignEndpoint, known: ReadonlySet<string>): void {
  const packed = JSON.stringify(packRecord(record as unknown as EndpointRecord));
  expectSame('packed', JSON.stringify(packRecord(unpackRecord(JSON.parse(packed)))), packed);
  const problem = PROBLEMS.find(([, isWrong]) => isWrong(record, known))?.[0];
  if (problem) throw new Fault(`${problem}: ${packed.slice(0, 500)}`);
}

type Check = (record: ForeignEndpoint, known: ReadonlySet<string>) => boolean;

const PROBLEMS: readonly (readonly [string, Check])[] = [
  ['no mail port', ({ port }) => ![25, 110, 143, 465, 587, 993, 995].includes(port)],
  [
    'no service',
    ({ protocol, tls_mode }) => !/^(smtp|pop3|imap) (starttls|implicit)$/.test(`${protocol} ${tls_mode}`),
  ],
  [
    'outcome',
    ({ outcome, handshakes }) => (outcome === 'tls') !== handshakes.length > 0 && outcome !== 'tls',
  ],
  [
    'a version twice',
    ({ versions }) => new Set(versions.map(({ version }) => version)).size < versions.length,
  ],
  [
    'a handshake',
    ({ handshakes, versions }) =>
      handshakes.some(
        (one) =>
          one.outcome !== 'accepted' ||
          one.error_kind !== null ||
          !isIn(one.version, 2, 0x7fff) ||
          !(one.cipher_suite === null || isIn(one.cipher_suite, 0, 0xffffff)) ||
          !versions.some(({ version }) => version === one.version),
      ),
  ],
  ['a suite twice', ({ handshakes }) => new Set(handshakes.map(keyOf)).size < handshakes.length],
  [
    'a chain',
    ({ chains }, known) =>
      chains.some(({ certificates }) => !certificates.every((sha256) => known.has(sha256))),
  ],
  [
    'a group',
    ({ handshakes }, known) =>
      handshakes.some(({ dh_group_id }) => dh_group_id !== null && !known.has(dh_group_id)),
  ],
  ['a long text', (record) => textsOf(record).some(([text, most]) => (text?.length ?? 0) > most)],
  [
    'a time',
    ({ started_at }) => started_at !== null && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(started_at),
  ],
];

function isIn(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function keyOf({ version, cipher_suite }: ForeignEndpoint['handshakes'][number]): string {
  return `${version} ${cipher_suite}`;
}

function textsOf(record: ForeignEndpoint): [text: string | null, most: number][] {
  return [
    ...[record.target, record.host, record.ip].map((text): [string | null, number] => [text, 255]),
    [record.dialogue.banner, 1024],
    [record.dialogue.starttls_reply, 1024],
    [record.error_detail, 1024],
    ...record.handshakes.map(({ error_detail }): [string | null, number] => [error_detail, 300]),
  ];
}

function wordOf(item: ForeignItem): string {
  if (item.kind === 'unreadable') return item.reason.replaceAll(/\d+/g, '').slice(0, 60);
  return item.kind === 'endpoint' ? `${item.record.outcome} ${item.record.error_kind}` : item.kind;
}

function shown(items: readonly ForeignItem[]): string {
  return items.map((item) => `${item.kind} ${contentOf(item)}`).join('\n');
}

function contentOf(item: ForeignItem): string {
  if (item.kind === 'certificate') return sha256Hex(item.der);
  if (item.kind === 'dh_group') return dhGroupId(item.prime, item.generator);
  if (item.kind === 'unreadable')
    return `${item.line} ${item.reason} ${item.truncated} ${sha256Hex(item.bytes)}`;
  return JSON.stringify(item);
}

/** One line changed as JSON, or the file as bytes. */
function mutateLines(bytes: Uint8Array, material: Material, random: Random): Uint8Array {
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  if (random.below(4) === 0 || lines.length > 200) return mutate(bytes, material, random);
  const place = random.below(lines.length);
  const line = new Uint8Array(Buffer.from(lines[place]!, 'latin1'));
  lines[place] = Buffer.from(mutateJson(line, material, random)).toString('latin1');
  return new Uint8Array(Buffer.from(lines.join('\n'), 'latin1'));
}

const WORDS: readonly Uint8Array[] = [
  ...[
    'null',
    '-1',
    '1e999',
    '0.5',
    '[]',
    '{}',
    '""',
    '\n',
    '{\n',
    '\n}\n',
    '"\\u0000"',
    '"\\ud800"',
    '9007199254740993',
  ],
  ...['"__proto__":', '"value":', '"tls":', '"raw":', '"port":', '"version":', '"data":{', '"chain":['],
].map((text) => new Uint8Array(Buffer.from(text)));
