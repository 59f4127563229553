/**
 * SMTP up to STARTTLS: greeting, EHLO, STARTTLS (RFC 5321, RFC 3207; AUTH of RFC 4954).
 * HELO follows only where EHLO is refused; there is no STARTTLS then. No mail transaction is ever begun.
 */
import { type DialogueOptions, hasPlaintextMechanism } from './dialogue.ts';
import { LineDialogue, shorten } from './line-dialogue.ts';

interface Reply {
  code: number;
  /** Without code and separator. */
  texts: string[];
  whole: string;
}

export class SmtpDialogue extends LineDialogue {
  readonly #options: DialogueOptions;
  #lines: string[] = [];
  #heloSent = false;

  constructor(options: DialogueOptions) {
    super();
    this.#options = options;
  }

  protected line(line: string): void {
    const match = /^([2-5]\d\d)(?:([ -])|$)/.exec(line);
    if (match) this.#lines.push(line);
    if (!match) this.nonsense(line);
    else if (match[2] !== '-') this.#endOfReply(Number(match[1]));
  }

  #endOfReply(code: number): void {
    const texts = this.#lines.map((line) => line.slice(4));
    const reply = { code, texts, whole: shorten(this.#lines.join('\n')) };
    this.#lines = [];
    if (this.stage === 'greeting') this.#greeting(reply);
    else if (this.stage === 'starttls_reply') this.#starttlsReply(reply);
    else if (this.#heloSent) this.#heloReply(reply);
    else this.#ehloReply(reply);
  }

  #greeting(reply: Reply): void {
    this.facts.banner = reply.whole;
    if (reply.code === 220) {
      this.stage = 'capabilities';
      this.send(`EHLO ${this.#options.helo}`);
    } else this.#refused(reply);
  }

  #ehloReply(reply: Reply): void {
    if (isPositive(reply)) {
      this.#readCapabilities(reply.texts.slice(1));
      this.#starttls();
    } else if (isPermanent(reply)) {
      this.#heloSent = true;
      this.send(`HELO ${this.#options.helo}`);
    } else this.#refused(reply);
  }

  #heloReply(reply: Reply): void {
    if (isPositive(reply)) {
      this.facts.starttls_offered = false;
      this.finish('no_starttls', 'EHLO refused', 'QUIT');
    } else this.#refused(reply);
  }

  #starttls(): void {
    if (this.facts.starttls_offered || this.#options.known) {
      this.stage = 'starttls_reply';
      this.send('STARTTLS');
    } else this.finish('no_starttls', 'EHLO without STARTTLS', 'QUIT');
  }

  #starttlsReply(reply: Reply): void {
    this.facts.starttls_reply = reply.whole;
    this.facts.starttls_accepted = reply.code === 220;
    if (reply.code === 220) this.startTls();
    else this.finish(reply.code === 421 ? 'temporary_failure' : 'starttls_refused', reply.whole, 'QUIT');
  }

  #readCapabilities(capabilities: string[]): void {
    const words = capabilities.map((line) =>
      line
        .trim()
        .toUpperCase()
        .split(/[\s=]+/),
    );
    const mechanisms = words.filter((list) => list[0] === 'AUTH').flatMap((list) => list.slice(1));
    this.facts.capabilities = capabilities;
    this.facts.starttls_offered = words.some((list) => list[0] === 'STARTTLS');
    this.facts.auth_mechanisms = [...new Set(mechanisms)];
    this.facts.plaintext_auth_offered = hasPlaintextMechanism(mechanisms);
  }

  #refused(reply: Reply): void {
    if (isPermanent(reply)) this.finish('service_refused', reply.whole, 'QUIT');
    else if (reply.code >= 400) this.finish('temporary_failure', reply.whole, 'QUIT');
    else this.nonsense(reply.whole);
  }
}

function isPositive(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

function isPermanent(reply: Reply): boolean {
  return reply.code >= 500;
}
