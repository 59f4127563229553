import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHtml, printable } from './printable.ts';

fc.configureGlobal({ seed: 20151028 });

/** Any code points, lone surrogates included. */
const ANY_TEXT = fc.array(fc.nat(0x10ffff)).map((codes) => String.fromCodePoint(...codes));

test('leaves ordinary text of any script alone', () => {
  const text = '220 mx.example.org ESMTP – Grüße, Привет, 你好, 👋';
  expect(printable(text)).toBe(text);
});

test.each([
  ['\u001b[31m', '\\x1b[31m'],
  ['a\r\nb', 'a\\x0d\\x0ab'],
  ['\u0000\u007f\u009b', '\\x00\\x7f\\x9b'],
  ['\u2028\u2029', '\\u2028\\u2029'],
  ['\u202etxt.exe', '\\u202etxt.exe'],
  ['\ud800', '\\ud800'],
])('%j becomes visible', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('cuts to the limit, and marks the cut', () => {
  expect(printable('abcdef', 4)).toBe('abc…');
  expect(printable('abcd', 4)).toBe('abcd');
  expect(printable('a👋bc', 3)).toBe('a…');
});

test('nothing that moves a cursor or turns text around gets through', () => {
  fc.assert(
    fc.property(ANY_TEXT, fc.nat(40), (text, limit) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
      expect(printable(text, limit)).not.toMatch(/\p{Cs}/u);
    }),
  );
});

test('HTML: markup and quotes become references', () => {
  expect(escapeHtml(`<a href="x" title='y'>&</a>`)).toBe(
    '&#60;a href=&#34;x&#34; title=&#39;y&#39;&#62;&#38;&#60;/a&#62;',
  );
  fc.assert(fc.property(fc.string(), (text) => void expect(escapeHtml(text)).not.toMatch(/[<>"']/)));
});
