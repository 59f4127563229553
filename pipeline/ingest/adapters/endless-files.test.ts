/** Files with a string, a list or a line without end: read in bounded memory, and reported. */
import { describe, expect, test } from 'vitest';
import type { Adapter, ForeignItem } from './adapter.ts';
import { sslyze } from './sslyze/sslyze.ts';
import { testssl } from './testssl/testssl.ts';

const SERVER = '{"server_location": {"hostname": "mx.example.com", "port": 25}, "scan_result": ';
const FINDING = '{"id": "service", "ip": "mx.example.com/192.0.2.1", "port": "25", "finding": "smtp"}';
const FILES: [string, Adapter, string, string][] = [
  ['a string in a server of sslyze', sslyze, `{"server_scan_results": [${SERVER}"`, 'x'],
  ['a list in a server of sslyze', sslyze, `{"server_scan_results": [${SERVER}[`, '"abcdefghijklmnop",'],
  ['a number in a server of sslyze', sslyze, `{"server_scan_results": [${SERVER}`, '7'],
  ['a finding of testssl', testssl, `[${FINDING}, {"id": "cert", "finding": "`, 'QUJD'],
  ['spaces in testssl', testssl, `[${FINDING}, `, ' '],
  ['text in testssl', testssl, `[${FINDING}, `, 'nonsense '],
];

describe('without end', () => {
  test.each(FILES)('%s', (_what, adapter, head, repeated) => {
    const reader = adapter.open({ file: 'file', port: null });
    const chunk = Buffer.from(repeated.repeat(Math.ceil(65_536 / repeated.length)));
    const items: ForeignItem[] = [...reader.push(Buffer.from(head))];
    const begin = process.memoryUsage().rss;
    let most = 0;
    for (let count = 0; count < CHUNKS; count += 1) {
      items.push(...reader.push(chunk));
      most = Math.max(most, process.memoryUsage.rss() - begin);
    }
    items.push(...reader.end());
    expect(most).toBeLessThan(160 * 1024 * 1024);
    const unreadable = items.filter((item) => item.kind === 'unreadable');
    expect(unreadable).not.toEqual([]);
    expect(Math.max(...unreadable.map(({ bytes }) => bytes.length))).toBeLessThan(2 * 1024 * 1024);
    // What came before is kept.
    if (adapter === testssl) expect(items.some((item) => item.kind === 'endpoint')).toBe(true);
  });
});

/** 24 MiB: a string may have 4, a server 16. */
const CHUNKS = 384;
