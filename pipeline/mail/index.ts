/** The mail room: one dialogue a protocol, from the greeting to the first byte of TLS, or inside TLS to the farewell. */
import type { DialogueOptions, MailDialogue } from './dialogue.ts';
import { ImapDialogue } from './imap.ts';
import { Pop3Dialogue } from './pop3.ts';
import { SmtpDialogue } from './smtp.ts';

export type {
  DialogueEnd,
  DialogueFacts,
  DialogueOptions,
  DialogueStage,
  DialogueStep,
  MailDialogue,
} from './dialogue.ts';
export { noFacts } from './dialogue.ts';

/** A fresh dialogue for one connection. */
export function openDialogue(protocol: 'smtp' | 'pop3' | 'imap', options: DialogueOptions): MailDialogue {
  if (protocol === 'smtp') return new SmtpDialogue(options);
  return protocol === 'pop3' ? new Pop3Dialogue(options) : new ImapDialogue(options);
}
