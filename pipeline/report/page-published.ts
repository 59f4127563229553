/** What the study of 2015 published on a table, to HTML, with our value of each scan beside it. */
import { escapeHtml } from '../base/printable.ts';
import type { ResultTable } from '../formats/result-table.ts';
import { ownValues } from './own-values.ts';
import type { PublishedValue } from './published-values.ts';
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

function asideHtml(title: string, values: PublishedValue[], ours?: Ours): string {
  const heads = [
    'Item',
    'Port',
    '2015',
    ...(ours?.scans ?? []).map((scan) => (ours!.scans.length === 1 ? 'Here' : scan)),
    'Source',
  ];
  return `<aside class="published"><h3>${title}</h3>
<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(`${title}: ${ours?.table.title ?? 'all'}`)}"><table>
<thead><tr>${heads.map((head) => `<th scope="col">${escapeHtml(head)}</th>`).join('')}</tr></thead>
<tbody>
${values.map((value) => rowHtml(value, ours)).join('\n')}
</tbody></table></div></aside>`;
}

function rowHtml(value: PublishedValue, ours?: Ours): string {
  const unit = ['share', 'month'].includes(value.unit) ? '' : ` ${value.unit}`;
  const status = value.status === 'published' ? '' : `, ${value.status}`;
  const cells = [
    value.port === '' ? 'all' : value.port,
    `${showPublished(value.value, value.unit)}${unit}`,
    ...(ours?.scans ?? []).map((scan) => ownText(ours!.table, scan, value)),
    `${value.source}${status}`,
  ];
  return `<tr><th scope="row">${escapeHtml(value.item)}</th>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
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
