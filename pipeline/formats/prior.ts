/**
 * A prior: which whole patterns of answers mail servers give, and how many endpoints gave each. Gzipped JSON, made by
 * `census learn-prior`, read by a scan with strategy `predictive` (docs/strategies.md). A pattern is one bit a question,
 * in the order of `questions`, as hexadecimal digits, the first question in the highest bit of the first digit.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { UsageError } from '../base/errors.ts';
import { writeWhole } from '../base/files.ts';

/** Format 1 has no calibration, and does not say whether its endpoints speak TLS 1.3: it is read as one without. */
export const PRIOR_FORMAT_VERSION = 2;

/** Where the patterns come from. */
export interface PriorSource {
  kind: 'lake' | 'study-patterns';
  /** Scans of the lake, or names of the pattern files. */
  names: string[];
  /** When the endpoints were scanned, UTC; null where unknown. */
  first_at: string | null;
  last_at: string | null;
}

/** What claims from `claimed` on, up to the next step, are worth. */
export interface CalibrationStep {
  /** Share of the prior's endpoints that agree with all answers and with the claim. */
  claimed: number;
  /** Share of the endpoints with such a claim where it was right as a whole. */
  right: number;
  /** How many endpoints that is measured at. */
  endpoints: number;
}

/** How probabilities were measured, and on what: `ports left out`, each in turn, or two `halves` of one port. */
export interface Calibration {
  method: 'ports left out' | 'halves';
  /** Ascending in `claimed` and in `right`. */
  steps: CalibrationStep[];
}

export interface Prior {
  format: 'mail-tls-census prior';
  format_version: number;
  source: PriorSource;
  ports: number[];
  /** Endpoints by port, in the order of `ports`. */
  endpoints: number[];
  /** Suites by version, SSLv2 to TLS 1.2. */
  questions: { version: number; cipher_suites: number[] }[];
  /** Endpoints of these that accept TLS 1.3, which is no part of the patterns. */
  tls13_endpoints: number;
  /** Null where none was made: then probabilities are the prior's own. */
  calibration: Calibration | null;
  /** Distinct patterns, the most frequent first: hexadecimal bits (accepted is 1), then the endpoints of each port. */
  patterns: [bits: string, ...counts: number[]][];
}

/** A pattern with its endpoints by port, before it is written down: one boolean a question, accepted or not. */
export interface CountedPattern {
  accepted: readonly boolean[];
  counts: readonly number[];
}

/** A prior out of patterns: equal ones are added up; the same patterns in any order give the same prior. */
export function makePrior(
  about: Pick<Prior, 'source' | 'ports' | 'questions'> & { tls13_endpoints?: number },
  patterns: Iterable<CountedPattern>,
): Prior {
  const byBits = new Map<string, number[]>();
  for (const { accepted, counts } of patterns) {
    const bits = bitsToHex(accepted);
    const known = byBits.get(bits);
    byBits.set(bits, known ? known.map((count, port) => count + counts[port]!) : [...counts]);
  }
  const rows = [...byBits].map(([bits, counts]) => ({ bits, counts, total: sum(counts) }));
  rows.sort((left, right) => right.total - left.total || (left.bits < right.bits ? -1 : 1));
  return {
    format: FORMAT,
    format_version: PRIOR_FORMAT_VERSION,
    source: about.source,
    ports: [...about.ports],
    endpoints: about.ports.map((_, port) => sum(rows.map((row) => row.counts[port]!))),
    questions: [...about.questions],
    tls13_endpoints: about.tls13_endpoints ?? 0,
    calibration: null,
    patterns: rows.map(({ bits, counts }) => [bits, ...counts]),
  };
}

/** Writes a prior, whole or not at all. The same prior gives the same bytes. */
export function writePrior(path: string, prior: Prior): void {
  writeWhole(path, gzipSync(JSON.stringify(prior), { level: 9 }));
}

/** Reads and checks a prior; `sha256` is that of the file's bytes. UsageError for what is none. */
export function readPrior(path: string): { prior: Prior; sha256: string } {
  const bytes = readBytes(path);
  const prior = filledUp(parse(path, bytes));
  const wrong = firstProblem(prior);
  if (wrong !== undefined) throw new UsageError(`${path} is no usable prior: ${wrong}; ${REMEDY}`);
  return { prior: prior as Prior, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A pattern's bits, one a question: 1 is accepted. A few more, all 0, may follow. */
export function questionBits(hex: string): Uint8Array {
  const bits = new Uint8Array(hex.length * 4);
  for (let digit = 0; digit < hex.length; digit++) {
    const value = Number.parseInt(hex[digit]!, 16);
    for (let bit = 0; bit < 4; bit++) bits[digit * 4 + bit] = (value >> (3 - bit)) & 1;
  }
  return bits;
}

function bitsToHex(accepted: readonly boolean[]): string {
  let hex = '';
  for (let start = 0; start < accepted.length; start += 4) {
    let digit = 0;
    for (let bit = 0; bit < 4; bit++) digit = digit * 2 + (accepted[start + bit] ? 1 : 0);
    hex += digit.toString(16);
  }
  return hex;
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'it is a folder' : message;
    throw new UsageError(`cannot read the prior ${path}: ${why}; ${REMEDY}`);
  }
}

function parse(path: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(gunzipSync(bytes, { maxOutputLength: MOST_BYTES }).toString('utf8'));
  } catch (error) {
    throw new UsageError(`${path} is no prior (${(error as Error).message}); ${REMEDY}`);
  }
}

/** Format 1 as format 2. */
function filledUp(value: unknown): unknown {
  if ((value as Partial<Prior> | null)?.format_version !== 1) return value;
  return {
    ...(value as object),
    format_version: PRIOR_FORMAT_VERSION,
    tls13_endpoints: 0,
    calibration: null,
  };
}

/** What keeps a value from being a prior; undefined where nothing does. */
function firstProblem(value: unknown): string | undefined {
  const prior = (value ?? {}) as Partial<Record<keyof Prior, unknown>>;
  if (prior.format !== FORMAT) return 'it does not say that it is one';
  if (prior.format_version !== PRIOR_FORMAT_VERSION) {
    return `it has format ${prior.format_version}, this program reads ${PRIOR_FORMAT_VERSION}`;
  }
  const wrong = Object.entries(CHECKS).find(([field, isRight]) => !isRight(prior[field as keyof Prior]));
  if (wrong) return `its ${wrong[0]} make no sense`;
  return patternProblem(prior as Prior);
}

function patternProblem({ ports, endpoints, questions, patterns }: Prior): string | undefined {
  const bits = sum(questions.map((question) => question.cipher_suites.length));
  const shape = new RegExp(`^[0-9a-f]{${Math.ceil(bits / 4)}}$`);
  const broken = patterns.findIndex(
    (row) =>
      !Array.isArray(row) ||
      row.length !== ports.length + 1 ||
      !shape.test(String(row[0])) ||
      !areCounts(row.slice(1)),
  );
  if (broken >= 0) return `pattern ${broken + 1} makes no sense`;
  if (new Set(patterns.map(([pattern]) => pattern)).size !== patterns.length)
    return 'a pattern stands there twice';
  const totals = ports.map((_, port) => sum(patterns.map((row) => row[port + 1] as number)));
  if (totals.some((total, port) => total !== endpoints[port]))
    return 'its counts do not add up to its endpoints';
  return undefined;
}

const CHECKS: Partial<Record<keyof Prior, (value: unknown) => boolean>> = {
  source: (value) =>
    typeof value === 'object' &&
    value !== null &&
    Array.isArray((value as PriorSource).names) &&
    [(value as PriorSource).first_at, (value as PriorSource).last_at].every(isTime),
  ports: (value) => isList(value, 1, 64) && areCounts(value) && new Set(value).size === value.length,
  endpoints: (value) => isList(value, 1, 64) && areCounts(value),
  questions: (value) => isList(value, 1, 16) && value.every(isQuestion) && areDistinct(value.map(versionOf)),
  tls13_endpoints: (value) => areCounts([value]),
  calibration: (value) => value === null || isCalibration(value),
  patterns: (value) => isList(value, 1, MOST_PATTERNS),
};

function isCalibration(value: unknown): boolean {
  const { method, steps } = (value ?? {}) as { method?: unknown; steps?: unknown };
  if (!['ports left out', 'halves'].includes(String(method)) || !isList(steps, 0, 64)) return false;
  const all = steps.map((step) => (step ?? {}) as Partial<CalibrationStep>);
  return all.every(
    ({ claimed, right, endpoints }, at) =>
      isShare(claimed) &&
      isShare(right) &&
      Number(endpoints) >= 0 &&
      (at === 0 || (claimed! > all[at - 1]!.claimed! && right! >= all[at - 1]!.right!)),
  );
}

function isShare(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

/** Null, too: it is not known when. */
function isTime(value: unknown): boolean {
  return value === null || (typeof value === 'string' && !Number.isNaN(Date.parse(value)));
}

function isQuestion(value: unknown): boolean {
  const { version, cipher_suites: suites } = (value ?? {}) as { version?: unknown; cipher_suites?: unknown };
  return areCounts([version]) && isList(suites, 1, 65_536) && areCounts(suites) && areDistinct(suites);
}

const versionOf = (value: unknown): unknown => (value as { version: unknown }).version;

function isList(value: unknown, least: number, most: number): value is unknown[] {
  return Array.isArray(value) && value.length >= least && value.length <= most;
}

function areCounts(values: readonly unknown[]): boolean {
  return values.every((value) => Number.isSafeInteger(value) && Number(value) >= 0);
}

function areDistinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const FORMAT = 'mail-tls-census prior';
const REMEDY = 'make one with: census learn-prior';
/** Against a file that unpacks without end; 400,000 patterns of 551 questions are some 60 MB. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_PATTERNS = 400_000;
