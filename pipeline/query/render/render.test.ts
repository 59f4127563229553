/** Every format is read back by a reader that is not ours, with text that a hostile peer could have sent. */
import { tableFromIPC } from 'apache-arrow';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResultTable, ResultValue } from '../../formats/result-table.ts';
import { cutToWidth, displayWidth } from './display-width.ts';
import { RENDER_FORMATS, renderTable } from './index.ts';
import { escapeLatex } from './latex.ts';
import { escapeMarkdown } from './markdown.ts';

/** Properties draw the same values on every run. */
const SEED = { seed: 2015 };

const HOSTILE = [
  'CN=plain',
  '=cmd|"/c calc"!A1',
  'a,b\r\n"c"',
  '<script>alert(1)</script>',
  '\\input{/etc/passwd} $x_1^2$ 50% & # ~',
  '[link](http://x) | *bold* `code` www.example.com a@b.c',
  '\u001b[31mred\u001b[0m \u0007 \u202egnp.exe',
  '日本語のメールサーバー',
  '',
];

const hostile: ResultTable = {
  name: 'top_certificates',
  title: 'Certificates on most addresses & 100%',
  grain: 'one row per scan and rank',
  source: 'none',
  columns: [
    { name: 'scan_id', type: 'varchar', description: 'Scan' },
    { name: 'subject', type: 'varchar', description: 'Subject, as sent' },
    { name: 'port', type: 'smallint', description: 'Port' },
    { name: 'key_bits', type: 'integer', description: 'Size' },
    { name: 'ips', type: 'bigint', description: 'Addresses' },
    { name: 'share', type: 'double', description: 'Share' },
    { name: 'export', type: 'boolean', description: 'Export' },
    { name: 'seen_at', type: 'timestamp', description: 'Seen' },
  ],
  rows: HOSTILE.map((subject, index): ResultValue[] => [
    's1',
    subject,
    995,
    2048,
    5_000_000_000 + index,
    1 / 3,
    index % 2 === 0,
    '2015-04-01 12:30:00',
  ]),
  empty_because: null,
  synthetic: false,
  synthetic_scans: [],
};
hostile.rows.push(['s1', null, null, null, null, null, null, null]);

const made: ResultTable = { ...hostile, synthetic: true, synthetic_scans: ['s1'] };
const empty: ResultTable = { ...hostile, rows: [], empty_because: 'The scan has no certificates.' };

const text = (table: ResultTable, format: (typeof RENDER_FORMATS)[number], columns?: number): string =>
  renderTable(table, format, columns === undefined ? {} : { columns }) as string;

describe('every format', () => {
  test.each(RENDER_FORMATS)('%s: the same table twice is the same bytes', (format) => {
    expect(renderTable(hostile, format)).toEqual(renderTable(structuredClone(hostile), format));
  });

  test.each(['table', 'markdown', 'latex'] as const)('%s: an empty table says why', (format) => {
    expect(text(empty, format)).toContain('The scan has no certificates.');
    expect(text(empty, format)).toMatch(/scan\\?_id/);
  });

  test.each(['table', 'markdown', 'latex'] as const)('%s: no control character of a peer', (format) => {
    expect(text(hostile, format)).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  });
});

describe('csv', () => {
  test('reads back to the exact values; null and the empty text differ', () => {
    const read: string[][] = parse(text(hostile, 'csv'), {
      cast: (value, { quoting }) => (quoting && value === '' ? '""' : value),
    });
    expect(read[0]).toEqual(hostile.columns.map((column) => column.name));
    expect(read.slice(1).map((row) => row[1])).toEqual([...HOSTILE.slice(0, -1), '""', '']);
    expect(Number(read[1]![5])).toBe(1 / 3);
  });

  test('reads back any text and any double', () => {
    const columns = [hostile.columns[1]!, hostile.columns[5]!];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.double({ noNaN: true }))), (rows) => {
        const read: string[][] = parse(text({ ...hostile, columns, rows }, 'csv'), {
          record_delimiter: '\n',
        });
        expect(read.slice(1).map(([a, b]) => [a, Number(b)])).toEqual(rows.map(([a, b]) => [a, b + 0]));
      }),
      SEED,
    );
  });

  test('an empty table is its header', () => {
    expect(text(empty, 'csv')).toBe('scan_id,subject,port,key_bits,ips,share,export,seen_at\n');
  });
});

test('json reads back to the exact values', () => {
  const read: Record<string, ResultValue>[] = JSON.parse(text(hostile, 'json'));
  expect(read.map(Object.values)).toEqual(hostile.rows);
  expect(Object.keys(read[0]!)).toEqual(hostile.columns.map((column) => column.name));
  expect(text(hostile, 'json')).not.toMatch(/[\u007f-\u009f]|\p{Bidi_Control}/u);
  expect(JSON.parse(text(empty, 'json'))).toEqual([]);
});

describe('arrow', () => {
  test('reads back with types, values and metadata', () => {
    const read = tableFromIPC(renderTable(hostile, 'arrow') as Uint8Array);
    expect(read.schema.fields.map((field) => String(field.type))).toEqual([
      'Utf8',
      'Utf8',
      'Int16',
      'Int32',
      'Int64',
      'Float64',
      'Bool',
      'Timestamp<MILLISECOND, UTC>',
    ]);
    expect([...read.getChild('subject')!]).toEqual([...HOSTILE, null]);
    expect(read.getChild('ips')!.get(0)).toBe(5_000_000_000n);
    expect(read.getChild('share')!.get(0)).toBe(1 / 3);
    expect(read.getChild('seen_at')!.get(0)).toBe(Date.UTC(2015, 3, 1, 12, 30));
    expect(read.getChild('port')!.get(HOSTILE.length)).toBeNull();
    expect(read.schema.metadata.get('title')).toBe(hostile.title);
    expect(read.schema.fields[1]!.metadata.get('description')).toBe('Subject, as sent');
  });

  test('an empty table keeps its schema and says why', () => {
    const read = tableFromIPC(renderTable(empty, 'arrow') as Uint8Array);
    expect(read.numRows).toBe(0);
    expect(read.numCols).toBe(8);
    expect(read.schema.metadata.get('empty_because')).toBe('The scan has no certificates.');
  });
});

describe('table', () => {
  test('aligns, shows shares as percentages and fits the terminal', () => {
    const lines = text(hostile, 'table', 100).trimEnd().split('\n');
    expect(lines[3]).toContain('33.33%');
    expect(lines[1]!.indexOf('key_bits') + 'key_bits'.length).toBe(lines[3]!.indexOf('2048') + 4);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(100);
    expect(text(hostile, 'table', 100)).toContain('…');
    expect(text(hostile, 'table')).not.toContain('…');
  });

  test('says that a population is made', () => {
    expect(text(made, 'table').split('\n')[0]).toMatch(/Synthetic: a made population/);
    expect(text(hostile, 'table')).not.toMatch(/synthetic/i);
  });

  test('a cut text never takes more than its width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (value, width) => {
        expect(displayWidth(cutToWidth(value, width))).toBeLessThanOrEqual(width);
      }),
      SEED,
    );
    expect(cutToWidth('日本語', 4)).toBe('日…');
  });
});

test('each format for people says that a population is made, and which one beside others', () => {
  expect(text(made, 'latex')).toMatch(/\\caption\{.*Synthetic: a made population, no server was asked.*\}/);
  expect(text(made, 'markdown')).toMatch(/^\*Synthetic: a made population, no server was asked.*\*$/m);
  expect(text(hostile, 'latex') + text(hostile, 'markdown')).not.toMatch(/synthetic/i);
  const rows = [...made.rows, ['s2', ...made.rows[0]!.slice(1)]];
  for (const format of ['table', 'markdown', 'latex'] as const) {
    expect(text({ ...made, rows }, format)).toMatch(/no server was asked \\?\(s1\\?\)/);
    expect(text({ ...hostile, synthetic: true, synthetic_scans: ['s9'] }, format)).not.toMatch(/Synthetic/);
  }
  const arrow = tableFromIPC(renderTable(made, 'arrow') as Uint8Array);
  expect(arrow.schema.metadata.get('synthetic_scans')).toBe('s1');
});

describe('markdown', () => {
  test('every row has one cell a column', () => {
    const lines = text(hostile, 'markdown').trimEnd().split('\n').slice(2);
    for (const line of lines) expect(line.replace(/\\./g, '').split('|')).toHaveLength(10);
  });

  test('markup, HTML and bare links of a peer are text', () => {
    expect(escapeMarkdown('<b>*x*</b> http://x www.x')).toBe('&lt;b&gt;\\*x\\*&lt;/b&gt; http\\://x www\\.x');
  });
});

describe('latex', () => {
  test('no command, group or comment of a peer survives', () => {
    expect(escapeLatex('\\input{x}%_')).toBe('\\textbackslash{}input\\{x\\}\\%\\_');
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (value) => {
        const left = escapeLatex(value).replace(/\\(?:text[a-z]+\{\}|char34\{\}|[{}$&#_%])|\{[[\]*-]\}/g, '');
        expect(left).not.toMatch(/[\\{}$&#^_~%<>|"`[\]*-]/);
      }),
      SEED,
    );
  });

  test('is a captioned booktabs table with one line a row', () => {
    const latex = text(hostile, 'latex');
    expect(latex).toContain('\\caption{Certificates on most addresses \\& 100\\%}');
    expect(latex).toContain('\\begin{tabular}{llrrrrll}');
    expect(latex.match(/ \\\\$/gm)).toHaveLength(hostile.rows.length + 1);
  });
});
