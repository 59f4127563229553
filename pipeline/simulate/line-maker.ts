/** Lines of endpoints: the template of each, made when it is first needed, with its holes filled. */
import type { MailProtocol } from '../formats/raw-record.ts';
import { silentVersion } from './answers.ts';
import { type Chain, withChains } from './chains.ts';
import { CURVES, DH_GROUPS, type Setup } from './key-exchange.ts';
import type { Hole } from './marks.ts';
import type { SimulationPlan } from './plan.ts';
import { addressOf, hostNameOf } from './population.ts';
import type { PortPlan } from './port-plan.ts';
import { dialogueOf, HOST, SOFTWARE, securedDialogueOf } from './software.ts';
import { dialogueText, securedText, type Template, template } from './template.ts';

/** One endpoint, as it was drawn. */
export interface Drawn {
  endpoint: number;
  host: number;
  port: PortPlan;
  answer: number;
  /** It gives no answer where it would refuse, at one version. */
  isSilent: boolean;
  setup: Setup;
  chain: Chain;
  ecChain: Chain;
}

/** Number of the template that `drawn` has, among all. */
export function templateNumber({ port, answer, isSilent }: Drawn): number {
  return port.start + 2 * answer + (isSilent ? 1 : 0);
}

export class LineMaker {
  readonly #plan: SimulationPlan;
  readonly #templates = new Map<number, Template>();
  readonly #dialogues = new Map<string, readonly string[]>();

  constructor(plan: SimulationPlan) {
    this.#plan = plan;
  }

  /** The template of `drawn`. */
  templateOf(drawn: Drawn): Template {
    const number = templateNumber(drawn);
    const known = this.#templates.get(number);
    if (known) return known;
    const { port, answer, isSilent } = drawn;
    const content = this.#plan.answers[port.place]![answer]!;
    const made = template(this.#plan.scan_id, port.port, content, isSilent ? silentVersion(content) : null);
    made.texts[made.texts.length - 1] += '\n';
    this.#templates.set(number, made);
    return made;
  }

  /** Adds the pieces of the line to `pieces`: joined once for many lines, they cost least. */
  write({ texts, holes, shows }: Template, drawn: Drawn, pieces: string[]): void {
    pieces.push(texts[0]!);
    for (let place = 0; place < holes.length; place++) {
      const hole = holes[place]!;
      if (hole === 'chains') pieces.push(withChains(shows, drawn.chain, drawn.ecChain));
      else if (hole === 'dialogue' || hole === 'secured') pieces.push(this.#dialogue(hole, drawn));
      else pieces.push(FILLED[hole](drawn));
      pieces.push(texts[place + 1]!);
    }
  }

  #dialogue(hole: 'dialogue' | 'secured', { port, setup, host }: Drawn): string {
    const key = `${hole} ${port.protocol} ${setup.software}`;
    const texts = this.#dialogues.get(key) ?? dialogueTexts(hole, port.protocol, setup);
    this.#dialogues.set(key, texts);
    return texts.length === 1 ? texts[0]! : texts.join(hostNameOf(host));
  }
}

/** Between the texts stands the name of the host. */
function dialogueTexts(
  hole: 'dialogue' | 'secured',
  protocol: MailProtocol,
  { software }: Setup,
): readonly string[] {
  const server = SOFTWARE[protocol][software]!;
  const text =
    hole === 'dialogue'
      ? dialogueText(dialogueOf(protocol, server))
      : securedText(securedDialogueOf(protocol, server));
  return text.split(JSON.stringify(HOST).slice(1, -1));
}

const FILLED: Record<Exclude<Hole, 'chains' | 'dialogue' | 'secured'>, (drawn: Drawn) => string> = {
  endpoint_id: ({ endpoint }) => String(endpoint),
  ip: ({ host }) => addressOf(host),
  dh: ({ setup }) => DH_GROUPS[setup.dh]!.dh_group_id,
  dh_bits: ({ setup }) => String(DH_GROUPS[setup.dh]!.bits),
  dh_export: ({ setup }) => DH_GROUPS[setup.dh_export]!.dh_group_id,
  curve: ({ setup }) => String(CURVES[setup.curve]!.named_group),
  curve_bits: ({ setup }) => String(CURVES[setup.curve]!.bits),
};
