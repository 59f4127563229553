/**
 * Files of another tool → one scan, staged as ingest takes it: part files of packed records, certificates and groups, and a quarantine
 * of what could not be read. Endpoints are numbered in the order in which they stand in the files.
 */
import { basename } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import { RAW_FORMAT_VERSION } from '../../formats/raw-record.ts';
import type { StagedScan } from '../staged-scan.ts';
import type { Adapter, ForeignScan } from './adapter.ts';
import { ForeignParts } from './foreign-parts.ts';
import type { OpenedInput } from './input/open-input.ts';

export interface ForeignInput {
  /** As the operator named it. */
  path: string;
  open: () => Promise<OpenedInput>;
}

export interface ForeignScanOptions {
  scan_id: string;
  adapter: Adapter;
  inputs: readonly ForeignInput[];
  /** Nominal port of endpoints whose port is none of the mail ports, or is not told. */
  port: number | null;
  /** For tests. */
  endpoints_per_part?: number | undefined;
}

/** Writes to `folder`, which is empty. UsageError for a file in which there is nothing, or that is cut short or damaged. */
export async function stageForeign(options: ForeignScanOptions, folder: string): Promise<StagedScan> {
  const { scan_id, adapter, inputs, port } = options;
  const parts = new ForeignParts(folder, scan_id, options.endpoints_per_part);
  const scans: ForeignScan[] = [];
  try {
    for (const input of inputs) scans.push(...(await readInput(adapter, input, port, parts)));
    const { parts: written, quarantine } = await parts.close();
    const scan = {
      ...joined(adapter.name, scans),
      format_version: RAW_FORMAT_VERSION,
      scan_id,
      parts: written,
    };
    const staged = { ...scan, synthetic: false, strategy: null };
    return { folder, scan: staged, is_whole: true, changed: [], quarantine };
  } catch (error) {
    // Nothing may stay open in a folder that is removed.
    await parts.close().catch(() => {});
    throw error;
  }
}

/** What the file says of the scan, last; nothing of it is lost without a word. */
async function readInput(
  adapter: Adapter,
  { path, open }: ForeignInput,
  port: number | null,
  parts: ForeignParts,
): Promise<ForeignScan[]> {
  const file = basename(path);
  const reader = adapter.open({ file, port });
  const before = parts.counts;
  let scan: ForeignScan | undefined;
  let reason: string | undefined;
  const takeAll = async (items: ReturnType<typeof reader.push>): Promise<void> => {
    for (const item of items) {
      if (item.kind === 'scan') scan = item.scan;
      else {
        if (item.kind === 'unreadable') reason ??= `line ${item.line}: ${item.reason}`;
        const wait = parts.take(item, file);
        if (wait) await wait;
      }
    }
  };
  const { chunks } = await open();
  for await (const chunk of chunks) await takeAll(reader.push(chunk));
  await takeAll(reader.end());
  const { endpoints } = parts.counts;
  if (endpoints === before.endpoints) throw new UsageError(`${path} ${nothingTaken(adapter, reason)}`);
  return scan ? [scan] : [];
}

/** Why there is no endpoint in a file: a quarantine of all of it would be a scan of nothing. */
function nothingTaken({ name }: Adapter, reason: string | undefined): string {
  if (reason === undefined) return `is empty: no line of ${name} in it; nothing written`;
  return `holds no endpoint that could be taken as ${name} writes them (${printable(reason, 200)}); nothing written`;
}

/** What is known of all files together: what they differ in is not known of the scan. */
function joined(tool: string, scans: readonly ForeignScan[]): ForeignScan {
  const same = <T>(values: readonly T[]): T | null =>
    values.length > 0 && values.every((value) => JSON.stringify(value) === JSON.stringify(values[0]))
      ? values[0]!
      : null;
  const starts = scans.map(({ started_at }) => started_at);
  const ends = scans.map(({ finished_at }) => finished_at);
  return {
    tool: same(scans.map((scan) => scan.tool)) ?? tool,
    tool_version: same(scans.map((scan) => scan.tool_version)),
    started_at: starts.includes(null) ? null : ([...starts].sort()[0] ?? null),
    finished_at: ends.includes(null) ? null : ([...ends].sort().at(-1) ?? null),
    cipher_suites: same(scans.map((scan) => scan.cipher_suites)),
  };
}
