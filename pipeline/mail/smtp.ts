/**
 * SMTP: greeting, EHLO, STARTTLS or QUIT (RFC 5321, RFC 3207; AUTH of RFC 4954 and in Outlook's spelling AUTH=).
 * HELO follows only where EHLO is refused; there is no STARTTLS then. No mail transaction is ever begun.
 * Some gateways (Cisco's ESMTP inspection) put STARTTLS where the name stands, in the first line of the reply to EHLO:
 * it counts as offered where that line is nothing else.
 * 4xx is temporary at every stage, and so is a 5xx that says "later" (later.ts). One exception: 454 after STARTTLS, by
 * RFC 3207 "TLS not available due to temporary reason", is what servers without a certificate say for good.
 */
import type { DialogueOptions } from './dialogue.ts';
import { saysLater, saysTooMuch } from './later.ts';
import { LineDialogue, shorten } from './line-dialogue.ts';
import { hasPlaintextMechanism, mechanismsOf } from './sasl.ts';

interface Reply {
  code: number;
  /** Without code and separator. */
  texts: string[];
  whole: string;
}

export class SmtpDialogue extends LineDialogue {
  #lines: string[] = [];
  #heloSent = false;

  constructor(options: DialogueOptions) {
    super(options, { capabilities: `EHLO ${options.helo}`, starttls: 'STARTTLS', farewell: 'QUIT' });
  }

  /** RFC 5321, 4.1.4: EHLO comes before anything else, also where it tells nothing new. */
  protected override startDirectly(): void {
    this.askCapabilities();
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
    if (reply.code === 220) this.greeted();
    else this.#no(reply);
  }

  #ehloReply(reply: Reply): void {
    if (isPositive(reply)) {
      this.facts.ehlo_first_line = shorten(reply.texts[0]!);
      this.#readCapabilities(reply.texts.slice(1), reply.texts[0]!);
      this.capabilitiesTold();
    } else if (this.options.secured) this.tell();
    else if (isPermanent(reply)) {
      this.#heloSent = true;
      this.send(`HELO ${this.options.helo}`);
    } else this.#no(reply);
  }

  #heloReply(reply: Reply): void {
    if (isPositive(reply)) {
      this.facts.starttls_offered = false;
      this.goodbye('no_starttls', 'EHLO refused');
    } else this.#no(reply);
  }

  #starttlsReply(reply: Reply): void {
    const later = isTemporary(reply) && (reply.code !== 454 || saysTooMuch(reply.whole));
    this.starttlsReplied(reply.whole, reply.code === 220, later);
  }

  /** A server that knows 454 knows STARTTLS. */
  protected override refused(reply: string, offered: boolean): void {
    super.refused(reply, offered || reply.startsWith('454'));
  }

  #readCapabilities(capabilities: string[], firstLine: string): void {
    const keywords = capabilities.map((line) => /^[^\s=]*/.exec(line.trim())![0].toUpperCase());
    const mechanisms = mechanismsOf(
      capabilities.flatMap((line, index) => (keywords[index] === 'AUTH' ? [line.trim().slice(4)] : [])),
    );
    this.facts.capabilities = capabilities;
    this.noteStarttls(/^STARTTLS\s*$/i.test(firstLine) ? ['STARTTLS', ...keywords] : keywords);
    this.facts.auth_mechanisms = mechanisms;
    this.facts.plaintext_auth_offered = hasPlaintextMechanism(mechanisms);
  }

  #no(reply: Reply): void {
    if (reply.code < 400) this.nonsense(reply.whole);
    else this.sentAway(reply.whole, isTemporary(reply));
  }
}

function isPositive(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

function isPermanent(reply: Reply): boolean {
  return reply.code >= 500 && !saysLater(reply.whole);
}

function isTemporary(reply: Reply): boolean {
  return reply.code >= 400 && !isPermanent(reply);
}
