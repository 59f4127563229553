/** What accepted hellos cover: features, suites and how far a list was read. */
import { describe, expect, test } from 'vitest';
import { SSL2, SSL3, TLS1_0, TLS1_2, TLS1_3 } from '../tls/index.ts';
import { CLASSICAL, FULL, fillers, SPARE, SPARE_NAMELESS } from './hello-form.ts';
import { HelloTolerance } from './hello-tolerance.ts';

const SUITES = Array.from({ length: 200 }, (_, at) => 0xc000 + at);
const range = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at);
const accepted = (
  tolerance: HelloTolerance,
  version: number,
  suites: readonly number[],
  index: number,
  form = FULL,
) => tolerance.noteAccepted(version, form, { suites, index, bytes: 500 });

describe('covers', () => {
  test('nothing before a hello was accepted', () => {
    expect(new HelloTolerance(true).covers(TLS1_2, [FULL, SPARE, CLASSICAL], [1])).toBe(false);
  });

  test('as many suites as were read twice over: each stands in one of the two orders where it is read', () => {
    const tolerance = new HelloTolerance(true);
    accepted(tolerance, TLS1_2, SUITES, 49);
    expect(tolerance.suitesRead).toBe(50);
    expect(tolerance.covers(TLS1_2, [FULL], SUITES.slice(0, 100))).toBe(true);
    expect(tolerance.covers(TLS1_2, [FULL], SUITES.slice(0, 101))).toBe(false);
    accepted(tolerance, TLS1_0, SUITES, 120);
    expect(tolerance.covers(TLS1_2, [FULL], SUITES)).toBe(true);
  });

  test('a form of whose features each was in an accepted hello', () => {
    const tolerance = new HelloTolerance(true);
    accepted(tolerance, TLS1_3, SUITES, 199);
    // A hello of TLS 1.3 has no extended_master_secret, which both other forms of TLS 1.2 have.
    expect(tolerance.covers(TLS1_2, [FULL, SPARE], SUITES)).toBe(false);
    expect(tolerance.covers(TLS1_2, [CLASSICAL], SUITES)).toBe(true);
    accepted(tolerance, TLS1_0, SUITES, 199, SPARE);
    expect(tolerance.covers(TLS1_2, [FULL], SUITES)).toBe(false);
    expect(tolerance.covers(TLS1_2, [SPARE], SUITES)).toBe(true);
  });

  test('the newer extensions, once an old hello was accepted with them', () => {
    const tolerance = new HelloTolerance(true);
    accepted(tolerance, TLS1_0, SUITES, 199);
    expect(tolerance.covers(TLS1_2, [FULL, SPARE], SUITES)).toBe(false);
    tolerance.noteNewerTaken();
    expect(tolerance.covers(TLS1_2, [FULL], SUITES)).toBe(true);
    expect(tolerance.covers(TLS1_3, [FULL], SUITES)).toBe(true);
  });

  test('suites that were in an accepted hello, whatever its version; any where over 128 were', () => {
    const tolerance = new HelloTolerance(true);
    accepted(tolerance, TLS1_2, SUITES.slice(0, 20), 19);
    expect(tolerance.covers(TLS1_2, [FULL], SUITES.slice(5, 15))).toBe(true);
    expect(tolerance.covers(TLS1_2, [FULL], [0x2f])).toBe(false);
    accepted(tolerance, TLS1_2, [0x2f, 0x35], 1);
    expect(tolerance.covers(TLS1_2, [FULL], [0x2f, 0xc000])).toBe(true);
    accepted(tolerance, TLS1_2, [...fillers(150), 0x2f], 150);
    expect(tolerance.covers(TLS1_2, [FULL], [0x84])).toBe(false);
    accepted(tolerance, TLS1_2, SUITES, 199);
    expect(tolerance.covers(TLS1_2, [FULL], [0x84])).toBe(true);
  });

  test.each<[string, number[][]]>([
    ['two lists, the shorter one after the longer one', [range(1, 84), range(200, 41)]],
    ['more lists than are kept', [9, 8, 7, 6, 5, 40].map((count, at) => range(50 * at, count))],
    ['one suite at a time', range(1, 60).map((suite) => [suite])],
  ])('%s: nothing that was taken is forgotten', (_, lists) => {
    const tolerance = new HelloTolerance(false);
    for (const suites of lists) accepted(tolerance, TLS1_2, suites, suites.length - 1);
    for (const suites of lists) expect(tolerance.covers(TLS1_2, [FULL], suites), `${suites}`).toBe(true);
    expect(tolerance.haveTaken(lists.flat())).toBe(true);
    expect(tolerance.haveTaken([...lists.flat(), 0xc0ff])).toBe(false);
  });

  test('SSLv3 has no extensions: that hellos are accepted is enough; SSLv2 shows nothing', () => {
    const tolerance = new HelloTolerance(true);
    accepted(tolerance, SSL2, [0x010080], 0);
    expect(tolerance.covers(SSL3, [FULL], [0x2f])).toBe(false);
    accepted(tolerance, TLS1_2, SUITES, 199, CLASSICAL);
    expect(tolerance.covers(SSL3, [FULL], SUITES)).toBe(true);
  });

  test('no more suites than a hello may have', () => {
    const tolerance = new HelloTolerance(true);
    accepted(tolerance, TLS1_2, SUITES, 199);
    tolerance.suites_a_hello = 100;
    expect(tolerance.covers(TLS1_2, [FULL], SUITES.slice(0, 100))).toBe(true);
    expect(tolerance.covers(TLS1_2, [FULL], SUITES.slice(0, 101))).toBe(false);
  });
});

test('the other form has the name where the server was shown to take it, and none before', () => {
  const tolerance = new HelloTolerance(true);
  expect(tolerance.ladder).toEqual([FULL, SPARE_NAMELESS, CLASSICAL]);
  accepted(tolerance, TLS1_2, SUITES, 0);
  expect(tolerance.ladder).toEqual([FULL, SPARE, CLASSICAL]);
});

test('the record', () => {
  const tolerance = new HelloTolerance(false);
  expect(tolerance.record()).toEqual({ cipher_suites: null, hello_bytes: null, refused: [] });
  accepted(tolerance, TLS1_2, SUITES, 42);
  tolerance.noteRefused({ feature: 'compression', value: null, by: 'alert', code: 47 });
  tolerance.noteRefused({ feature: 'compression', value: null, by: 'alert', code: 40 });
  const refused = [{ feature: 'compression', value: null, by: 'alert', code: 47 }];
  expect(tolerance.record()).toEqual({ cipher_suites: 43, hello_bytes: 500, refused });
});
