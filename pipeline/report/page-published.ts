/** What the study of 2015 published on a table, to HTML, with our value of each scan beside it. */
import { escapeHtml } from '../base/printable.ts';
import type { PublishedValue } from '../formats/datasets.ts';
import type { ResultTable } from '../formats/result-table.ts';
import { ownValues } from './own-values.ts';
import { percent, showPublished, showValue } from './show-value.ts';

/** An `<aside>` with one row a published value; empty where the study published nothing on it. */
export function publishedHtml(table: ResultTable, scans: string[], published: PublishedValue[]): string {
  const values = published.filter((value) => value.table_name === table.name);
  return values.length === 0 ? '' : asideHtml('Published in 2015', values, { table, scans });
}

/** The published values on tables that this report does not have. */
export function otherPublishedHtml(tables: ResultTable[], published: PublishedValue[]): string {
  const names = new Set(tables.map((table) => table.name));
  const values = published.filter((value) => !names.has(value.table_name));
  if (values.length === 0) return '';
  return `<section id="other-published"><h2>Published in 2015 without a table here</h2>\n${asideHtml('Other published values', values)}</section>`;
}

interface Ours {
  table: ResultTable;
  scans: string[];
}

/** A source that all values have in common stands under the title, else each has its own in the last column. */
function asideHtml(title: string, values: PublishedValue[], ours?: Ours): string {
  const sources = new Set(values.map(sourceText));
  const common = sources.size === 1 ? [...sources][0]! : null;
  const scans = ours?.scans ?? [];
  const made = (scan: string): string => (ours?.table.synthetic_scans.includes(scan) ? ' (synthetic)' : '');
  const named = scans.map((scan) => (scans.length === 1 ? 'Here' : scan) + made(scan));
  const heads = ['Item', 'Port', '2015', ...named];
  if (common === null) heads.push('Source');
  const label = `${title}: ${ours?.table.title ?? 'all'}`;
  return `<aside class="published" aria-label="${escapeHtml(label)}"><h3>${escapeHtml(title)}</h3>
${common === null ? '' : `<p class="grain">Source: ${escapeHtml(common)}</p>`}
<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(label)}"><table>
<thead><tr>${heads.map((head) => `<th scope="col">${escapeHtml(head)}</th>`).join('')}</tr></thead>
<tbody>
${values.map((value) => rowHtml(value, common === null, ours)).join('\n')}
</tbody></table></div></aside>`;
}

function rowHtml(value: PublishedValue, withSource: boolean, ours?: Ours): string {
  const unit = ['share', 'month'].includes(value.unit) ? '' : ` ${value.unit}`;
  const cells = [
    value.port === '' ? 'all' : value.port,
    `${showPublished(value.value, value.unit)}${unit}`,
    ...(ours?.scans ?? []).map((scan) => ownText(ours!.table, scan, value)),
  ];
  if (withSource) cells.push(sourceText(value));
  return `<tr><th scope="row">${escapeHtml(value.item)}</th>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
}

function sourceText(value: PublishedValue): string {
  return value.status === 'published' ? value.source : `${value.source}, ${value.status}`;
}

function ownText(table: ResultTable, scan: string, published: PublishedValue): string {
  const shown = ownValues(table, scan, published).map(({ port, value }) => {
    const text =
      published.unit === 'share' && typeof value === 'number'
        ? percent(value)
        : showValue(value, { name: published.item, type: 'bigint' });
    return published.port === 'retrieval' ? `${port}: ${text}` : text;
  });
  return shown.length === 0 ? '–' : shown.join(', ');
}
