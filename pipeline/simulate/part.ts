/**
 * One part of a population: a range of addresses with all of their endpoints, to the three files of a part and its tally. It
 * needs nothing of other parts, so that any worker can make any of them.
 */
import { join } from 'node:path';
import { GzipFile } from '../base/gzip-file.ts';
import type { ScanFile } from '../formats/raw-record.ts';
import { Chains } from './chains.ts';
import { type SetupOf, setups } from './key-exchange.ts';
import { type Drawn, LineMaker } from './line-maker.ts';
import { draws } from './mixing.ts';
import { PartContent } from './part-content.ts';
import type { SimulationPlan } from './plan.ts';
import { countBefore, endpointsBefore } from './population.ts';
import { type PortPlan, portPlans } from './port-plan.ts';
import { publishedShare } from './published-answers.ts';
import { emptyTally, type Tally } from './tally.ts';

export interface MadePart {
  entry: ScanFile['parts'][number];
  tally: Tally;
}

/** Makes parts of one plan. */
export class PartMaker {
  readonly #plan: SimulationPlan;
  readonly #ports: readonly PortPlan[];
  readonly #setupOf: SetupOf;
  readonly #rank: (endpoint: number) => number;
  /** Of endpoints that time out at one version: the published share of questions in error. */
  readonly #silentShare = publishedShare('data_overview', 0, 'error');
  readonly #chains: Chains;
  readonly #lines: LineMaker;

  constructor(plan: SimulationPlan) {
    this.#plan = plan;
    this.#ports = portPlans(plan);
    const smtp = this.#ports.find(({ port }) => port === 25)!;
    this.#setupOf = setups(plan.seed, plan.answers[smtp.place]!);
    this.#rank = draws(plan.seed, 'silent');
    this.#chains = new Chains(plan);
    this.#lines = new LineMaker(plan);
  }

  /** Writes part `index` into `folder`. */
  async make(index: number, folder: string): Promise<MadePart> {
    const { population, hosts_per_part } = this.#plan;
    const names = namesOf(index);
    const open = (name: string): GzipFile => new GzipFile(join(folder, name), COMPRESSION);
    const [endpoints, certificates] = [open(names.endpoints), open(names.certificates)];
    const dhGroups = open(names.dh_groups);
    const made = new PartContent(emptyTally(this.#plan));
    const first = index * hosts_per_part;
    const end = Math.min(first + hosts_per_part, population.hosts);
    let endpoint = endpointsBefore(population, first);
    for (let host = first; host < end; host++) {
      endpoint = this.#host(host, endpoint, made);
      if (made.pieces.length < PIECES_AT_ONCE && host + 1 < end) continue;
      endpoints.write(made.takeLines());
      certificates.write(made.takeCertificates());
      await Promise.all([endpoints.drained(), certificates.drained()]);
    }
    dhGroups.write(made.dhGroupLines());
    const sha256 = {
      endpoints: await endpoints.close(),
      certificates: await certificates.close(),
      dh_groups: await dhGroups.close(),
      flights: null,
    };
    return { entry: { ...names, records: made.tally.endpoints, sha256 }, tally: made.finished() };
  }

  /** Adds the endpoints of an address, of which `endpoint` is the first; gives the number after its last. */
  #host(host: number, endpoint: number, made: PartContent): number {
    const [chain, ecChain] = [this.#chains.of(host), this.#chains.withEcKey(host)];
    let [next, own, ec] = [endpoint, 0, 0];
    for (const port of this.#ports) {
      const place = countBefore(host, port.endpoints, this.#plan.population.hosts);
      if (countBefore(host + 1, port.endpoints, this.#plan.population.hosts) === place) continue;
      const drawn: Drawn = {
        endpoint: next,
        host,
        port,
        answer: port.answerAt(place),
        isSilent: this.#rank(next) < this.#silentShare,
        setup: this.#setupOf(host, port.protocol),
        chain,
        ecChain,
      };
      const template = this.#lines.templateOf(drawn);
      this.#lines.write(template, drawn, made.pieces);
      made.count(drawn, template.shows, this.#accepts(drawn));
      next++;
      if (template.shows.chain) own++;
      if (template.shows.ec_chain) ec++;
    }
    made.showed(chain, own);
    made.showed(ecChain, ec);
    return next;
  }

  #accepts({ port, answer }: Drawn): boolean {
    return this.#plan.answers[port.place]![answer]!.accepted.length > 0;
  }
}

/** The quickest level: the lines repeat each other so much that others save little. */
const COMPRESSION = 1;
/** Some 200 KB of text go to the compressor at once. */
const PIECES_AT_ONCE = 4096;

function namesOf(index: number): Omit<ScanFile['parts'][number], 'records' | 'sha256'> {
  const name = (kind: string): string => `${kind}-${String(index).padStart(5, '0')}.ndjson.gz`;
  const [endpoints, certificates, dh_groups] = [name('endpoints'), name('certificates'), name('dh-groups')];
  return { endpoints, certificates, dh_groups, flights: null };
}
