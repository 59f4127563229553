/** The report as a whole: same input, same bytes; hostile names are text; the page in a real browser. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeUnless } from '../../scripts/testing/describe-unless.ts';
import { UsageError } from '../base/errors.ts';
import { dhPrimes, publishedValues } from '../formats/datasets.ts';
import type { ResultTable } from '../formats/result-table.ts';
import { report } from './index.ts';
import { ownValues } from './own-values.ts';
import { emptied, HOSTILE_SUBJECT, joined, sampleTable, sampleTables } from './sample-tables.fixture.ts';
import { showPublished, showValue } from './show-value.ts';

const BROWSER = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const published = publishedValues();
const folder = mkdtempSync(join(tmpdir(), 'census-report-'));
const out = join(folder, 'report');

beforeAll(async () => {
  await report({ tables: hostileTables(), published, out });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('files', () => {
  test('a page, two figures a table, a CSV a table, and nothing beside them', () => {
    expect(readdirSync(out).sort()).toEqual(['figures', 'index.html', 'tables']);
    expect(readdirSync(join(out, 'tables'))).toHaveLength(18);
    // 11 have a figure file, of them dh_group_sizes is empty
    expect(readdirSync(join(out, 'figures'))).toHaveLength(20);
  });

  test('the same tables give the same bytes', async () => {
    const again = join(folder, 'again');
    const { files } = await report({ tables: hostileTables(), published, out: again });
    for (const file of files) {
      expect(readFileSync(join(again, file)).equals(readFileSync(join(out, file))), file).toBe(true);
    }
  });

  test('the CSV has the exact text of a peer', () => {
    const rows: string[][] = parse(readFileSync(join(out, 'tables', 'top_certificates.csv')));
    expect(rows[4]![2]).toBe(HOSTILE_SUBJECT);
  });

  test('several scans get a figure each, with safe and distinct file names', async () => {
    const several = join(folder, 'several');
    const tables = [
      joined(['../A b', '../a B', '../a/b'].map((scan) => sampleTable('certificate_keys', [25], scan))),
    ];
    await report({ tables, published: [], out: several });
    const names = readdirSync(join(several, 'figures')).filter((name) => name.endsWith('.svg'));
    expect(names.sort()).toEqual([
      'certificate_keys.-A-b.svg',
      'certificate_keys.-a-B-2.svg',
      'certificate_keys.-a-b-3.svg',
    ]);
  });

  test('a new report replaces the old one whole and leaves files of others', async () => {
    const twice = join(folder, 'twice');
    await report({ tables: [sampleTable('certificate_keys')], published: [], out: twice });
    writeFileSync(join(twice, 'notes.txt'), 'mine');
    await report({ tables: [sampleTable('key_exchange')], published: [], out: twice });
    expect(readdirSync(join(twice, 'tables'))).toEqual(['key_exchange.csv']);
    expect(readFileSync(join(twice, 'notes.txt'), 'utf8')).toBe('mine');
  });

  test('a report that was interrupted while its parts were renamed is taken up again', async () => {
    const broken = join(folder, 'broken');
    mkdirSync(join(broken, 'figures'), { recursive: true });
    mkdirSync(join(broken, '.report-part', 'new', 'tables'), { recursive: true });
    await report({ tables: [sampleTable('key_exchange')], published: [], out: broken });
    expect(readdirSync(broken).sort()).toEqual(['figures', 'index.html', 'tables']);
  });

  test('a folder with files of the same names that are not ours is refused, and untouched', async () => {
    const taken = join(folder, 'taken');
    mkdirSync(join(taken, 'tables'), { recursive: true });
    writeFileSync(join(taken, 'tables', 'mine.csv'), 'a');
    await expect(report({ tables: [], published: [], out: taken })).rejects.toThrow(UsageError);
    expect(existsSync(join(taken, 'tables', 'mine.csv'))).toBe(true);
    const file = join(taken, 'tables', 'mine.csv');
    await expect(report({ tables: [], published: [], out: file })).rejects.toThrow('is a file');
  });
});

test('a table says where it rests on refusals that nothing confirms', async () => {
  const table = sampleTable('key_exchange', [25]);
  const place = table.columns.findIndex(({ name }) => name === 'unconfirmed');
  const confirmed = { ...table, rows: table.rows.map((row) => row.with(place, 0)) };
  for (const [name, tables] of Object.entries({ some: [table], none: [confirmed] })) {
    await report({ tables, published: [], out: join(folder, name) });
    const html = readFileSync(join(folder, name, 'index.html'), 'utf8');
    expect(html.includes('rests on refusals that nothing confirms')).toBe(name === 'some');
  }
});

describe('page', () => {
  const page = (): string => readFileSync(join(out, 'index.html'), 'utf8');

  test('says title, grain, shares in percent, and why a table is empty', () => {
    expect(page()).toContain('<td class="number">47.44%</td>');
    expect(page()).toContain('No handshake showed a finite-field group.');
    expect(page()).toContain('One row per port'.slice(1));
  });

  test('has the first 50 rows in sight and the rest behind a disclosure', () => {
    const section = /<section id="cipher_suites">.*?<\/section>/s.exec(page())![0];
    const [inSight, hidden] = section.split('<details>');
    expect(inSight!.match(/<tr>/g)).toHaveLength(1 + 50);
    expect(hidden!.match(/<tr>/g)).toHaveLength(1 + 7 * 2 * 20 - 50);
  });

  test('no tag of a peer, and no template mark left', () => {
    const text = page();
    expect(text).not.toMatch(/<script|<img|onerror=alert\(1\)>|\{\{/);
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
  });

  test('warns of a made population, and only then', async () => {
    expect(page()).not.toContain('class="banner"');
    const made = join(folder, 'made');
    const real = sampleTable('key_exchange');
    const table = joined([real, sampleTable('key_exchange', [25], 'made')]);
    const tables = [{ ...table, synthetic: true, synthetic_scans: ['made'] }];
    await report({ tables, published, out: made });
    const html = readFileSync(join(made, 'index.html'), 'utf8');
    expect(html).toContain('class="banner"');
    expect(html).toMatch(/<h1>.*\(synthetic\)<\/h1>/);
    expect(html).toContain('Synthetic: a made population, no server was asked (made)');
    const figure = (scan: string): string =>
      readFileSync(join(made, 'figures', `key_exchange.${scan}.svg`), 'utf8');
    expect(figure('made')).toContain('Synthetic: a made population, no server was asked');
    expect(figure('2015-sample')).not.toContain('Synthetic');
  });

  test('shows a date only where one is given', async () => {
    const dated = join(folder, 'dated');
    await report({ tables: [], published: [], out: dated, generated: '2016-01-06 <b>' });
    expect(readFileSync(join(dated, 'index.html'), 'utf8')).toContain('Made 2016-01-06 &#60;b&#62;.');
    expect(page()).not.toContain(' Made 2');
  });
});

describe('published values', () => {
  const own = (table: ResultTable, item: string, port = ''): unknown[] => {
    const value = published.find(
      (entry) => entry.table_name === table.name && entry.item.startsWith(item) && entry.port === port,
    )!;
    return ownValues(table, '2015-sample', value).map((entry) => entry.value);
  };

  test('meet our values by what they ask', () => {
    expect(own(sampleTable('data_overview'), 'scans')).toEqual([20270768]);
    expect(own(sampleTable('data_overview'), 'first_month')).toEqual(['2015-04']);
    expect(own(sampleTable('version_only'), 'TLSv1.0 upwards', '25')[0]).toBeCloseTo(
      0.3467 * (1 + 25 / 5000),
    );
    expect(own(sampleTable('version_only'), 'TLSv1.0 upwards', 'retrieval')).toHaveLength(4);
    expect(own(sampleTable('ecdh_curves'), 'secp256r1', '25')).toEqual([0.99]);
    expect(own(sampleTable('certificate_keys'), 'RSA leaves')[0]).toBeCloseTo(0.995);
    expect(own(sampleTable('top_certificates'), 'Parallels Panel')).toEqual([306852]);
    expect(own(sampleTable('top_certificates'), 'imap.example.com')).toEqual([261741]);
  });

  test('each certificate that was published is met by its names, in whatever order the subject has them', () => {
    const items = published.filter((entry) => entry.table_name === 'top_certificates');
    expect(items).toHaveLength(8);
    for (const { item, value } of items) {
      const [, names, bits] = /^(.*) \((\d+)\)$/.exec(item)!;
      const parts = names!
        .replace('AutomaticI', 'Automatically-generated I')
        .replace('AutomaticP', 'Automatically-generated P');
      const subject = parts
        .split(' - ')
        .map((part, index) => `${index === 0 ? 'OU' : 'O'}=${part.replaceAll(',', '\\,')}`)
        .reverse()
        .join(',');
      const table = sampleTable('top_certificates');
      const row = ['2015-sample', 1, `${subject},C=US`, Number(bits), Number(value), 1, 'aa'];
      expect(own({ ...table, rows: [row] }, item), item).toEqual([Number(value)]);
    }
  });

  test('a prime is met by its digits, not by a name that others share', () => {
    const postfix = dhPrimes().filter((prime) => prime.name === 'Postfix 512-bit');
    expect(postfix.length).toBeGreaterThan(1);
    const table = sampleTable('shared_primes', [25]);
    const rows = postfix.map((prime, index) => [
      '2015-sample',
      25,
      512,
      prime.name,
      prime.software,
      prime.prime_sha256,
      1,
      2,
      prime.prime_hex.startsWith('883f00af') ? 0.64 : index,
    ]);
    expect(own({ ...table, rows }, 'one 512-bit prime', '25')).toEqual([0.64]);
  });

  test('have none beside them where the table is empty or of another scan', () => {
    const table = sampleTable('certificate_keys');
    const value = published.find((entry) => entry.item === 'RSA leaves')!;
    expect(ownValues(emptied(table, 'none'), '2015-sample', value)).toEqual([]);
    expect(ownValues(table, 'another', value)).toEqual([]);
  });

  test('keep the decimals they were published with', () => {
    expect(showPublished('0.32-0.37', 'share')).toBe('32%–37%');
    expect(showPublished('0.8978', 'share')).toBe('89.78%');
    expect(showPublished('306852', 'IPs')).toBe('306,852');
    expect(showPublished('2015-04', 'month')).toBe('2015-04');
  });
});

test('values: counts are grouped, codes and ports are not', () => {
  expect(showValue(1234567, { name: 'endpoints', type: 'bigint' })).toBe('1,234,567');
  expect(showValue(49199, { name: 'code', type: 'integer' })).toBe('49199');
  expect(showValue(0.00016, { name: 'tls_share', type: 'double' })).toBe('0.02%');
  expect(showValue(null, { name: 'share', type: 'double' })).toBe('');
});

const noBrowser = existsSync(BROWSER)
  ? undefined
  : `no browser at ${BROWSER}: set CHROMIUM to the path of one`;

describeUnless(noBrowser, 'in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(async () => {
    await browser?.close();
  });

  test.each([1280, 420])(
    'at %i pixels: nothing is loaded, said on the console or run',
    async (width) => {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      const noise: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => noise.push(message.text()));
      page.on('pageerror', (error) => noise.push(String(error)));
      page.on('dialog', (dialog) => noise.push(dialog.message()));
      page.on('request', (request) => requests.push(request.url()));
      const url = pathToFileURL(join(out, 'index.html')).href;
      await page.goto(url, { waitUntil: 'load' });
      expect(await page.title()).toBe('Transport security of mail servers');
      expect(await page.locator('h2').count()).toBeGreaterThanOrEqual(12);
      expect(await page.locator('figure svg[role=img]').count()).toBe(10);
      expect(await page.locator('script, img, iframe').count()).toBe(0);
      expect(await page.locator('#top_certificates td.text', { hasText: '<script>' }).count()).toBe(1);
      const [inner, scroll] = await page
        .locator('html')
        .evaluate((root) => [root.clientWidth, root.scrollWidth]);
      expect(scroll, 'the page itself does not scroll sideways').toBeLessThanOrEqual(inner!);
      expect(requests.filter((request) => !request.startsWith('data:'))).toEqual([url]);
      expect(noise).toEqual([]);
      await page.close();
    },
    30_000,
  );
});

function hostileTables(): ResultTable[] {
  return sampleTables().map((table) =>
    table.name === 'dh_group_sizes' ? emptied(table, 'No handshake showed a finite-field group.') : table,
  );
}
