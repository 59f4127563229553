/**
 * The conversation with a mail server, in the clear up to TLS or inside TLS up to the farewell, as seen by whoever moves
 * the bytes: chunks in, steps out. Pure: no sockets, no clock. The three grammars (smtp.ts, pop3.ts, imap.ts) stand
 * behind this one surface. No login is tried and no mail transaction begun.
 */

/** What to do next. After `start_tls`, `told` or `finished` the dialogue says nothing more. */
export type DialogueStep =
  | { kind: 'send'; bytes: Uint8Array }
  /** The next bytes are TLS. `leftover` came with the reply to STARTTLS, unasked: it belongs to TLS. */
  | { kind: 'start_tls'; leftover: Uint8Array }
  /** Inside TLS: all that was asked was answered; QUIT or LOGOUT was sent, its reply is still to come. */
  | { kind: 'told' }
  /** `farewell`: QUIT or LOGOUT was sent, its reply is still to come. */
  | { kind: 'finished'; reason: DialogueEnd; detail: string; farewell: boolean };

/** Why TLS can't be asked for. All but `no_starttls` are error kinds of the raw record. */
export type DialogueEnd =
  | 'no_starttls'
  | 'starttls_refused'
  | 'temporary_failure'
  | 'service_refused'
  | 'protocol_error'
  | 'too_much_data';

/** Which reply is awaited. */
export type DialogueStage = 'greeting' | 'capabilities' | 'starttls_reply' | 'over';

/** What the conversation told. Parts that were not said or not asked are null. */
export interface DialogueFacts {
  /** Lines joined by line feeds, UTF-8 with replacement characters, at most TEXT_LIMIT characters. */
  banner: string | null;
  /** First line of the reply to EHLO, without its code; null for other protocols. */
  ehlo_first_line: string | null;
  /** EHLO and CAPA: a line each; IMAP: a word each. As the server wrote them. */
  capabilities: string[] | null;
  starttls_offered: boolean | null;
  /** Not offered, and a keyword looks like STARTTLS written over on the way (masked-keyword.ts). */
  starttls_masked: boolean | null;
  starttls_reply: string | null;
  starttls_accepted: boolean | null;
  /** SASL mechanisms, upper case, in the server's order. */
  auth_mechanisms: string[] | null;
  plaintext_auth_offered: boolean | null;
  /** IMAP only. */
  login_disabled: boolean | null;
}

export interface MailDialogue {
  readonly facts: DialogueFacts;
  readonly stage: DialogueStage;
  /** What to do before the server says anything; once. */
  begin(): DialogueStep[];
  /** Takes the next bytes from the server. How they are cut into chunks makes no difference. */
  push(chunk: Uint8Array): DialogueStep[];
}

export interface DialogueOptions {
  /** Name for EHLO. */
  helo: string;
  /** The endpoint's capabilities are known: go to TLS, or inside of it to the farewell, as directly as the protocol allows. */
  known: boolean;
  /**
   * The conversation is inside TLS: capabilities, then the farewell. A server greets where TLS came first, and not
   * after STARTTLS (RFC 3207, 4.2; RFC 2595, 3.1 and 4).
   */
  secured?: 'after_starttls' | 'implicit' | undefined;
}

/** Banners and replies are cut to this many characters. */
export const TEXT_LIMIT = 1024;

export function noFacts(): DialogueFacts {
  return {
    banner: null,
    ehlo_first_line: null,
    capabilities: null,
    starttls_offered: null,
    starttls_masked: null,
    starttls_reply: null,
    starttls_accepted: null,
    auth_mechanisms: null,
    plaintext_auth_offered: null,
    login_disabled: null,
  };
}
