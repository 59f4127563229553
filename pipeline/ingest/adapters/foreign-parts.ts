/**
 * Endpoints from another tool's file, with what they name by hash → part files, as a scan of our own has them (docs/raw-record.md), and
 * lines for the quarantine. Memory is bounded: by what one endpoint shows, and by the hashes of one part.
 */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { sha256Hex, toHex } from '../../base/hex.ts';
import { packRecord } from '../../formats/packed-record.ts';
import { quarantinedLine } from '../../formats/quarantine.ts';
import {
  type CertificateRecord,
  type DhGroupRecord,
  type EndpointRecord,
  RAW_FORMAT_VERSION,
  type ScanFile,
} from '../../formats/raw-record.ts';
import type { ForeignEndpoint, ForeignItem, Unreadable } from './adapter.ts';
import { bitLength, dhGroupId } from './foreign-bytes.ts';

type Shown = Extract<ForeignItem, { kind: 'certificate' | 'dh_group' }>;

export class ForeignParts {
  readonly #folder: string;
  readonly #scanId: string;
  readonly #endpointsPerPart: number;
  readonly #parts: ScanFile['parts'] = [];
  #part: Part | undefined;
  /** What was shown since the last endpoint: it belongs to the part of the next one. */
  #shown: Shown[] = [];
  #shownBytes = 0;
  #endpoints = 0;
  #quarantine: LineStream | undefined;
  #quarantined = 0;

  constructor(folder: string, scan_id: string, endpoints_per_part: number = ENDPOINTS_PER_PART) {
    this.#folder = folder;
    this.#scanId = scan_id;
    this.#endpointsPerPart = endpoints_per_part;
  }

  /** How many endpoints, and lines for the quarantine, were given so far. */
  get counts(): { endpoints: number; quarantined: number } {
    return { endpoints: this.#endpoints, quarantined: this.#quarantined };
  }

  /** `file`: name of the file without folders. A promise where the next item has to wait for the disk. */
  take(item: Exclude<ForeignItem, { kind: 'scan' }>, file: string): Promise<void> | undefined {
    if (item.kind === 'endpoint') return this.#endpoint(item.record);
    if (item.kind === 'unreadable') return this.#unreadable(item, file);
    this.#shown.push(item);
    this.#shownBytes +=
      item.kind === 'certificate' ? item.der.length : item.prime.length + item.generator.length;
    return this.#shownBytes > MOST_SHOWN_BYTES ? this.#flushShown() : undefined;
  }

  /** Closes what is open; the parts, and the quarantine's path, null where nothing is in it. */
  async close(): Promise<{ parts: ScanFile['parts']; quarantine: string | null }> {
    await this.#flushShown();
    await this.#closePart();
    await this.#quarantine?.close();
    return { parts: this.#parts, quarantine: this.#quarantine ? this.#path(QUARANTINE) : null };
  }

  #endpoint(record: ForeignEndpoint): Promise<void> | undefined {
    const drained = this.#flushShown();
    const part = this.#openPart();
    const line = {
      format_version: RAW_FORMAT_VERSION,
      scan_id: this.#scanId,
      endpoint_id: this.#endpoints++,
      ...record,
    };
    part.records++;
    // What the file does not say is null, and null is left out of a packed line.
    const written = part.endpoints.write(packRecord(line as unknown as EndpointRecord));
    if (part.records >= this.#endpointsPerPart || part.seen.size >= MOST_SEEN) return this.#closePart();
    return drained ?? written;
  }

  #flushShown(): Promise<void> | undefined {
    if (this.#shown.length === 0) return undefined;
    const part = this.#openPart();
    const waits = this.#shown.map((item) => part.show(item)).filter((wait) => wait !== undefined);
    this.#shown = [];
    this.#shownBytes = 0;
    return waits.at(-1);
  }

  #unreadable({ line, reason, bytes, truncated }: Unreadable, file: string): Promise<void> | undefined {
    this.#quarantine ??= new LineStream(createWriteStream(this.#path(QUARANTINE)));
    this.#quarantined++;
    const length = truncated ? Number.POSITIVE_INFINITY : bytes.length;
    return this.#quarantine.write(quarantinedLine({ file, line }, reason, bytes, length));
  }

  #openPart(): Part {
    this.#part ??= new Part(this.#folder, this.#parts.length);
    return this.#part;
  }

  async #closePart(): Promise<void> {
    const part = this.#part;
    if (!part) return;
    this.#part = undefined;
    this.#parts.push({ ...part.names, flights: null, records: part.records });
    await part.close();
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

class Part {
  readonly names: Pick<ScanFile['parts'][number], 'endpoints' | 'certificates' | 'dh_groups'>;
  readonly endpoints: LineStream;
  records = 0;
  /** Certificates and groups that this part has. */
  readonly seen = new Set<string>();
  readonly #certificates: LineStream;
  readonly #groups: LineStream;

  constructor(folder: string, index: number) {
    const name = (kind: string): string => `${kind}-${String(index).padStart(5, '0')}.ndjson.gz`;
    const [endpoints, certificates, dh_groups] = [name('endpoints'), name('certificates'), name('dh-groups')];
    this.names = { endpoints, certificates, dh_groups };
    this.endpoints = gzipLines(join(folder, endpoints));
    this.#certificates = gzipLines(join(folder, certificates));
    this.#groups = gzipLines(join(folder, dh_groups));
  }

  show(item: Shown): Promise<void> | undefined {
    const isCertificate = item.kind === 'certificate';
    const id = isCertificate ? sha256Hex(item.der) : dhGroupId(item.prime, item.generator);
    // A kind each: a server may choose bytes of one that have the hash of the other's text.
    if (this.seen.has(`${item.kind} ${id}`)) return undefined;
    this.seen.add(`${item.kind} ${id}`);
    return isCertificate
      ? this.#certificates.write(certificateRecord(id, item.der))
      : this.#groups.write(groupRecord(id, item));
  }

  async close(): Promise<void> {
    await Promise.all([this.endpoints, this.#certificates, this.#groups].map((stream) => stream.close()));
  }
}

function certificateRecord(sha256: string, der: Uint8Array): CertificateRecord {
  return { sha256, der: Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64') };
}

function groupRecord(id: string, { prime, generator }: Extract<Shown, { kind: 'dh_group' }>): DhGroupRecord {
  return {
    dh_group_id: id,
    prime_sha256: sha256Hex(prime),
    bits: bitLength(prime),
    prime_hex: toHex(prime),
    generator_hex: toHex(generator),
  };
}

/** Values to lines of JSON, in batches. */
class LineStream {
  readonly #stream: Writable;
  readonly #written: Promise<void>;
  #batch: string[] = [];
  #size = 0;

  /** `file`: where `stream` ends, if that is another one. */
  constructor(stream: Writable, file: Writable = stream) {
    this.#stream = stream;
    this.#written = finished(file);
    // It is awaited in close(); until then a failure must not count as nobody's.
    this.#written.catch(() => {});
  }

  write(value: object): Promise<void> | undefined {
    const line = `${JSON.stringify(value)}\n`;
    this.#batch.push(line);
    this.#size += line.length;
    return this.#size < BATCH || this.#flush() ? undefined : this.#drained();
  }

  async close(): Promise<void> {
    this.#flush();
    this.#stream.end();
    await this.#written;
  }

  #flush(): boolean {
    const batch = this.#batch.join('');
    this.#batch = [];
    this.#size = 0;
    return batch === '' || this.#stream.write(batch);
  }

  #drained(): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#stream.once('drain', resolve);
    });
    const settled = Promise.race([drained, this.#written]);
    // Where nobody waits for it, close() says what failed.
    settled.catch(() => {});
    return settled;
  }
}

/** What is staged is read once and removed: it is packed in haste. */
function gzipLines(path: string): LineStream {
  const gzip = createGzip({ level: 1 });
  const file = createWriteStream(path);
  gzip.on('error', (error) => file.destroy(error));
  file.on('error', (error) => gzip.destroy(error));
  gzip.pipe(file);
  return new LineStream(gzip, file);
}

const QUARANTINE = 'quarantine.ndjson';
const ENDPOINTS_PER_PART = 50_000;
/** Hashes of a part: some 40 MB. */
const MOST_SEEN = 200_000;
/** What is kept of an endpoint at a scan of our own. */
const MOST_SHOWN_BYTES = 4 * 1024 * 1024;
/** Characters that go to the compressor at once. */
const BATCH = 65_536;
