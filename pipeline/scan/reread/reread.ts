/**
 * A folder of raw records with flights → a folder of the same shape, as today's reader reads the flights. Part by part
 * and file by file; the flights of one part are in memory. What has no flight goes through as it was.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { fileSha256, writeWhole } from '../../base/files.ts';
import { packageVersion } from '../../base/package-root.ts';
import { packRecord } from '../../formats/packed-record.ts';
import {
  type CertificateRecord,
  type DhGroupRecord,
  PACKED_FORMAT_VERSION,
} from '../../formats/raw-record.ts';
import { LineFile } from '../running/line-file.ts';
import { eachJsonLine } from './json-lines.ts';
import { asEndpoint, asFlight, asNamed, type RawPart, readRawFolder } from './raw-folder.ts';
import { noRereadCounts, type RereadCounts, type RereadEndpoint, rereadEndpoint } from './reread-endpoint.ts';

export type { RereadCounts } from './reread-endpoint.ts';

/**
 * Reads the scan in `folder` again and writes it to `out`. The scan keeps its id: ingesting it takes the place of the
 * old one. UsageError where `folder` is no scan with flights, or damaged, or `out` holds something.
 */
export async function reread(folder: string, out: string): Promise<RereadCounts> {
  const scan = readRawFolder(folder);
  const made = prepare(out);
  const counts = noRereadCounts();
  try {
    const parts: RawPart[] = [];
    for (const part of scan.parts) await checkHashes(folder, part);
    for (const part of scan.parts) parts.push(await new PartReread(folder, out, part, counts).run());
    const file = {
      ...scan,
      parts,
      format_version: packedFormat(scan),
      reread_by: { tool_version: packageVersion },
    };
    writeWhole(join(out, 'scan.json'), `${JSON.stringify(file, null, 2)}\n`);
    return counts;
  } catch (error) {
    for (const name of readdirSync(out)) rmSync(join(out, name));
    if (made) rmSync(out, { recursive: true });
    throw error;
  }
}

/** Lines are packed; but to read flights again confirms no refusal, so that an older record does not become one of format 4. */
function packedFormat({ format_version }: { format_version: number }): number {
  return Math.max(format_version, PACKED_FORMAT_VERSION);
}

class PartReread {
  readonly #from: (name: string) => string;
  readonly #to: (name: string) => string;
  readonly #part: RawPart;
  readonly #counts: RereadCounts;
  readonly #flights = new Map<string, Uint8Array>();
  /** What the records of this part name. */
  readonly #certificates = new Set<string>();
  readonly #dhGroups = new Set<string>();
  readonly #freshCertificates = new Map<string, CertificateRecord>();
  readonly #freshDhGroups = new Map<string, DhGroupRecord>();

  constructor(folder: string, out: string, part: RawPart, counts: RereadCounts) {
    this.#from = (name) => join(folder, name);
    this.#to = (name) => join(out, name);
    this.#part = part;
    this.#counts = counts;
  }

  /** What scan.json says of the part then. */
  async run(): Promise<RawPart> {
    const { flights, endpoints, certificates, dh_groups } = this.#part;
    if (flights) {
      await eachJsonLine(this.#from(flights), (value, where) => {
        const { sha256, bytes } = asFlight(value, where);
        this.#flights.set(sha256, bytes);
      });
    }
    const known = await this.#namesIn(certificates, 'sha256');
    const sha256 = {
      endpoints: await this.#copyLines(endpoints, (value, where) => this.#endpoint(value, where, known)),
      certificates: await this.#copyNamed(
        certificates,
        'sha256',
        this.#certificates,
        this.#freshCertificates,
      ),
      dh_groups: await this.#copyNamed(dh_groups, 'dh_group_id', this.#dhGroups, this.#freshDhGroups),
      flights: flights ? await this.#copy(flights) : null,
    };
    return { ...this.#part, sha256 };
  }

  #endpoint(value: unknown, where: string, known: ReadonlySet<string>): unknown {
    const before = asEndpoint(value, where);
    const again = rereadEndpoint(before, (sha256) => this.#flights.get(sha256), this.#counts);
    this.#note(again, known);
    return packRecord({ ...again.record, format_version: packedFormat(again.record) });
  }

  #note({ record, certificates, dhGroups }: RereadEndpoint, known: ReadonlySet<string>): void {
    for (const sha256 of record.chains.flatMap((chain) => chain.certificates)) {
      this.#certificates.add(sha256);
      const der = known.has(sha256) ? undefined : certificates.get(sha256);
      if (der) this.#freshCertificates.set(sha256, { sha256, der: Buffer.from(der).toString('base64') });
    }
    for (const { dh_group_id } of record.handshakes) {
      if (dh_group_id === null) continue;
      this.#dhGroups.add(dh_group_id);
      const group = dhGroups.get(dh_group_id);
      if (group) this.#freshDhGroups.set(dh_group_id, group);
    }
  }

  async #namesIn(name: string, id: string): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    await eachJsonLine(this.#from(name), (value, where) => void names.add(asNamed(value, id, where)));
    return names;
  }

  async #copy(name: string): Promise<string> {
    copyFileSync(this.#from(name), this.#to(name));
    return fileSha256(this.#to(name));
  }

  /** The lines whose `id` is wanted, in their order, then those of `fresh` that were not among them; the new file's SHA-256. */
  #copyNamed(
    name: string,
    id: string,
    wanted: ReadonlySet<string>,
    fresh: Map<string, unknown>,
  ): Promise<string> {
    const change = (value: unknown, where: string) => {
      const named = asNamed(value, id, where);
      fresh.delete(named);
      return wanted.has(named) ? value : undefined;
    };
    return this.#copyLines(name, change, fresh);
  }

  /** Each line as `change` gives it, without those that are undefined; then what is left in `rest`; the new file's SHA-256. */
  async #copyLines(
    name: string,
    change: (value: unknown, where: string) => unknown,
    rest: ReadonlyMap<string, unknown> = new Map(),
  ): Promise<string> {
    const file = new LineFile(this.#to(name));
    const write = (value: unknown) => file.write(`${JSON.stringify(value)}\n`);
    try {
      await eachJsonLine(this.#from(name), async (value, where) => {
        const changed = change(value, where);
        if (changed !== undefined) write(changed);
        await file.drained();
      });
      for (const value of rest.values()) write(value);
    } catch (error) {
      await file.close();
      throw error;
    }
    return file.close();
  }
}

/** UsageError for a file of other bytes than the scan wrote: what is written anew would pass for the scan's. */
async function checkHashes(folder: string, { sha256, ...names }: RawPart): Promise<void> {
  for (const kind of ['endpoints', 'certificates', 'dh_groups', 'flights'] as const) {
    const [name, told] = [names[kind], sha256?.[kind]];
    if (!name || !told || (await fileSha256(join(folder, name))) === told) continue;
    throw new UsageError(
      `${join(folder, name)}: not the bytes whose SHA-256 scan.json tells; copy the scan again; nothing written`,
    );
  }
}

/** Whether the folder was made by this. UsageError where it holds something, or can't be made. */
function prepare(out: string): boolean {
  const isThere = existsSync(out);
  let held: string[];
  try {
    mkdirSync(out, { recursive: true });
    held = readdirSync(out);
  } catch (error) {
    throw new UsageError(
      `${out} can't be made (${(error as NodeJS.ErrnoException).code}); give another --out`,
    );
  }
  if (held.length > 0)
    throw new UsageError(`${out} already holds something (${held[0]}); give another --out`);
  return !isThere;
}
