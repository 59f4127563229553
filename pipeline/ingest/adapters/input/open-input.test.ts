/** Content by first bytes, whatever the name; what is cut short or damaged is told, never read as if it were whole. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../../../base/errors.ts';
import { HEAD_BYTES, openInput } from './open-input.ts';
import { spooledInput } from './spooled-input.ts';

const TEXT = Buffer.from(Array.from({ length: 20_000 }, (_, line) => `{"line":${line}}\n`).join(''));

/** TEXT by `zstd -19 --check`. */
const ZSTD = readFileSync(join(import.meta.dirname, 'samples/lines.json.zst'));

const folder = temporaryFolder('input');
let files = 0;

/** Named for what it is not. */
function file(content: Uint8Array): string {
  const path = join(folder, `${files++}.csv`);
  writeFileSync(path, content);
  return path;
}

async function contentOf(path: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await openInput(path)).chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What a file of `content` ends with; the text before it is not looked at. */
async function failureOf(content: Uint8Array): Promise<string> {
  const failure = await contentOf(file(content)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).not.toContain('\n');
  return (failure as Error).message;
}

test.each([
  ['plain', TEXT],
  ['gzip', gzipSync(TEXT)],
  ['gzip, two members', Buffer.concat([gzipSync(TEXT.subarray(0, 999)), gzipSync(TEXT.subarray(999))])],
  ['zstd', ZSTD],
  ['zstd behind a skippable frame', Buffer.concat([Buffer.from('502a4d180400000001020304', 'hex'), ZSTD])],
])('%s', async (_what, content) => {
  const path = file(content);
  expect((await contentOf(path)).equals(TEXT)).toBe(true);
  expect((await openInput(path)).head).toBe(TEXT.subarray(0, HEAD_BYTES).toString());
});

test('zstd frames one after the other', async () => {
  expect((await contentOf(file(Buffer.concat([ZSTD, ZSTD])))).equals(Buffer.concat([TEXT, TEXT]))).toBe(true);
});

test('nothing is nothing', async () => {
  expect(await openInput(file(new Uint8Array()))).toMatchObject({ head: '' });
});

test('cut at any place: cut short', async () => {
  for (const content of [gzipSync(TEXT), ZSTD]) {
    for (const cut of [9, 20, 1000, content.length - 5, content.length - 1])
      expect(await failureOf(content.subarray(0, cut))).toMatch(
        /is cut short; copy it again; nothing written$/,
      );
  }
});

test('a bit flipped, or bytes behind the end: damaged', async () => {
  for (const content of [gzipSync(TEXT), ZSTD]) {
    const flipped = Buffer.from(content);
    flipped[content.length >> 1]! ^= 4;
    expect(await failureOf(flipped)).toMatch(/is damaged/);
    expect(await failureOf(Buffer.concat([content, Buffer.from('and more behind it')]))).toMatch(
      /is damaged/,
    );
  }
});

test.each([
  ['bzip2', '425a6839'],
  ['xz', 'fd377a585a000000'],
  ['Parquet', '50415231'],
  ['UTF-16 text', 'fffe7b00'],
])('%s is not read, and says so', async (name, hex) => {
  expect(await failureOf(Buffer.from(hex, 'hex'))).toMatch(
    new RegExp(`is a ${name} file, which is not read`),
  );
});

test('what is no file', async () => {
  mkdirSync(join(folder, 'inner'));
  await expect(openInput(join(folder, 'none'))).rejects.toThrow(/^cannot read .*none: no such file/);
  await expect(openInput(join(folder, 'inner'))).rejects.toThrow(UsageError);
});

test('a bomb is read within bounds: 64 MiB of zeros in 64 KiB', async () => {
  const path = file(gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 }));
  const before = process.memoryUsage().rss;
  let bytes = 0;
  for await (const chunk of (await openInput(path)).chunks) bytes += chunk.length;
  expect(bytes).toBe(64 * 1024 * 1024);
  expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1024 * 1024);
});

test('standard input lies in a file until it is removed', async () => {
  const spooled = await spooledInput(
    Readable.from([gzipSync(TEXT).subarray(0, 100), gzipSync(TEXT).subarray(100)]),
  );
  onTestFinished(spooled.remove);
  expect(
    createHash('sha256')
      .update(await contentOf(spooled.path))
      .digest('hex'),
  ).toBe(createHash('sha256').update(TEXT).digest('hex'));
  spooled.remove();
  await expect(openInput(spooled.path)).rejects.toThrow(UsageError);
});
