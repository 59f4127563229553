/**
 * `reports/figures/NAME.vl.json`, the theme and the rows of a table to a complete Vega-Lite 6 specification.
 * Rows become objects by column name, texts made printable; a row with a port gets `service`, its port's name.
 * reports/README.md says what a figure file may use.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { packageRoot } from '../base/package-root.ts';
import { printable } from '../base/printable.ts';
import { type ResultTable, type ResultValue, syntheticNote } from '../formats/result-table.ts';
import { serviceName } from './service-name.ts';

export type Datum = Record<string, ResultValue>;

/** What this program reads of a figure file; the rest is Vega-Lite's. */
interface FigureFile {
  title?: { text?: string; subtitle?: string | string[]; subtitleColor?: string };
  spec?: { width?: number };
  usermeta?: {
    /** Panels, one a port, share `total` pixels; none gets more than `max`. */
    panels?: { total: number; max: number };
    /** The figure is left out where none of these columns has a number above 0. */
    needs?: string[];
  };
}

const reportsFolder = join(packageRoot, 'reports');

/** The specification for `table`'s rows; null where there is no figure file, or nothing to draw. */
export function figureSpec(table: ResultTable): TopLevelSpec | null {
  const path = join(reportsFolder, 'figures', `${table.name}.vl.json`);
  if (!existsSync(path)) return null;
  const figure: FigureFile = readJson(path);
  const values = table.rows.map((row) => datum(table, row));
  if (!hasSomething(values, figure.usermeta?.needs ?? [])) return null;
  setPanelWidth(figure, values);
  sayThatItIsMade(figure, syntheticNote(table));
  const config = readJson(join(reportsFolder, 'theme.json'));
  return { ...figure, config, data: { name: 'table', values } } as unknown as TopLevelSpec;
}

function datum(table: ResultTable, row: ResultValue[]): Datum {
  const entries = table.columns.map((column, index) => [column.name, drawable(row[index] ?? null)] as const);
  const made: Datum = Object.fromEntries(entries);
  if (typeof made['port'] === 'number') made['service'] = serviceName(made['port']);
  return made;
}

/** Also the two code points that printable() lets through and XML forbids (XML 1.0, 2.2). */
function drawable(value: ResultValue): ResultValue {
  return typeof value === 'string' ? printable(value).replace(/[\ufffe\uffff]/g, '\ufffd') : value;
}

function hasSomething(values: Datum[], needs: string[]): boolean {
  if (needs.length === 0) return values.length > 0;
  return values.some((value) => needs.some((name) => Number(value[name] ?? 0) > 0));
}

/** Above what the figure says of itself, so that whoever cuts the figure out of a page takes it along. */
function sayThatItIsMade(figure: FigureFile, note: string | null): void {
  if (note === null) return;
  const said = [figure.title?.subtitle ?? []].flat();
  figure.title = { ...figure.title, subtitle: [note, ...said], subtitleColor: WARNING };
}

/** Darker than the theme's orange: text of this size needs the contrast. */
const WARNING = '#a84900';

function setPanelWidth(figure: FigureFile, values: Datum[]): void {
  const panels = figure.usermeta?.panels;
  if (!panels || !figure.spec) return;
  const ports = new Set(values.map((value) => value['port'])).size;
  figure.spec.width = Math.min(panels.max, Math.floor(panels.total / ports));
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8'));
}
