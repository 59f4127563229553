/**
 * Endpoint results to part files: `endpoints-00000.ndjson.gz` with its certificates and Diffie-Hellman groups beside
 * it, each of those once a part. A part is `.partial` until it is whole; `scan.json` names the whole ones, and is
 * written anew after each: a scan that dies keeps them.
 */
import { createWriteStream, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';
import { UsageError } from '../base/errors.ts';
import { writeWhole } from '../base/files.ts';
import type { EndpointOutcome, EndpointRecord, ScanFile } from '../formats/raw-record.ts';
import type { EndpointResult } from './endpoint.ts';

export const SCAN_FILE = 'scan.json';

/** What scan.json says of a scan whose whole parts are these, with the counts of their endpoints. */
export type AsScan = (parts: ScanFile['parts'], counts: ScanFile['counts']) => ScanFile;

export class RawWriter {
  readonly #folder: string;
  readonly #endpointsPerPart: number;
  readonly #unfinished: AsScan | undefined;
  readonly #whole: Part[] = [];
  #begun = 0;
  #part: Part | undefined;

  /**
   * Makes the folder. Throws UsageError where it holds a scan or can't be written to. `unfinished` gives scan.json as
   * long as the scan goes on; without it there is none until finish().
   */
  constructor(folder: string, endpointsPerPart: number, unfinished?: AsScan) {
    this.#folder = folder;
    this.#endpointsPerPart = endpointsPerPart;
    this.#unfinished = unfinished;
    prepare(folder);
  }

  /** Resolves when the next result may come. Results may be written at the same time as others. */
  async write(result: EndpointResult): Promise<void> {
    this.#part ??= new Part(this.#folder, this.#begun++);
    const part = this.#part;
    const written = part.write(result);
    const closed = part.counts.endpoints >= this.#endpointsPerPart ? this.#closePart() : undefined;
    const ends = await Promise.allSettled([written, closed]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    if (closed && this.#unfinished) this.#writeScan(this.#unfinished);
  }

  /** Closes the last part and writes scan.json, whole or not at all. A part that can't be closed is left out. */
  async finish(scan: AsScan): Promise<ScanFile> {
    const [closed] = await Promise.allSettled([this.#closePart()]);
    const file = this.#writeScan(scan);
    if (closed!.status === 'rejected') throw closed!.reason;
    return file;
  }

  async #closePart(): Promise<void> {
    const part = this.#part;
    if (!part) return;
    this.#part = undefined;
    await part.close();
    this.#whole.push(part);
    this.#whole.sort((left, right) => left.index - right.index);
  }

  #writeScan(scan: AsScan): ScanFile {
    const names = this.#whole.map((part) => ({ ...part.names, records: part.counts.endpoints }));
    const file = scan(names, sumOf(this.#whole.map((part) => part.counts)));
    writeWhole(join(this.#folder, SCAN_FILE), `${JSON.stringify(file, null, 2)}\n`);
    return file;
  }
}

/** Counts of no endpoint yet. */
export function noCounts(): ScanFile['counts'] {
  return { endpoints: 0, handshakes: 0, outcomes: { tls: 0, tls_rejected: 0, no_starttls: 0, error: 0 } };
}

/** Adds one endpoint to `counts`. */
export function countRecord(counts: ScanFile['counts'], record: EndpointRecord): void {
  counts.endpoints++;
  counts.outcomes[record.outcome]++;
  for (const version of record.versions) counts.handshakes += version.handshakes;
}

function sumOf(all: readonly ScanFile['counts'][]): ScanFile['counts'] {
  const sum = noCounts();
  for (const counts of all) {
    sum.endpoints += counts.endpoints;
    sum.handshakes += counts.handshakes;
    for (const name of Object.keys(sum.outcomes) as EndpointOutcome[]) {
      sum.outcomes[name] += counts.outcomes[name];
    }
  }
  return sum;
}

/** The three files of one part. */
class Part {
  readonly index: number;
  readonly counts = noCounts();
  readonly names: Omit<ScanFile['parts'][number], 'records'>;
  readonly #endpoints: LineFile;
  readonly #certificates: LineFile;
  readonly #dhGroups: LineFile;
  readonly #seen = new Set<string>();

  constructor(folder: string, index: number) {
    this.index = index;
    const name = (kind: string) => `${kind}-${String(index).padStart(5, '0')}.ndjson.gz`;
    const [endpoints, certificates, dh_groups] = [name('endpoints'), name('certificates'), name('dh-groups')];
    this.names = { endpoints, certificates, dh_groups };
    this.#endpoints = new LineFile(join(folder, endpoints));
    this.#certificates = new LineFile(join(folder, certificates));
    this.#dhGroups = new LineFile(join(folder, dh_groups));
  }

  async write({ record, certificates, dhGroups }: EndpointResult): Promise<void> {
    countRecord(this.counts, record);
    for (const [sha256, der] of certificates) {
      if (this.#isNew(sha256)) this.#certificates.write({ sha256, der: Buffer.from(der).toString('base64') });
    }
    for (const [id, group] of dhGroups) if (this.#isNew(id)) this.#dhGroups.write(group);
    this.#endpoints.write(record);
    await Promise.all([this.#endpoints.drained(), this.#certificates.drained(), this.#dhGroups.drained()]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#endpoints.close(), this.#certificates.close(), this.#dhGroups.close()]);
  }

  #isNew(hash: string): boolean {
    return !this.#seen.has(hash) && this.#seen.add(hash).has(hash);
  }
}

/** JSON lines to a gzip file, in batches; `.partial` until closed. */
class LineFile {
  readonly #path: string;
  readonly #gzip: Gzip;
  readonly #written: Promise<void>;
  #batch = '';
  #drain: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#gzip = createGzip({ level: 6 });
    this.#written = finished(this.#gzip.pipe(createWriteStream(`${path}.partial`)));
    // It is awaited in close(); until then a failure must not count as nobody's.
    this.#written.catch(() => {});
  }

  write(value: unknown): void {
    this.#batch += `${JSON.stringify(value)}\n`;
    if (this.#batch.length >= BATCH) this.#flush();
  }

  /** Resolves when the compressor has room, rejects when the file can't be written. */
  drained(): Promise<void> {
    return Promise.race([this.#drain ?? Promise.resolve(), this.#written]);
  }

  async close(): Promise<void> {
    this.#flush();
    this.#gzip.end();
    await this.#written;
    renameSync(`${this.#path}.partial`, this.#path);
  }

  #flush(): void {
    const batch = this.#batch;
    this.#batch = '';
    if (batch === '' || this.#gzip.write(batch)) return;
    this.#drain ??= new Promise((resolve) => {
      this.#gzip.once('drain', () => {
        this.#drain = undefined;
        resolve();
      });
    });
  }
}

function prepare(folder: string): void {
  let names: string[];
  try {
    mkdirSync(folder, { recursive: true });
    names = readdirSync(folder);
  } catch (error) {
    throw new UsageError(
      `${folder} can't be made (${(error as NodeJS.ErrnoException).code}); give another --out`,
    );
  }
  // A scan that died early left no scan.json, but what it left is somebody's all the same.
  const held = names.sort().find((name) => name === SCAN_FILE || /\.(?:ndjson\.gz|partial)$/.test(name));
  if (held === undefined) return;
  throw new UsageError(`${folder} already holds a scan (${held}); give another --out, or move it away`);
}

/** Characters that go to the compressor at once. */
const BATCH = 65_536;
