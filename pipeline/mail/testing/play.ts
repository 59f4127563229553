/** For tests: a whole conversation with a dialogue, the server's side given, in chunks of any cut. */
import type { DialogueStep, MailDialogue } from '../dialogue.ts';

export interface Played {
  /** Commands sent, without line ends. */
  sent: string[];
  /** The step that ended it, with `leftover` as text; undefined where it goes on. */
  end:
    | { kind: 'start_tls'; leftover: string }
    | Extract<DialogueStep, { kind: 'told' | 'finished' }>
    | undefined;
}

/** Pushes `chunks` one after the other, without waiting for what the dialogue sends. */
export function play(dialogue: MailDialogue, chunks: Iterable<Uint8Array>): Played {
  const played: Played = { sent: [], end: undefined };
  const rest: Buffer[] = [];
  const walk = (steps: DialogueStep[]) => {
    for (const step of steps) {
      if (step.kind === 'send') played.sent.push(Buffer.from(step.bytes).toString().replace(/\r\n$/, ''));
      else if (step.kind === 'start_tls') {
        played.end = { kind: 'start_tls', leftover: '' };
        rest.push(Buffer.from(step.leftover));
      } else played.end = step;
    }
  };
  walk(dialogue.begin());
  for (const chunk of chunks) {
    if (played.end) rest.push(Buffer.from(chunk));
    walk(dialogue.push(chunk));
  }
  if (played.end?.kind === 'start_tls') played.end.leftover = Buffer.concat(rest).toString('latin1');
  return played;
}

export function lines(...texts: string[]): Uint8Array[] {
  return texts.map((text) => Buffer.from(`${text}\r\n`));
}
