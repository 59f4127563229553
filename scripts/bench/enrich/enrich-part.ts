/** The measured process: made-up addresses and prefixes, and each way to join them. Ways that disagree throw. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { openDatabase } from '../../../pipeline/base/duckdb.ts';
import { formatIPv4, parseIPv4 } from '../../../pipeline/base/ip-address.ts';
import type { AddressTable } from '../../../pipeline/ingest/enrich/address-ranges.ts';
import { beginEnrichment, readEnrichment } from '../../../pipeline/ingest/enrich/index.ts';
import { BinaryTrie } from './binary-trie.ts';

export interface EnrichTook {
  /** Wall and CPU (all threads) seconds. */
  seconds: Record<string, [wall: number, cpu: number]>;
  peak_mib: number;
}

const ASOF = `create table by_asof as
  with numbered as (
    select ip, (parts[1]::utinyint * 16777216::ubigint + parts[2]::utinyint * 65536::ubigint + parts[3]::utinyint * 256::ubigint + parts[4]::utinyint)::uinteger as number
    from (select ip, string_split(ip, '.') as parts from (select distinct ip from seen))
  )
  select ip, asn, as_prefix
  from numbered asof join starts on number >= first left join enrich_origins using (place)`;

const [addresses, prefixes] = process.argv.slice(2).map(Number) as [number, number];
const seconds: EnrichTook['seconds'] = {};

async function timed<T>(name: string, work: () => Promise<T> | T): Promise<T> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  seconds[name] = [(performance.now() - began) / 1000, (user + system) / 1e6];
  return result;
}

const folder = mkdtempSync(join(tmpdir(), 'census-bench-enrich-'));
const file = join(folder, 'routes.pfx2as');
try {
  const routes = madeRoutes();
  writeFileSync(file, routes.map(([prefix, length, asn]) => `${prefix}\t${length}\t${asn}\n`).join(''));
  const enrichment = await timed('reading the file of prefixes', () => readEnrichment({ pfx2as: file }));
  const { table, asns } = enrichment.origins!;

  const numbers = Uint32Array.from({ length: addresses }, (_, place) => scatter(place + 1));
  const mine = await timed('matching alone: table of ranges', () =>
    total(numbers, (number) => table.ofIPv4(number), asns),
  );
  const trie = new BinaryTrie(routes.map(([prefix, length], value) => [parseIPv4(prefix)!, length, value]));
  const theirs = await timed('matching alone: binary trie', () =>
    total(
      numbers,
      (number) => trie.valueOf(number),
      routes.map(([, , asn]) => asn),
    ),
  );
  if (mine !== theirs) throw new Error(`the table of ranges gives ${mine}, the trie ${theirs}`);

  const database = await openDatabase();
  const connection = await database.connect();
  await connection.run(`create table seen as select (x >> 24) || '.' || ((x >> 16) & 255) || '.' || ((x >> 8) & 255) || '.' || (x & 255) as ip
    from (select cast(hash(range) & 4294967295 as uinteger) as x from range(${addresses}))`);
  await timed('distinct addresses, nothing else', () =>
    connection.run('create table bare as select distinct ip from seen'),
  );
  await connection.run('drop table bare');
  const enrich = await beginEnrichment(connection, enrichment);
  await timed('ingest: distinct addresses with AS and prefix', () => enrich('seen', 'known'));
  const ours = await checksum(connection, 'known');
  await loadStarts(connection, table);
  await timed('DuckDB alone: the same by ASOF join', () => connection.run(ASOF));
  const other = await checksum(connection, 'by_asof');
  if (ours !== other) throw new Error(`ours gives ${ours}, the ASOF join ${other}`);
  database.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const took: EnrichTook = { seconds, peak_mib: Math.round(process.resourceUsage().maxRSS / 1024) };
process.stdout.write(JSON.stringify(took));

/** Distinct prefixes of /12 to /24, most of them /24, many in one another, as routes are. */
function madeRoutes(): [prefix: string, length: number, asn: number][] {
  const seen = new Set<number>();
  const routes: [string, number, number][] = [];
  for (let place = 0; routes.length < prefixes; place++) {
    const random = scatter(place + 1_000_000_007);
    const length = random % 8 < 5 ? 24 : 12 + ((random >>> 3) % 12);
    const first = (scatter(place) & (-1 << (32 - length))) >>> 0;
    if (seen.has(first + length / 64)) continue;
    seen.add(first + length / 64);
    routes.push([formatIPv4(first), length, 1 + (random % 400_000)]);
  }
  return routes;
}

/** A fixed permutation of 32-bit numbers (the finaliser of MurmurHash3). */
function scatter(number: number): number {
  let x = number >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

function total(numbers: Uint32Array, find: (number: number) => number, asns: readonly number[]): number {
  let sum = 0;
  for (const number of numbers) {
    const place = find(number);
    if (place >= 0) sum += asns[place]!;
  }
  return sum;
}

async function checksum(connection: DuckDBConnection, table: string): Promise<string> {
  const result = await connection.runAndReadAll(
    `select count(*), count(asn), sum(asn), bit_xor(hash(ip, asn, as_prefix)) from ${table}`,
  );
  return result.getRows()[0]!.join(' ');
}

/** The stretches that the table of ranges tells apart, for DuckDB. */
async function loadStarts(connection: DuckDBConnection, table: AddressTable): Promise<void> {
  const starts = new Set([0]);
  for (const [prefix, length] of madeRoutes()) {
    const first = parseIPv4(prefix)!;
    starts.add(first).add((first + 2 ** (32 - length)) % 2 ** 32);
  }
  await connection.run('create table starts (first uinteger, place integer)');
  const appender = await connection.createAppender('starts');
  for (const first of starts) {
    appender.appendUInteger(first);
    appender.appendInteger(table.ofIPv4(first));
    appender.endRow();
  }
  appender.closeSync();
}
