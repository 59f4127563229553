/**
 * Results to part files: `endpoints-00000.ndjson.gz` with what these endpoints showed beside it, each of that once a
 * part. A part is `.partial` until it is whole and on the disk; then scan.json is written anew, which names the whole
 * ones. At any moment the folder is that of a scan that can be read, and gone on with.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder, writeWhole } from '../base/files.ts';
import {
  addChecks,
  type InferenceTotals,
  inferenceError,
  noInference,
  sumOfInference,
} from '../formats/inference-error.ts';
import type { EndpointOutcome, ScanFile, ScanInference } from '../formats/raw-record.ts';
import { LineFile } from './running/line-file.ts';
import type { PackedResult } from './running/packed-result.ts';
import { type ResumeState, resumeFile, writeResumeState } from './running/resume-state.ts';

export const SCAN_FILE = 'scan.json';

type Counts = ScanFile['counts'];
type PartEntry = ScanFile['parts'][number];
type PartNames = Omit<PartEntry, 'records' | 'sha256'>;

export interface WriterOptions {
  folder: string;
  endpoints_per_part: number;
  /** How long a part may stay open at least. */
  part_ms: number;
  keep_flights: boolean;
}

/** What the writer is told of the scan whenever a part is whole. */
export interface Bookkeeping {
  /** scan.json without what the writer knows. */
  header(): Omit<ScanFile, 'finished_at' | 'counts' | 'inference' | 'parts'>;
  /** Whether checks have ended inference. */
  inferenceStopped(): boolean;
  /** Where to go on, once all that was given to write() is whole. */
  state(): ResumeState;
}

export class RawWriter {
  readonly #options: WriterOptions;
  readonly #books: Bookkeeping;
  readonly #since = performance.now();
  #parts: ScanFile['parts'];
  #counts: Counts;
  #inference: InferenceTotals;
  #begun: number;
  #part: Part | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The last part that was closed, and all before it. */
  #closing: Promise<void> = Promise.resolve();

  /** Goes on behind the parts of `before`. */
  constructor(
    options: WriterOptions,
    books: Bookkeeping,
    before?: Pick<ScanFile, 'parts' | 'counts' | 'inference'>,
  ) {
    this.#options = options;
    this.#books = books;
    this.#parts = [...(before?.parts ?? [])];
    this.#counts = before ? before.counts : noCounts();
    this.#inference = before?.inference ?? noInference();
    this.#begun = this.#parts.length;
  }

  /** Writes scan.json as it is before the first part: from here on the scan can be gone on with. */
  begin(): void {
    writeResumeState(this.#options.folder, this.#parts.length, this.#books.state());
    this.#writeScan(null);
  }

  /** Resolves when the next result may come. Results may be written at the same time as others. */
  async write(result: PackedResult): Promise<void> {
    const part = this.#openPart();
    const written = part.write(result);
    const closed = part.counts.endpoints >= this.#options.endpoints_per_part ? this.#close() : undefined;
    const ends = await Promise.allSettled([written, closed]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** Closes the last part. scan.json says then what is whole, and `finishedAt` if that is all. */
  async finish(finishedAt: string | null): Promise<ScanFile> {
    await this.#close();
    const file = this.#writeScan(finishedAt);
    if (finishedAt !== null) rmSync(this.#path(resumeFile(this.#parts.length)), { force: true });
    return file;
  }

  #openPart(): Part {
    if (this.#part) return this.#part;
    const { folder, keep_flights, part_ms } = this.#options;
    this.#part = new Part(folder, this.#begun++, keep_flights);
    const age = Math.max(part_ms, (performance.now() - this.#since) / PARTS_OF_TIME);
    // Where it fails, the next write or finish() says so.
    this.#timer = setTimeout(() => this.#close().catch(() => {}), age).unref();
    return this.#part;
  }

  /** Parts become whole in their order: each is closed after the last one. Rejects for good once one of them fails. */
  #close(): Promise<void> {
    const part = this.#part;
    if (!part) return this.#closing;
    clearTimeout(this.#timer);
    this.#part = undefined;
    const state = this.#books.state();
    const last = this.#closing;
    this.#closing = Promise.all([part.close(), last]).then(([entry]) => this.#keep(part, entry, state));
    this.#closing.catch(() => {});
    return this.#closing;
  }

  #keep(part: Part, entry: PartEntry, state: ResumeState): void {
    syncFolder(this.#options.folder);
    const before = this.#parts.length;
    this.#parts = [...this.#parts, entry];
    this.#counts = sumOf(this.#counts, part.counts);
    this.#inference = sumOfInference(this.#inference, part.inference);
    writeResumeState(this.#options.folder, this.#parts.length, state);
    this.#writeScan(null);
    rmSync(this.#path(resumeFile(before)), { force: true });
  }

  #writeScan(finished_at: string | null): ScanFile {
    const header = this.#books.header();
    const inference = header.strategy === 'predictive' ? this.#inferenceSaid() : null;
    const file = { ...header, finished_at, counts: this.#counts, inference, parts: this.#parts };
    writeWhole(this.#path(SCAN_FILE), `${JSON.stringify(file, null, 2)}\n`);
    return file;
  }

  #inferenceSaid(): ScanInference {
    const { groups, endpoints, standing, missed } = this.#inference;
    const error = inferenceError(this.#inference);
    return { groups, endpoints, standing, missed, ...error, stopped: this.#books.inferenceStopped() };
  }

  #path(name: string): string {
    return join(this.#options.folder, name);
  }
}

/** Counts of no endpoint yet. */
export function noCounts(): Counts {
  return { endpoints: 0, handshakes: 0, outcomes: { tls: 0, tls_rejected: 0, no_starttls: 0, error: 0 } };
}

/** Adds one endpoint to `counts`. */
export function countResult(counts: Counts, { outcome, handshakes }: PackedResult): void {
  counts.endpoints++;
  counts.outcomes[outcome]++;
  counts.handshakes += handshakes;
}

function sumOf(left: Counts, right: Counts): Counts {
  const outcomes = { ...left.outcomes };
  for (const name of Object.keys(outcomes) as EndpointOutcome[]) outcomes[name] += right.outcomes[name];
  const [endpoints, handshakes] = [left.endpoints + right.endpoints, left.handshakes + right.handshakes];
  return { endpoints, handshakes, outcomes };
}

/** The files of one part. */
class Part {
  readonly counts = noCounts();
  readonly inference = noInference();
  readonly #names: PartNames;
  readonly #endpoints: LineFile;
  readonly #certificates: LineFile;
  readonly #dhGroups: LineFile;
  readonly #flights: LineFile | undefined;
  // A set a kind: a server may choose bytes of one kind that have the hash of another kind's text.
  readonly #certificatesSeen = new Set<string>();
  readonly #dhGroupsSeen = new Set<string>();
  readonly #flightsSeen = new Set<string>();

  constructor(folder: string, index: number, keepFlights: boolean) {
    const name = (kind: string) => `${kind}-${String(index).padStart(5, '0')}.ndjson.gz`;
    const [endpoints, certificates, dh_groups] = [name('endpoints'), name('certificates'), name('dh-groups')];
    const flights = keepFlights ? name('flights') : null;
    this.#names = { endpoints, certificates, dh_groups, flights };
    this.#endpoints = new LineFile(join(folder, endpoints));
    this.#certificates = new LineFile(join(folder, certificates));
    this.#dhGroups = new LineFile(join(folder, dh_groups));
    this.#flights = flights === null ? undefined : new LineFile(join(folder, flights));
  }

  async write(result: PackedResult): Promise<void> {
    countResult(this.counts, result);
    addChecks(this.inference, result.inference_checks);
    for (const [sha256, der] of unseen(result.certificates, this.#certificatesSeen)) {
      this.#certificates.write(`${JSON.stringify({ sha256, der: base64(der) })}\n`);
    }
    for (const [, group] of unseen(result.dhGroups, this.#dhGroupsSeen)) {
      this.#dhGroups.write(`${JSON.stringify(group)}\n`);
    }
    for (const [sha256, bytes] of unseen(result.flights, this.#flightsSeen)) {
      this.#flights?.write(`${JSON.stringify({ sha256, bytes: base64(bytes) })}\n`);
    }
    this.#endpoints.write(result.record);
    await Promise.all(this.#files().map((file) => file.drained()));
  }

  /** What scan.json says of the part. */
  async close(): Promise<PartEntry> {
    const [endpoints, certificates, dh_groups, flights] = await Promise.all(
      this.#files().map((file) => file.close()),
    );
    const sha256 = {
      endpoints: endpoints!,
      certificates: certificates!,
      dh_groups: dh_groups!,
      flights: flights ?? null,
    };
    return { ...this.#names, records: this.counts.endpoints, sha256 };
  }

  #files(): LineFile[] {
    const files = [this.#endpoints, this.#certificates, this.#dhGroups];
    return this.#flights ? [...files, this.#flights] : files;
  }
}

function* unseen<T>(shown: ReadonlyMap<string, T>, seen: Set<string>): Generator<[string, T]> {
  for (const entry of shown) {
    if (seen.has(entry[0])) continue;
    seen.add(entry[0]);
    yield entry;
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** A part stays open for up to this share of the time so far: a week makes some 400 parts, not 10,000. */
const PARTS_OF_TIME = 60;
