/**
 * What the three grammars share: lines in, steps collected, facts kept, the end said once.
 * A grammar says what a line means in `line()` and calls `send`, `startTls` or `finish`.
 */
import {
  type DialogueEnd,
  type DialogueFacts,
  type DialogueStage,
  type DialogueStep,
  type MailDialogue,
  noFacts,
  TEXT_LIMIT,
} from './dialogue.ts';
import { LineReader } from './line-reader.ts';

const encoder = new TextEncoder();

export abstract class LineDialogue implements MailDialogue {
  readonly facts: DialogueFacts = noFacts();
  stage: DialogueStage = 'greeting';
  protected readonly reader = new LineReader();
  #steps: DialogueStep[] = [];

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
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }

  /** What a line of the server means. */
  protected abstract line(line: string): void;

  protected nextLine(): string | undefined {
    return this.reader.line();
  }

  protected isOver(): boolean {
    return this.stage === 'over';
  }

  protected send(command: string): void {
    this.#steps.push({ kind: 'send', bytes: encoder.encode(`${command}\r\n`) });
  }

  protected startTls(): void {
    this.stage = 'over';
    this.#steps.push({ kind: 'start_tls', leftover: this.reader.rest() });
  }

  protected finish(reason: DialogueEnd, detail: string, farewell?: string): void {
    if (farewell !== undefined) this.send(farewell);
    this.stage = 'over';
    this.#steps.push({ kind: 'finished', reason, detail: shorten(detail) });
  }

  protected nonsense(line: string): void {
    this.finish('protocol_error', `${this.stage}: no such reply: ${JSON.stringify(line.slice(0, 80))}`);
  }
}

/** At most TEXT_LIMIT characters; a surrogate pair is not cut in two. */
export function shorten(text: string): string {
  const cut = text.slice(0, TEXT_LIMIT);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}
