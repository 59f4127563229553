/**
 * Endpoint results to part files: `endpoints-00000.ndjson.gz` with its certificates and Diffie-Hellman groups beside
 * it, each of those once a part. A part is `.partial` until it is whole; `scan.json` comes last.
 */
import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';
import { UsageError } from '../base/errors.ts';
import { writeWhole } from '../base/files.ts';
import type { ScanFile } from '../formats/raw-record.ts';
import type { EndpointResult } from './endpoint.ts';

export const SCAN_FILE = 'scan.json';

export class RawWriter {
  readonly parts: ScanFile['parts'] = [];
  readonly #folder: string;
  readonly #endpointsPerPart: number;
  #part: Part | undefined;

  /** Makes the folder. Throws UsageError where it holds a scan or can't be written to. */
  constructor(folder: string, endpointsPerPart: number) {
    this.#folder = folder;
    this.#endpointsPerPart = endpointsPerPart;
    prepare(folder);
  }

  /** Resolves when the next result may come. Results may be written at the same time as others. */
  async write(result: EndpointResult): Promise<void> {
    this.#part ??= new Part(this.#folder, this.parts.length);
    const part = this.#part;
    const written = part.write(result);
    const closed = part.records >= this.#endpointsPerPart ? this.#closePart() : undefined;
    await written;
    await closed;
  }

  /** Closes the last part and writes scan.json, whole or not at all. */
  async finish(scan: (parts: ScanFile['parts']) => ScanFile): Promise<ScanFile> {
    await this.#closePart();
    const file = scan(this.parts);
    writeWhole(join(this.#folder, SCAN_FILE), `${JSON.stringify(file, null, 2)}\n`);
    return file;
  }

  async #closePart(): Promise<void> {
    const part = this.#part;
    if (!part) return;
    this.#part = undefined;
    part.names.records = part.records;
    this.parts.push(part.names);
    await part.close();
  }
}

/** The three files of one part. */
class Part {
  records = 0;
  readonly names: ScanFile['parts'][number];
  readonly #endpoints: LineFile;
  readonly #certificates: LineFile;
  readonly #dhGroups: LineFile;
  readonly #seen = new Set<string>();

  constructor(folder: string, index: number) {
    const name = (kind: string) => `${kind}-${String(index).padStart(5, '0')}.ndjson.gz`;
    const [endpoints, certificates, dh_groups] = [name('endpoints'), name('certificates'), name('dh-groups')];
    this.names = { endpoints, certificates, dh_groups, records: 0 };
    this.#endpoints = new LineFile(join(folder, endpoints));
    this.#certificates = new LineFile(join(folder, certificates));
    this.#dhGroups = new LineFile(join(folder, dh_groups));
  }

  async write({ record, certificates, dhGroups }: EndpointResult): Promise<void> {
    this.records++;
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
  if (existsSync(join(folder, SCAN_FILE))) {
    throw new UsageError(`${folder} already holds a scan; give another --out, or move it away`);
  }
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UsageError(
      `${folder} can't be made (${(error as NodeJS.ErrnoException).code}); give another --out`,
    );
  }
}

/** Characters that go to the compressor at once. */
const BATCH = 65_536;
