/**
 * IMAP up to STARTTLS: greeting, CAPABILITY, STARTTLS (RFC 3501 and 9051, 6.1.1 and 6.2.1). No login is tried.
 * Untagged responses that say nothing of capabilities are skipped; literals are read, bounded, as part of their line.
 */
import { type DialogueOptions, hasPlaintextMechanism } from './dialogue.ts';
import { LineDialogue, shorten } from './line-dialogue.ts';

export class ImapDialogue extends LineDialogue {
  readonly #options: DialogueOptions;
  #preauthenticated = false;
  /** A line whose literal is still to come, and the length of that. */
  #unfinished: { text: string; literal: number } | undefined;

  constructor(options: DialogueOptions) {
    super();
    this.#options = options;
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
    else if (this.stage === 'capabilities') this.#capabilityReply(word === 'OK');
    else this.#starttlsReply(line, word === 'OK');
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
    if (word === 'BYE') this.finish('service_refused', line);
    else if (this.#options.known) this.#starttls();
    else {
      this.stage = 'capabilities';
      this.send('a1 CAPABILITY');
    }
  }

  #untagged(line: string, word: string): void {
    if (word === 'BYE') this.finish('temporary_failure', line);
    else if (word === 'CAPABILITY') this.#readCapabilities(line.replace(/^\* +\S+/, ''));
  }

  #readCapabilities(text: string): void {
    const capabilities = text.split(/\s+/).filter((word) => word !== '');
    const words = capabilities.map((word) => word.toUpperCase());
    const mechanisms = words.filter((word) => word.startsWith('AUTH=')).map((word) => word.slice(5));
    this.facts.capabilities = capabilities;
    this.facts.starttls_offered = words.includes('STARTTLS');
    this.facts.auth_mechanisms = [...new Set(mechanisms)];
    this.facts.plaintext_auth_offered = !words.includes('LOGINDISABLED') || hasPlaintextMechanism(mechanisms);
  }

  #capabilityReply(positive: boolean): void {
    const detail = positive ? 'CAPABILITY without STARTTLS' : 'CAPABILITY refused, greeting without STARTTLS';
    // RFC 3501, 6.2.1: STARTTLS is a command of the not authenticated state.
    if (this.#preauthenticated) this.finish('no_starttls', 'PREAUTH', 'a3 LOGOUT');
    else if (this.facts.starttls_offered || this.facts.capabilities === null) this.#starttls();
    else this.finish('no_starttls', detail, 'a3 LOGOUT');
  }

  #starttls(): void {
    this.stage = 'starttls_reply';
    this.send('a2 STARTTLS');
  }

  #starttlsReply(line: string, positive: boolean): void {
    this.facts.starttls_reply = shorten(line);
    this.facts.starttls_accepted = positive;
    const expected = this.facts.starttls_offered || this.#options.known;
    if (positive) this.startTls();
    else this.finish(expected ? 'starttls_refused' : 'no_starttls', line, 'a3 LOGOUT');
  }
}
