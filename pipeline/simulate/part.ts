/**
 * One part of a population: a range of addresses with all of their endpoints, to the three files of a part and its tally. It
 * needs nothing of other parts, so that any worker can make any of them.
 */
import { join } from 'node:path';
import type { MailProtocol, ScanFile } from '../formats/raw-record.ts';
import { type Chain, Chains } from './chains.ts';
import { CURVES, DH_GROUPS, type Setup, setups } from './key-exchange.ts';
import { draws, order } from './mixing.ts';
import { PartFile } from './part-file.ts';
import { FLAKY, protocolOf, type SimulationPlan, templateStarts } from './plan.ts';
import { addressOf, before, endpointsBefore, hostNameOf } from './population.ts';
import { publishedShare } from './published-answers.ts';
import { dialogueOf, HOST, SOFTWARE, securedDialogueOf } from './software.ts';
import { emptyTally, SOFTWARE_PLACES, type Tally } from './tally.ts';
import { dialogueText, securedText, silentVersion, type Template, template } from './template.ts';

export interface MadePart {
  entry: ScanFile['parts'][number];
  tally: Tally;
}

/** Makes parts of one plan. */
export class PartMaker {
  readonly #plan: SimulationPlan;
  readonly #ports: readonly Port[];
  readonly #setupOf: ReturnType<typeof setups>;
  readonly #flakyRank: (endpoint: number) => number;
  readonly #flakyShare = publishedShare(...FLAKY);
  readonly #chains: Chains;
  readonly #templates = new Map<number, Template>();
  readonly #dialogues = new Map<string, Texts>();

  constructor(plan: SimulationPlan) {
    this.#plan = plan;
    const starts = templateStarts(plan.answers);
    this.#ports = plan.population.ports.map(({ port, endpoints }, place) => ({
      place,
      port,
      protocol: protocolOf(port),
      endpoints,
      start: starts[place]!,
      answerAt: quota(
        plan.answers[place]!.map(({ weight }) => weight),
        endpoints,
        order(endpoints, plan.seed, `answers of ${port}`),
      ),
    }));
    const smtp = plan.population.ports.findIndex(({ port }) => port === 25);
    this.#setupOf = setups(plan.seed, plan.answers[smtp]!);
    this.#flakyRank = draws(plan.seed, 'silent');
    this.#chains = new Chains(plan);
  }

  /** Writes part `index` into `folder`. */
  async make(index: number, folder: string): Promise<MadePart> {
    const { population, hosts_per_part } = this.#plan;
    const names = namesOf(index);
    const files = [names.endpoints, names.certificates, names.dh_groups].map(
      (name) => new PartFile(join(folder, name)),
    );
    const [endpoints, certificates, dhGroups] = files as [PartFile, PartFile, PartFile];
    const made = new PartContent(emptyTally(this.#plan));
    const first = index * hosts_per_part;
    const end = Math.min(first + hosts_per_part, population.hosts);
    let endpoint = endpointsBefore(population, first);
    for (let host = first; host < end; host++) {
      endpoint = this.#host(host, endpoint, made);
      if (made.lines.length < LINES_AT_ONCE && host + 1 < end) continue;
      await endpoints.write(made.takeLines());
      await certificates.write(made.takeCertificates());
    }
    await dhGroups.write(made.dhGroupLines());
    await Promise.all(files.map((file) => file.close()));
    return { entry: { ...names, records: made.tally.endpoints }, tally: made.finished() };
  }

  /** Adds the endpoints of an address, of which `endpoint` is the first; gives the number after its last. */
  #host(host: number, endpoint: number, made: PartContent): number {
    const { hosts } = this.#plan.population;
    const chain = this.#chains.of(host);
    const shown = { own: 0, ec: 0 };
    let next = endpoint;
    for (const port of this.#ports) {
      const place = before(host, port.endpoints, hosts);
      if (before(host + 1, port.endpoints, hosts) > place)
        this.#endpoint(next++, host, port, place, chain, shown, made);
    }
    if (shown.own > 0) made.showed(chain, shown.own);
    if (shown.ec > 0) made.showed(this.#chains.withEcKey(host), shown.ec);
    return next;
  }

  #endpoint(
    endpoint: number,
    host: number,
    port: Port,
    place: number,
    chain: Chain,
    shown: { own: number; ec: number },
    made: PartContent,
  ): void {
    const setup = this.#setupOf(host, port.protocol);
    const isFlaky = this.#flakyRank(endpoint) < this.#flakyShare;
    const answer = port.answerAt(place);
    const number = port.start + 2 * answer + (isFlaky ? 1 : 0);
    const { texts, holes, shows } = this.#template(number, port, answer, isFlaky);
    let line = texts[0]!;
    for (let hole = 0; hole < holes.length; hole++) {
      switch (holes[hole]!) {
        case 'endpoint_id':
          line += endpoint;
          break;
        case 'ip':
          line += addressOf(host);
          break;
        case 'dh':
          line += DH_GROUPS[setup.dh]!.dh_group_id;
          break;
        case 'dh_bits':
          line += DH_GROUPS[setup.dh]!.bits;
          break;
        case 'dh_export':
          line += DH_GROUPS[setup.dh_export]!.dh_group_id;
          break;
        case 'curve':
          line += CURVES[setup.curve]!.named_group;
          break;
        case 'curve_bits':
          line += CURVES[setup.curve]!.bits;
          break;
        case 'chains':
          line += this.#chainsText(shows, chain, host);
          break;
        default:
          line += filled(this.#dialogue(holes[hole] as 'dialogue' | 'secured', port.protocol, setup), host);
      }
      line += texts[hole + 1]!;
    }
    made.add(line, number, port, setup, shows, this.#plan.answers[port.place]![answer]!.accepted.length > 0);
    if (shows.chain) shown.own++;
    if (shows.ec_chain) shown.ec++;
  }

  #template(number: number, port: Port, answer: number, isFlaky: boolean): Template {
    const known = this.#templates.get(number);
    if (known) return known;
    const content = this.#plan.answers[port.place]![answer]!;
    const made = template(this.#plan.scan_id, port.port, content, isFlaky ? silentVersion(content) : null);
    made.texts[made.texts.length - 1] += '\n';
    this.#templates.set(number, made);
    return made;
  }

  #chainsText(shows: Template['shows'], chain: Chain, host: number): string {
    const texts = [shows.chain ? chain.text : '', shows.ec_chain ? this.#chains.withEcKey(host).text : ''];
    return `[${texts.filter((text) => text !== '').join(',')}]`;
  }

  #dialogue(where: 'dialogue' | 'secured', protocol: MailProtocol, { software }: Setup): Texts {
    const key = `${where} ${protocol} ${software}`;
    const known = this.#dialogues.get(key);
    if (known) return known;
    const server = SOFTWARE[protocol][software]!;
    const text =
      where === 'dialogue'
        ? dialogueText(dialogueOf(protocol, server))
        : securedText(securedDialogueOf(protocol, server));
    const texts = text.split(JSON.stringify(HOST).slice(1, -1));
    this.#dialogues.set(key, texts);
    return texts;
  }
}

/** Text in pieces, between which the name of the host stands. */
type Texts = readonly string[];

interface Port {
  place: number;
  port: number;
  protocol: MailProtocol;
  endpoints: number;
  /** Number of its first template. */
  start: number;
  /** The answer of its endpoint at a place. */
  answerAt: (place: number) => number;
}

/** What a part holds so far. */
class PartContent {
  readonly tally: Tally;
  lines: string[] = [];
  #certificates: string[] = [];
  readonly #chains = new Map<number, [addresses: number, endpoints: number]>();
  readonly #ders = new Set<string>();

  constructor(tally: Tally) {
    this.tally = tally;
  }

  add(
    line: string,
    number: number,
    { place, port }: Port,
    setup: Setup,
    shows: Template['shows'],
    accepts: boolean,
  ): void {
    const { tally } = this;
    this.lines.push(line);
    tally.endpoints++;
    tally.templates[number]!++;
    if (shows.dh) tally.dh[place * DH_GROUPS.length + setup.dh]!++;
    if (shows.dh_export) tally.dh[place * DH_GROUPS.length + setup.dh_export]!++;
    if (shows.dh || shows.dh_export) tally.dh_endpoints[place]!++;
    if (shows.curve) {
      tally.curves[place * CURVES.length + setup.curve]!++;
      tally.curve_endpoints[place]!++;
    }
    const hasBanner = shows.secured || !IMPLICIT.has(port);
    if (hasBanner) tally.software[place * SOFTWARE_PLACES + 2 * setup.software + (accepts ? 1 : 0)]!++;
  }

  /** An address showed `chain` at `endpoints` of its endpoints. */
  showed({ certificate, ders }: Chain, endpoints: number): void {
    const count = this.#chains.get(certificate) ?? [0, 0];
    this.#chains.set(certificate, [count[0] + 1, count[1] + endpoints]);
    for (const [sha256, der] of ders) {
      if (this.#ders.has(sha256)) continue;
      this.#ders.add(sha256);
      this.#certificates.push(`{"sha256":"${sha256}","der":"${der.toString('base64')}"}\n`);
    }
  }

  takeLines(): string {
    const text = this.lines.join('');
    this.lines = [];
    return text;
  }

  takeCertificates(): string {
    const text = this.#certificates.join('');
    this.#certificates = [];
    return text;
  }

  /** Each group that was shown, once. */
  dhGroupLines(): string {
    const shown = DH_GROUPS.filter((_, group) => this.#isShown(group));
    return shown.map((group) => `${JSON.stringify(group)}\n`).join('');
  }

  #isShown(group: number): boolean {
    const { dh } = this.tally;
    for (let at = group; at < dh.length; at += DH_GROUPS.length) if (dh[at]! > 0) return true;
    return false;
  }

  finished(): Tally {
    this.tally.certificates = [...this.#chains].flatMap(([certificate, counts]) => [certificate, ...counts]);
    return this.tally;
  }
}

const IMPLICIT: ReadonlySet<number> = new Set([465, 993, 995]);
/** Some 100 to 250 KB of text go to the compressor at once. */
const LINES_AT_ONCE = 128;

function filled(texts: Texts, host: number): string {
  return texts.length === 1 ? texts[0]! : texts.join(hostNameOf(host));
}

/** `places` shared out by `weights` as evenly as whole numbers allow, each place then put at random. */
function quota(weights: readonly number[], places: number, mixed: (place: number) => number) {
  let sum = 0;
  const ends = Float64Array.from(weights, (weight) => (sum += weight));
  return (place: number): number => {
    const wanted = ((mixed(place) + 0.5) / places) * sum;
    let [low, high] = [0, ends.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

function namesOf(index: number): Omit<ScanFile['parts'][number], 'records'> {
  const name = (kind: string) => `${kind}-${String(index).padStart(5, '0')}.ndjson.gz`;
  return {
    endpoints: name('endpoints'),
    certificates: name('certificates'),
    dh_groups: name('dh-groups'),
    flights: null,
  };
}
