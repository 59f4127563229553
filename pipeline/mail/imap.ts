/**
 * IMAP: greeting, CAPABILITY, STARTTLS or LOGOUT (RFC 3501 and 9051, 6.1.1, 6.1.3 and 6.2.1). No login is tried.
 * Untagged responses that say nothing of capabilities are skipped; literals are read, bounded, as part of their line.
 * NO and BYE are temporary where their response code (RFC 5530) or their words say "later" (later.ts); so is every BYE
 * after the greeting.
 */
import type { DialogueOptions } from './dialogue.ts';
import { saysLater } from './later.ts';
import { LineDialogue, shorten } from './line-dialogue.ts';
import { hasPlaintextMechanism, mechanismsOf } from './sasl.ts';

export class ImapDialogue extends LineDialogue {
  #preauthenticated = false;
  /** A line whose literal is still to come, and the length of that. */
  #unfinished: { text: string; literal: number } | undefined;

  constructor(options: DialogueOptions) {
    super(options, { capabilities: 'a1 CAPABILITY', starttls: 'a2 STARTTLS', farewell: 'a3 LOGOUT' });
  }

  protected override nextLine(): string | undefined {
    for (;;) {
      if (this.#unfinished) {
        const { text, literal } = this.#unfinished;
        const value = this.reader.literal(literal);
        if (value === undefined) return undefined;
        this.#unfinished = { text: text + value, literal: 0 };
      }
      const line = this.reader.line();
      if (line === undefined) return undefined;
      const text = (this.#unfinished?.text ?? '') + line;
      const literal = /\{(\d{1,9})\+?\}$/.exec(line);
      this.#unfinished = literal ? { text, literal: Number(literal[1]) } : undefined;
      if (!literal) return text;
    }
  }

  protected line(line: string): void {
    const match = /^(\*|a\d) +(\S+)/i.exec(line);
    if (this.stage === 'greeting') this.#greeting(line);
    else if (match) this.#response(line, match[1]!, match[2]!.toUpperCase());
    else if (!line.startsWith('+')) this.nonsense(line);
  }

  #response(line: string, tag: string, word: string): void {
    if (tag === '*') this.#untagged(line, word);
    else if (this.stage === 'capabilities') this.#capabilityReply(line, word === 'OK');
    else this.starttlsReplied(line, word === 'OK', saysLater(line));
  }

  #greeting(line: string): void {
    const match = /^\* +(OK|PREAUTH|BYE)(?: |$)/i.exec(line);
    if (!match) this.nonsense(line);
    else {
      this.facts.banner = shorten(line);
      this.#welcome(line, match[1]!.toUpperCase());
    }
  }

  #welcome(line: string, word: string): void {
    this.#preauthenticated = word === 'PREAUTH';
    const code = /\[CAPABILITY ([^\]]*)\]/i.exec(line);
    if (code) this.#readCapabilities(code[1]!);
    if (word !== 'BYE') this.greeted();
    else this.finish(saysLater(line) ? 'temporary_failure' : 'service_refused', line);
  }

  #untagged(line: string, word: string): void {
    if (word === 'BYE') this.finish('temporary_failure', line);
    else if (word === 'CAPABILITY') this.#readCapabilities(line.replace(/^\* +\S+/, ''));
  }

  #readCapabilities(text: string): void {
    const capabilities = text.split(/\s+/).filter((word) => word !== '');
    const words = capabilities.map((word) => word.toUpperCase());
    const mechanisms = mechanismsOf(
      words.flatMap((word) => (word.startsWith('AUTH=') ? [word.slice(5)] : [])),
    );
    this.facts.capabilities = capabilities;
    this.noteStarttls(words);
    this.facts.login_disabled = words.includes('LOGINDISABLED');
    this.facts.auth_mechanisms = mechanisms;
    this.facts.plaintext_auth_offered = !this.facts.login_disabled || hasPlaintextMechanism(mechanisms);
  }

  #capabilityReply(line: string, positive: boolean): void {
    if (!positive && saysLater(line)) this.sentAway(line, true);
    // RFC 3501, 6.2.1: STARTTLS is a command of the not authenticated state.
    else if (this.#preauthenticated && !this.options.secured) this.goodbye('no_starttls', 'PREAUTH');
    else this.capabilitiesTold(this.facts.capabilities === null);
  }
}
