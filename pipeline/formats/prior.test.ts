import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { type CountedPattern, makePrior, type Prior, questionBits, readPrior, writePrior } from './prior.ts';

const folder = temporaryFolder('prior');

const ABOUT = {
  source: { kind: 'lake', names: ['one'], first_at: null, last_at: null },
  ports: [25, 993],
  questions: [
    { version: 2, cipher_suites: [0x010080] },
    { version: 771, cipher_suites: [4, 5, 10, 47, 53] },
  ],
} satisfies Pick<Prior, 'source' | 'ports' | 'questions'>;

const PATTERNS: CountedPattern[] = [
  { accepted: [false, true, false, false, true, false], counts: [3, 0] },
  { accepted: [true, false, false, false, false, true], counts: [0, 9] },
  { accepted: [false, true, false, false, true, false], counts: [1, 1] },
];

function written(prior: unknown): string {
  const path = join(folder, `${Math.random()}.json.gz`);
  writeFileSync(path, gzipSync(JSON.stringify(prior)));
  return path;
}

test('patterns are added up, the most frequent first, and come back bit by bit', () => {
  const path = join(folder, 'round-trip.json.gz');
  writePrior(path, makePrior(ABOUT, PATTERNS));
  const { prior, sha256 } = readPrior(path);
  expect(prior.patterns).toEqual([
    ['84', 0, 9],
    ['48', 4, 1],
  ]);
  expect(prior.endpoints).toEqual([4, 10]);
  expect([...questionBits(prior.patterns[1]![0])].slice(0, 6).map(Boolean)).toEqual(PATTERNS[0]!.accepted);
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('the same patterns in another order give the same bytes', () => {
  const [one, other] = [join(folder, 'one.gz'), join(folder, 'other.gz')];
  writePrior(one, makePrior(ABOUT, PATTERNS));
  writePrior(other, makePrior(ABOUT, [...PATTERNS].reverse()));
  expect(readFileSync(one).equals(readFileSync(other))).toBe(true);
});

const good = makePrior(ABOUT, PATTERNS);
const calibration = (right: number[]) => {
  const steps = right.map((share, at) => ({ claimed: 0.9 + at / 100, right: share, endpoints: 10 }));
  return { method: 'ports left out', steps };
};

test('a calibrated prior comes back as it was; one of format 1 has no calibration', () => {
  const calibrated = { ...good, calibration: calibration([0.9, 0.95]), tls13_endpoints: 3 };
  expect(readPrior(written(calibrated)).prior).toEqual(calibrated);
  const { calibration: _none, tls13_endpoints: _zero, ...old } = good;
  expect(readPrior(written({ ...old, format_version: 1 })).prior).toEqual(good);
});

test.each<[string, unknown, RegExp]>([
  ['a foreign file', { hello: 'world' }, /does not say that it is one/],
  ['no object', null, /does not say that it is one/],
  ['a newer format', { ...good, format_version: 3 }, /has format 3, this program reads 2/],
  [
    'a date that is none',
    { ...good, source: { ...good.source, last_at: 'May' } },
    /its source make no sense/,
  ],
  ['no count of TLS 1.3', { ...good, tls13_endpoints: -1 }, /its tls13_endpoints make no sense/],
  ['a calibration that falls', { ...good, calibration: calibration([0.9, 0.8]) }, /its calibration make no/],
  [
    'a calibration by hand',
    { ...good, calibration: { method: 'guess', steps: [] } },
    /its calibration make no/,
  ],
  ['no ports', { ...good, ports: [] }, /its ports make no sense/],
  ['a port that is no number', { ...good, ports: [25, 'x'] }, /its ports make no sense/],
  ['no source', { ...good, source: null }, /its source make no sense/],
  ['a version twice', { ...good, questions: [good.questions[0], good.questions[0]] }, /its questions/],
  ['a suite twice', { ...good, questions: [{ version: 771, cipher_suites: [1, 1] }] }, /its questions/],
  ['no patterns', { ...good, patterns: [] }, /its patterns/],
  ['too few bits', { ...good, patterns: [['8', 4, 10]] }, /pattern 1 makes no sense/],
  ['no hexadecimal', { ...good, patterns: [['zz', 4, 10]] }, /pattern 1 makes no sense/],
  ['a count too few', { ...good, patterns: [['84', 4]] }, /pattern 1 makes no sense/],
  ['half an endpoint', { ...good, patterns: [['84', 0.5, 10]] }, /pattern 1 makes no sense/],
  ['a pattern twice', { ...good, patterns: [...good.patterns, good.patterns[0]] }, /stands there twice/],
  ['endpoints that are not the sum', { ...good, endpoints: [4, 11] }, /do not add up/],
])('refused: %s', (_name, value, message) => {
  expect(() => readPrior(written(value))).toThrow(message);
});

test('refused: no file, a folder, no gzip, cut gzip, and a file that unpacks without end', () => {
  expect(() => readPrior(join(folder, 'none'))).toThrow(
    /cannot read the prior .*no such file; make one with/,
  );
  expect(() => readPrior(folder)).toThrow(/it is a folder/);
  const path = join(folder, 'broken');
  writeFileSync(path, JSON.stringify(good));
  expect(() => readPrior(path)).toThrow(/is no prior/);
  const whole = gzipSync(JSON.stringify(good));
  writeFileSync(path, whole.subarray(0, whole.length - 9));
  expect(() => readPrior(path)).toThrow(/is no prior/);
  expect(gunzipSync(whole).length).toBeGreaterThan(0);
  writeFileSync(path, gzipSync(Buffer.alloc(65 * 1024 * 1024, 0x20), { level: 1 }));
  expect(() => readPrior(path)).toThrow(/is no prior/);
});
