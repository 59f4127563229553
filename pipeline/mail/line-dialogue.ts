/**
 * What the three grammars share: lines in, steps collected, facts kept, the end said once. A grammar says what a line
 * means in `line()`; the way through (greeting, capabilities, then STARTTLS or the farewell) is walked here.
 */
import {
  type DialogueEnd,
  type DialogueFacts,
  type DialogueOptions,
  type DialogueStage,
  type DialogueStep,
  type MailDialogue,
  noFacts,
  TEXT_LIMIT,
} from './dialogue.ts';
import { saysLater } from './later.ts';
import { LineReader } from './line-reader.ts';
import { maskedKeyword } from './masked-keyword.ts';

const encoder = new TextEncoder();

/** What the commands are called in one protocol; the word of `starttls` is its capability, too. */
export interface Commands {
  capabilities: string;
  starttls: string;
  farewell: string;
}

export abstract class LineDialogue implements MailDialogue {
  readonly facts: DialogueFacts = noFacts();
  stage: DialogueStage = 'greeting';
  protected readonly reader = new LineReader();
  protected readonly options: DialogueOptions;
  protected readonly commands: Commands;
  /** What stands where STARTTLS should, if anything does. */
  #mask: string | undefined;
  #steps: DialogueStep[] = [];

  constructor(options: DialogueOptions, commands: Commands) {
    this.options = options;
    this.commands = commands;
  }

  begin(): DialogueStep[] {
    if (this.options.secured === 'after_starttls') this.greeted();
    return this.#taken();
  }

  push(chunk: Uint8Array): DialogueStep[] {
    if (this.stage === 'over') return [];
    this.reader.push(chunk);
    while (!this.isOver()) {
      const line = this.nextLine();
      if (line === undefined) break;
      this.line(line);
    }
    if (this.reader.overflow !== undefined && !this.isOver())
      this.finish('too_much_data', this.reader.overflow);
    return this.#taken();
  }

  /** What a line of the server means. */
  protected abstract line(line: string): void;

  protected nextLine(): string | undefined {
    return this.reader.line();
  }

  protected isOver(): boolean {
    return this.stage === 'over';
  }

  /** The greeting is through, or inside TLS there is none. */
  protected greeted(): void {
    if (this.options.known && this.options.secured) this.tell();
    else if (this.options.known) this.startDirectly();
    else this.askCapabilities();
  }

  /** To TLS, where the capabilities are known. */
  protected startDirectly(): void {
    this.askStarttls();
  }

  protected askCapabilities(): void {
    this.stage = 'capabilities';
    this.send(this.commands.capabilities);
  }

  /**
   * The capabilities were told, or there are none to be told. A masked STARTTLS is asked for all the same: one polite
   * command, whose answer tells a mask from a server that has no TLS.
   */
  protected capabilitiesTold(unknown = false): void {
    if (this.options.secured) this.tell();
    else if (this.facts.starttls_offered || this.options.known || unknown || this.#mask !== undefined)
      this.askStarttls();
    else this.goodbye('no_starttls', `capabilities without ${this.#keyword}`);
  }

  protected askStarttls(): void {
    this.stage = 'starttls_reply';
    this.send(this.commands.starttls);
  }

  /** `words`: the capabilities' keywords, upper case. */
  protected noteStarttls(words: readonly string[]): void {
    this.facts.starttls_offered = words.includes(this.#keyword);
    this.#mask = maskedKeyword(words, this.#keyword);
    this.facts.starttls_masked = this.#mask !== undefined;
  }

  /** The reply to STARTTLS; `later` where it says that it may work another time. */
  protected starttlsReplied(reply: string, positive: boolean, later: boolean): void {
    this.facts.starttls_reply = shorten(reply);
    this.facts.starttls_accepted = positive;
    if (positive) this.#startTls();
    else if (later) this.goodbye('temporary_failure', reply);
    else this.refused(reply, this.facts.starttls_offered || this.options.known);
  }

  /** A refusal by a server that never offered it is no STARTTLS, not an error. */
  protected refused(reply: string, offered: boolean): void {
    const mask = this.#mask === undefined ? '' : `${this.#keyword} masked as ${this.#mask}: `;
    this.goodbye(offered ? 'starttls_refused' : 'no_starttls', `${mask}${reply}`);
  }

  /** A greeting that says no. */
  protected sentAway(reply: string, later: boolean): void {
    const reason = later || saysLater(reply) ? 'temporary_failure' : 'service_refused';
    this.goodbye(reason, reply);
  }

  protected send(command: string): void {
    this.#steps.push({ kind: 'send', bytes: encoder.encode(`${command}\r\n`) });
  }

  /** Inside TLS: that was all. */
  protected tell(): void {
    this.send(this.commands.farewell);
    this.stage = 'over';
    this.#steps.push({ kind: 'told' });
  }

  /** The end, said politely. */
  protected goodbye(reason: DialogueEnd, detail: string): void {
    this.send(this.commands.farewell);
    this.finish(reason, detail, true);
  }

  /** The end, of a server that is leaving, or doesn't speak the protocol. */
  protected finish(reason: DialogueEnd, detail: string, farewell = false): void {
    this.stage = 'over';
    this.#steps.push({ kind: 'finished', reason, detail: shorten(detail), farewell });
  }

  protected nonsense(line: string): void {
    this.finish('protocol_error', `${this.stage}: no such reply: ${JSON.stringify(line.slice(0, 80))}`);
  }

  get #keyword(): string {
    return this.commands.starttls.split(' ').at(-1)!;
  }

  #startTls(): void {
    this.stage = 'over';
    this.#steps.push({ kind: 'start_tls', leftover: this.reader.rest() });
  }

  #taken(): DialogueStep[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }
}

/** At most TEXT_LIMIT characters; a surrogate pair is not cut in two. */
export function shorten(text: string): string {
  const cut = text.slice(0, TEXT_LIMIT);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}
