/**
 * POP3 up to STLS: greeting, CAPA, STLS (RFC 1939, RFC 2449, RFC 2595).
 * A server without CAPA is asked for STLS all the same, since nothing says that it lacks it. No login is tried.
 */
import { type DialogueOptions, hasPlaintextMechanism } from './dialogue.ts';
import { LineDialogue, shorten } from './line-dialogue.ts';

export class Pop3Dialogue extends LineDialogue {
  readonly #options: DialogueOptions;
  /** Lines of CAPA so far; undefined outside its multi-line reply. */
  #capabilities: string[] | undefined;

  constructor(options: DialogueOptions) {
    super();
    this.#options = options;
  }

  protected line(line: string): void {
    const match = /^(?:(\+OK)|-ERR)(?:\s|$)/i.exec(line);
    if (this.#capabilities) this.#capabilityLine(line, this.#capabilities);
    else if (!match) this.nonsense(line);
    else this.#reply(line, match[1] !== undefined);
  }

  #reply(line: string, positive: boolean): void {
    if (this.stage === 'greeting') this.#greeting(line, positive);
    else if (this.stage === 'capabilities') this.#capaReply(positive);
    else this.#stlsReply(line, positive);
  }

  #greeting(line: string, positive: boolean): void {
    this.facts.banner = shorten(line);
    if (!positive) this.finish(isTemporary(line) ? 'temporary_failure' : 'service_refused', line, 'QUIT');
    else if (this.#options.known) this.#stls();
    else {
      this.stage = 'capabilities';
      this.send('CAPA');
    }
  }

  #capaReply(positive: boolean): void {
    if (positive) this.#capabilities = [];
    else this.#stls();
  }

  #capabilityLine(line: string, capabilities: string[]): void {
    // RFC 1939, 3: "If any line begins with the termination octet, the line is byte-stuffed"
    if (line !== '.') {
      capabilities.push(line.startsWith('.') ? line.slice(1) : line);
      return;
    }
    this.#capabilities = undefined;
    this.#readCapabilities(capabilities);
    if (this.facts.starttls_offered) this.#stls();
    else this.finish('no_starttls', 'CAPA without STLS', 'QUIT');
  }

  #readCapabilities(capabilities: string[]): void {
    const words = capabilities.map((line) => line.trim().toUpperCase().split(/\s+/));
    const has = (keyword: string) => words.some((list) => list[0] === keyword);
    const mechanisms = words.filter((list) => list[0] === 'SASL').flatMap((list) => list.slice(1));
    this.facts.capabilities = capabilities;
    this.facts.starttls_offered = has('STLS');
    this.facts.auth_mechanisms = [...new Set(mechanisms)];
    this.facts.plaintext_auth_offered = has('USER') || hasPlaintextMechanism(mechanisms);
  }

  #stls(): void {
    this.stage = 'starttls_reply';
    this.send('STLS');
  }

  #stlsReply(line: string, positive: boolean): void {
    this.facts.starttls_reply = shorten(line);
    this.facts.starttls_accepted = positive;
    if (positive) this.startTls();
    else this.finish(refusal(this.facts.starttls_offered, this.#options.known, line), line, 'QUIT');
  }
}

/** RFC 3206: "[SYS/TEMP]" and "[IN-USE]" of RFC 2449 say that it may work later. */
function isTemporary(line: string): boolean {
  return /^-ERR\s+\[(?:SYS\/TEMP|IN-USE|LOGIN-DELAY)\]/i.test(line);
}

/** A refusal by a server that never offered it is no STARTTLS, not an error. */
function refusal(offered: boolean | null, known: boolean, line: string) {
  if (isTemporary(line)) return 'temporary_failure';
  return offered || known ? 'starttls_refused' : 'no_starttls';
}
