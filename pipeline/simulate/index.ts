/**
 * A made population → raw records with the truth beside them, marked synthetic: no server is asked. What endpoints answer
 * comes from the study's patterns or the published margins; docs/simulate.md says what else, and what is made up. The same
 * options give the same bytes, whatever the number of workers.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { writeWhole } from '../base/files.ts';
import { lockFolder } from '../base/folder-lock.ts';
import { sha256Hex } from '../base/hex.ts';
import { packageVersion } from '../base/package-root.ts';
import { publishedValues } from '../formats/datasets.ts';
import type { ScanFile } from '../formats/raw-record.ts';
import { type Answer, answersOfPatterns, type StudyPatterns, studyOffer } from './answers.ts';
import { MADE_AT } from './certificates/certificate-plan.ts';
import { publishedCertificates } from './certificates/published-certificates.ts';
import { certificateSizes } from './certificates/sizes.ts';
import { certificateCount } from './chains.ts';
import { CURVES } from './key-exchange.ts';
import type { MadePart } from './part.ts';
import { MADE_FORMAT_VERSION, partsOf, type SimulationPlan } from './plan.ts';
import { endpointsBefore, type Population, population, SAME_SERVICE } from './population.ts';
import { answersOfMargins } from './published-answers.ts';
import { addTally, CertificateTally, emptyTally } from './tally.ts';
import { type Truth, truthOf } from './truth/truth.ts';
import { makeParts } from './worker-pool.ts';

export type { StudyPatterns } from './answers.ts';
export type { Truth, TruthRow } from './truth/truth.ts';

export interface SimulateOptions {
  endpoints: number;
  /** Folder for scan.json, the parts and truth.json: new, or without a scan. */
  out: string;
  /** Any text; the same gives the same population. */
  seed: string;
  /** The study's patterns; the published margins stand in for ports that they lack. */
  patterns?: StudyPatterns | undefined;
  /** Processes; as many as there are cores by default. */
  workers?: number | undefined;
  /** Addresses of a part: 12,000, some 49,000 endpoints. Other numbers give other files. */
  hosts_per_part?: number | undefined;
}

export interface SimulateWorld {
  /** Told of each part that is whole. */
  progress?: (done: number, parts: number, endpoints: number) => void;
}

export interface SimulateResult {
  scan: ScanFile;
  truth: Truth;
}

/** Writes the population. UsageError for what the operator can mend. */
export async function simulate(options: SimulateOptions, world: SimulateWorld = {}): Promise<SimulateResult> {
  const { out, workers = availableParallelism() } = options;
  const { plan, answers_from } = planOf(options);
  mkdirSync(out, { recursive: true });
  const release = lockFolder(out);
  try {
    clear(out);
    return await write(plan, answers_from, out, workers, world);
  } finally {
    release();
  }
}

async function write(
  plan: SimulationPlan,
  answers_from: Record<string, string>,
  out: string,
  workers: number,
  { progress = () => {} }: SimulateWorld,
): Promise<SimulateResult> {
  const parts = partsOf(plan);
  const entries: ScanFile['parts'] = [];
  const tally = emptyTally(plan);
  const certificates = new CertificateTally(certificateCount(plan));
  let done = 0;
  await makeParts(plan, out, { parts, workers }, (index, made: MadePart) => {
    entries[index] = made.entry;
    addTally(tally, made.tally);
    certificates.add(made.tally);
    progress(++done, parts, tally.endpoints);
  });
  const truth = truthOf(plan, answers_from, tally, certificates);
  const scan = scanFile(plan, truth, entries);
  writeWhole(join(out, TRUTH_FILE), `${JSON.stringify(truth, null, 1)}\n`);
  writeWhole(join(out, SCAN_FILE), `${JSON.stringify(scan, null, 2)}\n`);
  return { scan, truth };
}

export const TRUTH_FILE = 'truth.json';
const SCAN_FILE = 'scan.json';
const OUR_FILE = /^(?:endpoints|certificates|dh-groups)-\d+\.ndjson\.gz(?:\.partial)?$|^truth\.json$/;

/** What a simulation left that was ended before its scan.json is swept out; a scan stays. */
function clear(out: string): void {
  const names = readdirSync(out);
  const foreign = names.find((name) => name === SCAN_FILE || /^resume-|^flights-/.test(name));
  if (foreign !== undefined)
    throw new UsageError(`${out} already holds a scan (${foreign}); give another --out`);
  for (const name of names) if (OUR_FILE.test(name)) rmSync(join(out, name));
}

interface Planned {
  plan: SimulationPlan;
  /** What the answers of each port come from. */
  answers_from: Record<string, string>;
}

function planOf({ endpoints, seed, patterns, hosts_per_part = HOSTS_PER_PART }: SimulateOptions): Planned {
  const people = population(endpoints);
  const ports = people.ports.map(({ port }) => port);
  const studied = patterns ? answersOfPatterns(patterns) : new Map<number, Answer[]>();
  const margins = answersOfMargins(ports);
  const chosen = ports.map((port) => {
    const from = [port, SAME_SERVICE[port]].find((one) => one !== undefined && studied.has(one));
    return from === undefined
      ? { answers: margins.get(port)!, from: 'published margins' }
      : { answers: studied.get(from)!, from: `study patterns of port ${from}` };
  });
  const answers = chosen.map((one) => one.answers);
  const hex = sha256Hex(seed).slice(0, SEED_DIGITS);
  const plan: SimulationPlan = {
    scan_id: scanId(endpoints, hex, answers),
    seed: hex,
    population: people,
    answers,
    sizes: sizesOf(people),
    hosts_per_part,
  };
  return { plan, answers_from: Object.fromEntries(ports.map((port, place) => [port, chosen[place]!.from])) };
}

function sizesOf({ endpoints, hosts }: Population): SimulationPlan['sizes'] {
  const studied = publishedValues().find(({ item }) => item === 'valid_responses');
  const addresses = publishedCertificates().map((certificate) => certificate.addresses);
  return certificateSizes(hosts, endpoints / Number(studied!.value), addresses);
}

/** It says in each row of each table that nothing of it was measured. Other answers, seeds and numbers give another. */
function scanId(endpoints: number, seed: string, answers: SimulationPlan['answers']): string {
  const digest = sha256Hex(JSON.stringify([packageVersion, endpoints, seed, [...new Set(answers)]]));
  return `synthetic-${endpoints}-${digest.slice(0, 8)}`;
}

function scanFile(plan: SimulationPlan, truth: Truth, parts: ScanFile['parts']): ScanFile {
  const moment = new Date(MADE_AT).toISOString();
  const { tls_endpoints, handshakes } = truth.tables['data_overview']![0] as Record<string, number>;
  const refusing = truth.tables['port_overview']!.reduce((sum, row) => sum + Number(row['rejecting_all']), 0);
  return {
    format_version: MADE_FORMAT_VERSION,
    scan_id: plan.scan_id,
    tool: 'mail-tls-census simulate',
    tool_version: packageVersion,
    started_at: moment,
    finished_at: moment,
    reread_by: null,
    strategy: 'exhaustive',
    prior: null,
    inference: null,
    synthetic: true,
    seed: plan.seed,
    shard: { index: 1, of: 1 },
    targets_sha256: sha256Hex(plan.scan_id),
    contact: null,
    helo: 'nobody.invalid',
    ports: plan.population.ports.map(({ port }) => port),
    cipher_suites: Object.fromEntries(
      studyOffer().map(({ version, cipher_suites }) => [version, cipher_suites]),
    ),
    named_groups: CURVES.map(({ named_group }) => named_group),
    probes: [],
    excluded: { by_operator: 0, reserved: 0 },
    counts: {
      endpoints: endpointsBefore(plan.population, plan.population.hosts),
      handshakes: handshakes!,
      outcomes: { tls: tls_endpoints! - refusing, tls_rejected: refusing, no_starttls: 0, error: 0 },
    },
    parts,
  };
}

const HOSTS_PER_PART = 12_000;
const SEED_DIGITS = 32;
