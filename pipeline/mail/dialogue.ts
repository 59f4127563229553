/**
 * The cleartext conversation of a mail server up to TLS, as seen by whoever moves the bytes: chunks in, steps out.
 * Pure: no sockets, no clock. The three grammars (smtp.ts, pop3.ts, imap.ts) stand behind this one surface.
 */

/** What to do next. After `start_tls` or `finished` the dialogue says nothing more. */
export type DialogueStep =
  | { kind: 'send'; bytes: Uint8Array }
  /** The next bytes are TLS. `leftover` came with the reply to STARTTLS, unasked: it belongs to TLS. */
  | { kind: 'start_tls'; leftover: Uint8Array }
  | { kind: 'finished'; reason: DialogueEnd; detail: string };

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
  /** EHLO and CAPA: a line each; IMAP: a word each. As the server wrote them. */
  capabilities: string[] | null;
  starttls_offered: boolean | null;
  starttls_reply: string | null;
  starttls_accepted: boolean | null;
  /** SASL mechanisms, upper case, in the server's order. */
  auth_mechanisms: string[] | null;
  plaintext_auth_offered: boolean | null;
}

export interface MailDialogue {
  readonly facts: DialogueFacts;
  readonly stage: DialogueStage;
  /** Takes the next bytes from the server. How they are cut into chunks makes no difference. */
  push(chunk: Uint8Array): DialogueStep[];
}

export interface DialogueOptions {
  /** Name for EHLO. */
  helo: string;
  /** The endpoint's capabilities are known: go to TLS as directly as the protocol allows. */
  known: boolean;
}

/** Banners and replies are cut to this many characters. */
export const TEXT_LIMIT = 1024;

export function noFacts(): DialogueFacts {
  return {
    banner: null,
    capabilities: null,
    starttls_offered: null,
    starttls_reply: null,
    starttls_accepted: null,
    auth_mechanisms: null,
    plaintext_auth_offered: null,
  };
}

/** Mechanisms that send the password as it is (RFC 4616; LOGIN was never standardized). */
export function hasPlaintextMechanism(mechanisms: readonly string[]): boolean {
  return mechanisms.some((mechanism) => mechanism === 'PLAIN' || mechanism === 'LOGIN');
}
