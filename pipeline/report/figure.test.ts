/** Every figure file against sample tables: it compiles without a warning, draws all it should, and nothing is cut. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../base/package-root.ts';
import { SYNTHETIC_NOTE } from '../formats/result-table.ts';
import { readModules } from '../query/index.ts';
import { drawPng, drawSvg } from './draw-figure.ts';
import { figureSpec } from './figure-spec.ts';
import { textWidth } from './fonts.ts';
import { emptied, sampleTable, sampleTables } from './sample-tables.fixture.ts';

const figures = join(packageRoot, 'reports', 'figures');
const NAMES = readdirSync(figures).map((file) => file.replace('.vl.json', ''));

const draw = async (name: string, ports?: number[]): Promise<string> =>
  drawSvg(figureSpec(sampleTable(name, ports))!);

test('every figure file belongs to a table of the sample', () => {
  const tables = sampleTables().map((table) => table.name);
  expect(NAMES).toHaveLength(11);
  for (const name of NAMES) expect(tables).toContain(name);
});

test('the sample has the columns of the published tables', () => {
  const published = readModules().map(({ name, columns }) => [
    name,
    columns.map((column) => `${column.name} ${column.type}`),
  ]);
  const sampled = sampleTables().map(({ name, columns }) => [
    name,
    columns.map((column) => `${column.name} ${column.type}`),
  ]);
  expect(Object.fromEntries(sampled)).toEqual(Object.fromEntries(published));
});

describe.each(NAMES)('%s', (name) => {
  test('fits the page with one port and with seven', async () => {
    for (const ports of [[25], [25, 110, 143, 587], undefined]) {
      const { width } = size(await draw(name, ports));
      expect(width).toBeLessThanOrEqual(900);
    }
  });

  test('is well-formed, defines no ids and asks for nothing', async () => {
    const svg = await draw(name);
    expectWellFormed(svg);
    const tags = svg.match(/<[^>]*>/g)!.join('');
    expect(tags).not.toMatch(/\s(?:id|href|style|on\w+)=|<(?:script|image|foreignObject|style|a)\b/);
  });

  test('keeps all text within its frame', async () => {
    const svg = await draw(name);
    for (const label of placedTexts(svg)) {
      expect(label.left, label.text).toBeGreaterThanOrEqual(0);
      expect(label.right, label.text).toBeLessThanOrEqual(size(svg).width);
    }
  });

  test('of a made population says so, and that fits too', async () => {
    for (const ports of [[25], undefined]) {
      const table = sampleTable(name, ports);
      const synthetic_scans = [String(table.rows[0]![0])];
      const svg = await drawSvg(figureSpec({ ...table, synthetic: true, synthetic_scans })!);
      const note = placedTexts(svg).find(({ text }) => text.includes(SYNTHETIC_NOTE));
      expect(note?.left).toBeGreaterThanOrEqual(0);
      expect(note?.right).toBeLessThanOrEqual(size(svg).width);
      expect(await draw(name, ports)).not.toContain(SYNTHETIC_NOTE);
    }
  });

  test('names a quantity and its unit on each axis of numbers', () => {
    const file = JSON.parse(readFileSync(join(figures, `${name}.vl.json`), 'utf8'));
    expect(file.title.text).toBeTruthy();
    expect(JSON.stringify(file)).toMatch(/in %|IP addresses/);
  });

  test('is left out for a table without rows', () => {
    expect(figureSpec(emptied(sampleTable(name), 'none'))).toBeNull();
  });

  test('twice is the same bytes, whatever was drawn between', async () => {
    const first = await draw(name, [25]);
    await draw('version_combinations', [110]);
    const second = await draw(name, [25]);
    expect(second).toBe(first);
  });
});

test('a figure without a number above 0 is left out', () => {
  const table = sampleTable('top_certificates');
  const ips = table.columns.findIndex((column) => column.name === 'ips');
  const zero = { ...table, rows: table.rows.map((row) => row.with(ips, 0)) };
  expect(figureSpec(zero)).toBeNull();
});

test('a table without a figure file has none', () => {
  expect(figureSpec(sampleTable('data_overview'))).toBeNull();
});

test('a share that is null, 0, tiny, nearly 1 or 1 reads as what it is', async () => {
  const table = sampleTable('version_support', [25]);
  const shares = [null, 0, 0.0002, 0.99979, 1, 0.5];
  const place = table.columns.findIndex(({ name }) => name === 'share');
  const rows = table.rows.map((row, index) => row.with(place, shares[index]!));
  const texts = placedTexts(await drawSvg(figureSpec({ ...table, rows })!)).map((label) => label.text);
  expect(texts).toEqual(expect.arrayContaining(['0%', '<0.1%', '>99.9%', '100%', '50.0%']));
  expect(texts.filter((text) => text.includes('%') && !text.includes(' '))).toHaveLength(5);
});

test('ports stand in the order of their numbers', async () => {
  const texts = placedTexts(await draw('version_support')).map((label) => label.text);
  const ports = texts.filter((text) => /^\d+ [a-z]/.test(text));
  expect(ports).toEqual([
    '25 smtp',
    '110 pop3',
    '143 imap',
    '465 smtps',
    '587 submission',
    '993 imaps',
    '995 pop3s',
  ]);
});

test('shows the first 15 suites by endpoints, and 10 combinations a port', async () => {
  const suites = placedTexts(await draw('cipher_suites')).filter((label) => /^(?:TLS|SSL)_/.test(label.text));
  expect(suites).toHaveLength(15);
  expect(suites[0]!.text).toBe('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256');
  const combinations = placedTexts(await draw('version_combinations', [25, 110]));
  expect(combinations.filter((label) => /^(?:TLS|SSL)v[\d. TLSv]+$/.test(label.text))).toHaveLength(20);
});

test('the text of a peer is text', async () => {
  const svg = await draw('top_certificates');
  expect(svg).toContain('CN=&lt;script&gt;');
  expect(svg).not.toMatch(/[^\P{Cc}\n]|[\ufffe\uffff]|\p{Bidi_Control}/u);
});

test('the PNG has twice the pixels, and only our font decides on it', async () => {
  const svg = await draw('certificate_keys');
  const png = Buffer.from(drawPng(svg));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(png.readUInt32BE(16)).toBe(size(svg).width * 2);
  expect(Buffer.from(drawPng(svg)).equals(png)).toBe(true);
  expect(Buffer.from(drawPng(svg.replaceAll('Inter, system-ui, sans-serif', 'Inter'))).equals(png)).toBe(
    true,
  );
});

test('a figure that Vega-Lite warns about is an error', async () => {
  const spec = { data: { values: [] }, mark: 'bar', encoding: { nowhere: { field: 'a', type: 'nominal' } } };
  await expect(drawSvg(spec as unknown as TopLevelSpec)).rejects.toThrow('figure:');
});

test('text is measured in the font it is drawn in', () => {
  expect(textWidth('iii', 10, 400)).toBeLessThan(textWidth('WWW', 10, 400) / 2);
  expect(textWidth('TLSv1.2', 10, 600)).toBeGreaterThan(textWidth('TLSv1.2', 10, undefined));
  expect(textWidth('TLSv1.2', 20, 400)).toBeCloseTo(2 * textWidth('TLSv1.2', 10, 400));
  expect(textWidth('日', 10, 400)).toBe(10);
});

function size(svg: string): { width: number; height: number } {
  const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)!;
  return { width: Number(width), height: Number(height) };
}

/** Tags nest and close, and every ampersand begins a reference: what Vega's writer can get wrong. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, close, name, empty] of svg.matchAll(/<(\/?)([a-zA-Z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (close) expect(open.pop()).toBe(name);
    else if (!empty) open.push(name!);
  }
  expect(open).toEqual([]);
  expect(svg.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]/);
  expect(svg).not.toMatch(/&(?!(?:amp|lt|gt|quot|#x?[0-9a-fA-F]+);)/);
}

interface PlacedText {
  text: string;
  left: number;
  right: number;
}

/** Texts that stand level, with the pixels they cover from left to right. */
function placedTexts(svg: string): PlacedText[] {
  const placed: PlacedText[] = [];
  const offsets = [0];
  const tags = /<(\/?g|text)((?:\s[^<>]*?)?)(\/?)>(?:(?:<tspan>)?([^<]*))?/g;
  for (const [, tag, attributes, empty, text] of svg.matchAll(tags)) {
    if (empty) continue;
    if (tag === '/g') offsets.pop();
    const shift = Number(/transform="translate\((-?[\d.]+)/.exec(attributes!)?.[1] ?? 0);
    const at = offsets.at(-1)! + shift;
    if (tag === 'g') offsets.push(at);
    if (tag !== 'text' || attributes!.includes('rotate(-90)')) continue;
    const words = text!.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    const [, pixels] = /font-size="([\d.]+)px"/.exec(attributes!)!;
    const width = textWidth(words, Number(pixels), /font-weight="(\w+)"/.exec(attributes!)?.[1]);
    const anchor = /text-anchor="(\w+)"/.exec(attributes!)?.[1];
    const left = at - (anchor === 'end' ? width : anchor === 'middle' ? width / 2 : 0);
    placed.push({ text: words, left, right: left + width });
  }
  return placed;
}
