/**
 * POP3: greeting, CAPA, STLS or QUIT (RFC 1939, RFC 2449, RFC 2595). No login is tried.
 * A server without CAPA is asked for STLS all the same, since nothing says that it lacks it. -ERR is temporary where its
 * response code (RFC 3206) or its words say "later" (later.ts).
 */
import type { DialogueOptions } from './dialogue.ts';
import { saysLater } from './later.ts';
import { LineDialogue, shorten } from './line-dialogue.ts';
import { hasPlaintextMechanism, mechanismsOf } from './sasl.ts';

export class Pop3Dialogue extends LineDialogue {
  /** Lines of CAPA so far; undefined outside its multi-line reply. */
  #capabilities: string[] | undefined;

  constructor(options: DialogueOptions) {
    super(options, { capabilities: 'CAPA', starttls: 'STLS', farewell: 'QUIT' });
  }

  protected line(line: string): void {
    const match = /^(?:(\+OK)|-ERR)(?:\s|$)/i.exec(line);
    if (this.#capabilities) this.#capabilityLine(line, this.#capabilities);
    else if (!match) this.nonsense(line);
    else this.#reply(line, match[1] !== undefined);
  }

  #reply(line: string, positive: boolean): void {
    if (this.stage === 'greeting') this.#greeting(line, positive);
    else if (this.stage === 'capabilities') this.#capaReply(line, positive);
    else this.starttlsReplied(line, positive, saysLater(line));
  }

  #greeting(line: string, positive: boolean): void {
    this.facts.banner = shorten(line);
    if (positive) this.greeted();
    else this.sentAway(line, false);
  }

  #capaReply(line: string, positive: boolean): void {
    if (positive) this.#capabilities = [];
    else if (saysLater(line)) this.sentAway(line, true);
    else this.capabilitiesTold(true);
  }

  #capabilityLine(line: string, capabilities: string[]): void {
    // RFC 1939, 3: "If any line begins with the termination octet, the line is byte-stuffed"
    if (line !== '.') {
      capabilities.push(line.startsWith('.') ? line.slice(1) : line);
      return;
    }
    this.#capabilities = undefined;
    this.#readCapabilities(capabilities);
    this.capabilitiesTold();
  }

  #readCapabilities(capabilities: string[]): void {
    const keywords = capabilities.map((line) => /^[^\s=]*/.exec(line.trim())![0].toUpperCase());
    const mechanisms = mechanismsOf(
      capabilities.flatMap((line, index) => (SASL.has(keywords[index]!) ? [line.trim().slice(4)] : [])),
    );
    this.facts.capabilities = capabilities;
    this.noteStarttls(keywords);
    this.facts.auth_mechanisms = mechanisms;
    this.facts.plaintext_auth_offered = keywords.includes('USER') || hasPlaintextMechanism(mechanisms);
  }
}

/** RFC 2449, 6.3 has SASL; some servers list AUTH, as SMTP does. */
const SASL: ReadonlySet<string> = new Set(['SASL', 'AUTH']);
