/** Formats are told by content: each adapter takes its own files, and nobody else's. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { packageRoot } from '../base/package-root.ts';
import { ADAPTERS } from './adapters/all-adapters.ts';
import { grab, smtp } from './adapters/zgrab2/grabs.fixture.ts';
import { detectFormat } from './detect-format.ts';

const folder = temporaryFolder('detect');
const TLSX = {
  timestamp: '2022-06-30T15:29:52Z',
  host: 'a',
  port: '993',
  probe_status: true,
  tls_version: 'tls13',
};
const TLS_SCAN = {
  host: 'a',
  ip: '192.0.2.1',
  port: 25,
  cipher: 'AES128-SHA',
  secureRenego: true,
  x509ChainDepth: 1,
};
const SSLYZE = { server_scan_results: [], sslyze_version: '6.0.0' };

const FILES: [name: string, content: string, format: string][] = [
  ['grabs', grab({ smtp: smtp() }), 'zgrab2'],
  ['pretty grabs', JSON.stringify(JSON.parse(grab({ smtp: smtp() })), null, 2), 'zgrab2'],
  ['grabs of the module tls', grab({ tls: { status: 'success', protocol: 'tls', result: {} } }), 'zgrab2'],
  ['grabs that failed', grab({ x: { status: 'io-timeout', protocol: 'imap' } }), 'zgrab2'],
  ['tlsx', JSON.stringify(TLSX), 'tlsx'],
  ['tlsx that failed', JSON.stringify({ host: 'a', port: '25', probe_status: false, error: 'x' }), 'tlsx'],
  ['tls-scan', JSON.stringify(TLS_SCAN), 'tls-scan'],
  ['tls-scan, pretty', JSON.stringify(TLS_SCAN, null, 2), 'tls-scan'],
  ['tls-scan behind other words', `NEW SESSION\n${JSON.stringify(TLS_SCAN)}`, 'tls-scan'],
  ['sslyze', JSON.stringify(SSLYZE), 'sslyze'],
  [
    'testssl',
    '[\n  {\n    "id" : "service",\n    "ip" : "mail.example/192.0.2.1",\n    "port" : "25",\n    "severity" : "INFO",\n    "finding" : "SMTP"\n  }\n]',
    'testssl',
  ],
  ['testssl, pretty', JSON.stringify({ Invocation: 'testssl', at: 'a', scanResult: [] }), 'testssl'],
  ['patterns', 'count,port,pattern\n3,25,aar\n', 'study-patterns'],
  ['patterns with more columns', '\ufeff"pattern",ratio,"port",count\r\n', 'study-patterns'],
];

test.each(FILES)('%s', async (name, content, format) => {
  const path = join(folder, `${name}.txt`);
  for (const bytes of [Buffer.from(content), gzipSync(content)]) {
    writeFileSync(path, bytes);
    expect(await detectFormat(path)).toBe(format);
  }
});

test('a scan of our own, by its folder or its scan.json', async () => {
  const scan = join(packageRoot, 'datasets/samples/village');
  expect(await detectFormat(scan)).toBe('native');
  expect(await detectFormat(join(scan, 'scan.json'))).toBe('native');
});

describe('none of them', () => {
  test.each([
    ['{}', 'an object'],
    ['hello, world\n', 'text'],
    ['{"data":{}}', 'an empty grab'],
  ])('%j', async (content, name) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    await expect(detectFormat(path)).rejects.toThrow(
      /^cannot tell what .* is: say --from \(.*\); nothing written$/,
    );
  });

  test('nothing', async () => {
    const path = join(folder, 'empty');
    writeFileSync(path, gzipSync(''));
    await expect(detectFormat(path)).rejects.toThrow(/empty is empty; nothing written$/);
  });

  test('a folder, and what is not there', async () => {
    await expect(detectFormat(folder)).rejects.toThrow(/holds no scan: a folder without scan.json/);
    await expect(detectFormat(join(folder, 'none'))).rejects.toThrow(/^cannot read /);
  });
});

test('no adapter takes the file of another', () => {
  for (const [name, content, format] of FILES) {
    const taking = ADAPTERS.filter((adapter) => adapter.detects(content)).map(
      (adapter) => adapter.name as string,
    );
    expect(taking, name).toEqual(ADAPTERS.some((adapter) => adapter.name === format) ? [format] : []);
  }
});
