/**
 * What another tool wrote down of a conversation with a mail server → the dialogue of a record: the texts go once more through the
 * grammars that the scanner speaks (pipeline/mail), so that the same words mean the same.
 */
import type { Dialogue, ErrorKind, MailProtocol, SecuredDialogue } from '../../formats/raw-record.ts';
import { type MailDialogue, openDialogue } from '../../mail/index.ts';
import { saysLater, saysTooMuch } from '../../mail/later.ts';
import { shorten } from '../../mail/line-dialogue.ts';

/** Texts as the server sent them; null for what was not asked or not written down. */
export interface SaidTexts {
  banner: string | null;
  /** The reply to EHLO. */
  ehlo: string | null;
  /** The reply to STARTTLS or STLS. */
  starttls: string | null;
}

export interface ReplayedDialogue {
  dialogue: Dialogue;
  /** Why TLS can't have been asked for; null where nothing said so. */
  end: ErrorKind | 'no_starttls' | null;
  detail: string | null;
}

/** The conversation before TLS. */
export function replayedDialogue(protocol: MailProtocol, said: SaidTexts): ReplayedDialogue {
  const conversation = openDialogue(protocol, { helo: '', known: false });
  const end = replay(conversation, said);
  const dialogue: Dialogue = { ...conversation.facts };
  const refusal = said.starttls === null ? null : takeReply(protocol, said.starttls, dialogue);
  if (refusal !== null) return { dialogue, end: refusal, detail: dialogue.starttls_reply };
  return { dialogue, end: end?.reason ?? null, detail: end?.detail ?? null };
}

/** The conversation inside TLS, where TLS came first. */
export function replayedSecuredDialogue(
  protocol: MailProtocol,
  said: SaidTexts,
): Pick<
  SecuredDialogue,
  'banner' | 'capabilities' | 'auth_mechanisms' | 'plaintext_auth_offered' | 'login_disabled'
> {
  const conversation = openDialogue(protocol, { helo: '', known: false, secured: 'implicit' });
  replay(conversation, said);
  const { banner, capabilities, auth_mechanisms, plaintext_auth_offered, login_disabled } =
    conversation.facts;
  return { banner, capabilities, auth_mechanisms, plaintext_auth_offered, login_disabled };
}

/** Greeting and EHLO; how they ended the conversation, if they did. */
function replay(
  conversation: MailDialogue,
  { banner, ehlo }: SaidTexts,
): { reason: ErrorKind | 'no_starttls'; detail: string } | null {
  const texts = [banner, conversation.stage === 'greeting' && banner === null ? null : ehlo];
  const steps = [...conversation.begin(), ...texts.flatMap((text) => pushed(conversation, text))];
  const end = steps.find((step) => step.kind === 'finished');
  return end?.kind === 'finished' ? { reason: end.reason, detail: end.detail } : null;
}

function pushed(conversation: MailDialogue, text: string | null): ReturnType<MailDialogue['push']> {
  if (text === null) return [];
  return conversation.push(Buffer.from(/\n$/.test(text) ? text : `${text}\r\n`));
}

/** Notes the reply in `dialogue`; the kind of refusal that it is, null where it is none. */
function takeReply(
  protocol: MailProtocol,
  reply: string,
  dialogue: Dialogue,
): ErrorKind | 'no_starttls' | null {
  const text = shorten(reply.replace(/[\r\n]+$/, '').replaceAll('\r\n', '\n'));
  dialogue.starttls_reply = text;
  dialogue.starttls_accepted = YES[protocol].test(text);
  if (dialogue.starttls_accepted) return null;
  const isTemporary = protocol === 'smtp' && /^4/.test(text) && !text.startsWith('454');
  if (isTemporary || (text.startsWith('454') ? saysTooMuch(text) : saysLater(text)))
    return 'temporary_failure';
  return dialogue.starttls_offered === false ? 'no_starttls' : 'starttls_refused';
}

const YES: Readonly<Record<MailProtocol, RegExp>> = {
  smtp: /^2\d\d/,
  pop3: /^\+OK(?:\s|$)/i,
  imap: /^\S+ +OK(?:\s|$)/i,
};
