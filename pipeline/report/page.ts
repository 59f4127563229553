/**
 * Tables and their figures to one HTML page: no script, nothing loaded from elsewhere, the font within it.
 * The frame is `reports/page.html`, the style `reports/page.css`; `{{name}}` in the frame is filled in.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, packageVersion } from '../base/package-root.ts';
import { escapeHtml } from '../base/printable.ts';
import type { PublishedValue } from '../formats/datasets.ts';
import { type ResultTable, syntheticNote, withoutSoleScan } from '../formats/result-table.ts';
import { fontFiles } from './fonts.ts';
import { otherPublishedHtml, publishedHtml } from './page-published.ts';
import { tableHtml } from './page-table.ts';

/** A figure as the page needs it. */
export interface DrawnFigure {
  /** File name without ending, below `figures/`. */
  name: string;
  /** The scan it shows. */
  scan: string;
  svg: string;
}

export interface PageContent {
  title: string;
  /** Shown as it is; a date only where the caller gives one. */
  generated: string | null;
  tables: ResultTable[];
  /** By name of table. */
  figures: Map<string, DrawnFigure[]>;
  published: PublishedValue[];
}

/** The document. The same content gives the same text. */
export function pageHtml(content: PageContent): string {
  const style = pageStyle();
  const parts: Record<string, string> = {
    title: escapeHtml(content.title + (isMade(content) ? ' (synthetic)' : '')),
    style_element: `<style>${style}</style>`,
    style_hash: createHash('sha256').update(style).digest('base64'),
    version: escapeHtml(packageVersion),
    generated: content.generated === null ? '' : ` Made ${escapeHtml(content.generated)}.`,
    banner: isMade(content) ? BANNER : '',
    contents: content.tables.map(contentsItem).join('\n'),
    sections: content.tables.map((table) => sectionHtml(table, content)).join('\n'),
    other_published: otherPublishedHtml(content.tables, content.published),
  };
  return readTemplate('page.html').replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`reports/page.html asks for {{${name}}}, which nobody fills in`);
    return part;
  });
}

function isMade({ tables }: PageContent): boolean {
  return tables.some((table) => table.synthetic);
}

function contentsItem(table: ResultTable): string {
  const empty = table.rows.length === 0 ? ' <span class="none">(no rows)</span>' : '';
  return `<li><a href="#${table.name}">${escapeHtml(table.title)}</a>${empty}</li>`;
}

function sectionHtml(table: ResultTable, content: PageContent): string {
  const scans = [...new Set(table.rows.map((row) => String(row[0])))];
  const figures = content.figures.get(table.name) ?? [];
  const shown = withoutSoleScan(table);
  const scan = shown.scan === null ? '' : ` Scan ${escapeHtml(shown.scan)}.`;
  const note = syntheticNote(table);
  const made = note === null ? '' : ` <strong class="made">${escapeHtml(note)}.</strong>`;
  return `<section id="${table.name}">
<h2>${escapeHtml(table.title)}</h2>
<p class="grain">${escapeHtml(table.grain)}. Question from: ${escapeHtml(table.source)}.${scan}${unconfirmedNote(table)}${made}</p>
<div class="pair"><div>${figures.map((figure) => figureHtml(table, figure, figures.length > 1)).join('\n')}</div>
${publishedHtml(table, scans, content.published)}</div>
<h3>Table <a class="file" href="tables/${table.name}.csv">CSV</a></h3>
${tableHtml(shown.table)}
</section>`;
}

/** Said where a number of the table rests on such refusals: older records and other tools confirm none. */
function unconfirmedNote({ columns, rows }: ResultTable): string {
  const place = columns.findIndex(({ name }) => name === 'unconfirmed');
  const some = place >= 0 && rows.some((row) => Number(row[place] ?? 0) > 0);
  return some ? ' Some of it rests on refusals that nothing confirms (column unconfirmed).' : '';
}

function figureHtml(table: ResultTable, figure: DrawnFigure, several: boolean): string {
  const made = table.synthetic_scans.includes(figure.scan) ? ' (synthetic)' : '';
  const label = (several ? `${table.title}, scan ${figure.scan}` : table.title) + made;
  const svg = figure.svg.replace(
    '<svg ',
    `<svg role="img" aria-label="${escapeHtml(`Figure: ${label}. The table below has its numbers.`)}" `,
  );
  const link = (ending: string): string =>
    `<a class="file" href="figures/${figure.name}.${ending}">${ending.toUpperCase()}</a>`;
  return `<figure><div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(`Figure: ${label}`)}">${svg}</div>
<figcaption>${escapeHtml(label)} ${link('svg')} ${link('png')}</figcaption></figure>`;
}

function pageStyle(): string {
  const faces = fontFiles().map((file, index) => {
    const data = readFileSync(file).toString('base64');
    return `@font-face{font-family:Inter;font-weight:${[400, 600][index]};src:url(data:font/ttf;base64,${data})}`;
  });
  return `${readTemplate('page.css')}${faces.join('\n')}\n`;
}

function readTemplate(name: string): string {
  return readFileSync(join(packageRoot, 'reports', name), 'utf8');
}

const BANNER =
  '<p class="banner" role="note"><strong>Made population.</strong> At least one scan behind this report is synthetic: its numbers describe endpoints that were made up for it and say nothing about the Internet.</p>';
