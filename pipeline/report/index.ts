/**
 * Tables to a report: one page, a figure a table and scan as SVG and PNG, and the tables as CSV. With several
 * scans in a table there is one figure a scan, so that each keeps its axes. No clock is read: the same tables
 * give the same bytes.
 */
import { join } from 'node:path';
import { tableToCsv } from '../formats/csv.ts';
import type { PublishedValue } from '../formats/datasets.ts';
import type { ResultTable } from '../formats/result-table.ts';
import { drawPng, drawSvg } from './draw-figure.ts';
import { figureSpec } from './figure-spec.ts';
import { type DrawnFigure, pageHtml } from './page.ts';
import { checkReportFolder, writeReportFolder } from './write-folder.ts';

export interface ReportOptions {
  /** In the order of the page. */
  tables: ResultTable[];
  published: PublishedValue[];
  /** Folder: new, empty, or that of an earlier report. */
  out: string;
  title?: string;
  /** When it was made, as it is to be shown; left out without. */
  generated?: string;
}

export interface ReportWorld {
  /** Told of each table that is done. */
  progress?: (done: number, total: number, table: string) => void;
}

export interface ReportResult {
  /** Path of `index.html`. */
  page: string;
  /** Paths below `out`, the page last. */
  files: string[];
}

/** Writes the report. Throws UsageError where `out` cannot take it. */
export async function report(options: ReportOptions, world: ReportWorld = {}): Promise<ReportResult> {
  checkReportFolder(options.out);
  const files = new Map<string, string | Uint8Array>();
  const figures = new Map<string, DrawnFigure[]>();
  for (const [index, table] of options.tables.entries()) {
    const drawn = await drawTable(table);
    figures.set(table.name, drawn);
    for (const figure of drawn) {
      files.set(`figures/${figure.name}.svg`, figure.svg);
      files.set(`figures/${figure.name}.png`, drawPng(figure.svg));
    }
    files.set(`tables/${table.name}.csv`, tableToCsv(table));
    world.progress?.(index + 1, options.tables.length, table.name);
  }
  const { tables, published, title = 'Transport security of mail servers', generated = null } = options;
  files.set('index.html', pageHtml({ title, generated, tables, figures, published }));
  writeReportFolder(options.out, files);
  return { page: join(options.out, 'index.html'), files: [...files.keys()] };
}

/** One figure a scan; none where there is nothing to draw. */
async function drawTable(table: ResultTable): Promise<DrawnFigure[]> {
  const scans = [...new Set(table.rows.map((row) => String(row[0])))];
  const names = new Set<string>();
  const drawn: DrawnFigure[] = [];
  for (const scan of scans) {
    const rows = table.rows.filter((row) => String(row[0]) === scan);
    const spec = figureSpec(ofScan({ ...table, rows }, scan));
    if (spec === null) continue;
    const name = scans.length === 1 ? table.name : unusedName(names, `${table.name}.${fileNamePart(scan)}`);
    drawn.push({ name, scan, svg: await drawSvg(spec) });
  }
  return drawn;
}

/** A table of one scan: whether others beside it are made does not concern it. */
function ofScan(table: ResultTable, scan: string): ResultTable {
  const synthetic = table.synthetic_scans.includes(scan);
  return { ...table, synthetic, synthetic_scans: synthetic ? [scan] : [] };
}

function fileNamePart(scan: string): string {
  return scan.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 80) || 'scan';
}

/** Also apart on file systems that do not tell upper from lower case. */
function unusedName(names: Set<string>, wanted: string): string {
  let name = wanted;
  for (let number = 2; names.has(name.toLowerCase()); number++) name = `${wanted}-${number}`;
  names.add(name.toLowerCase());
  return name;
}
