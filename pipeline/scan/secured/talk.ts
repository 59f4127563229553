/** A mail dialogue over a stream that is there already: says what the dialogue says, until it is over or the stream is. */
import type { Duplex } from 'node:stream';
import type { ErrorKind } from '../../formats/raw-record.ts';
import type { DialogueStep, MailDialogue } from '../../mail/index.ts';

export interface TalkBounds {
  /** Longest silence while something is awaited. */
  silence_ms: number;
  /** The same for the reply to QUIT or LOGOUT. */
  farewell_ms: number;
}

/** What became of a dialogue. */
export interface Talked {
  /** The server said anything at all. */
  heard: boolean;
  /** Why it broke off; null where it came to its end. */
  broken: Broken | null;
}

export interface Broken {
  error_kind: ErrorKind;
  error_detail: string;
}

/**
 * Resolves when all was said, or the stream has ended or fallen silent. What the server told stands in `dialogue.facts`.
 * The stream stays open.
 */
export async function talk(stream: Duplex, dialogue: MailDialogue, bounds: TalkBounds): Promise<Talked> {
  const ear = new Ear(stream);
  try {
    for (let steps = dialogue.begin(); ; ) {
      const now = say(stream, steps);
      if (now === 'wait') {
        const chunk = await ear.next(bounds.silence_ms);
        if (chunk === undefined) return { heard: ear.heard, broken: cutOff(ear, dialogue, bounds) };
        steps = dialogue.push(chunk);
        continue;
      }
      if (now === 'part') await ear.next(bounds.farewell_ms);
      return { heard: ear.heard, broken: brokenBy(steps.at(-1)) };
    }
  } finally {
    ear.close();
  }
}

function cutOff(ear: Ear, { stage }: MailDialogue, { silence_ms }: TalkBounds): Broken {
  if (ear.ended) return { error_kind: 'closed', error_detail: 'closed' };
  const error_kind = stage === 'greeting' ? 'banner_timeout' : 'read_timeout';
  return { error_kind, error_detail: `nothing for ${silence_ms} ms` };
}

function brokenBy(last: DialogueStep | undefined): Broken | null {
  // Inside TLS nobody asks for STARTTLS.
  if (last?.kind !== 'finished' || last.reason === 'no_starttls') return null;
  return { error_kind: last.reason, error_detail: last.detail };
}

/** What is due then: to wait for a reply, to part with the reply to a farewell, or to leave without one. */
function say(stream: Duplex, steps: readonly DialogueStep[]): 'wait' | 'part' | 'leave' {
  for (const step of steps) {
    if (step.kind === 'send') stream.write(step.bytes);
  }
  const last = steps.at(-1);
  if (last?.kind === 'told') return 'part';
  if (last?.kind === 'finished') return last.farewell ? 'part' : 'leave';
  return 'wait';
}

/** What comes out of a stream, piece by piece. */
class Ear {
  heard = false;
  readonly #stream: Duplex;
  readonly #chunks: Uint8Array[] = [];
  ended: boolean;
  #wake: () => void = () => {};

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.ended = stream.destroyed || stream.readableEnded;
    stream.on('data', this.#take);
    for (const event of ENDINGS) stream.on(event, this.#end);
  }

  /** The next piece; undefined after so much silence, and at the end. */
  async next(silence_ms: number): Promise<Uint8Array | undefined> {
    if (this.#chunks.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, silence_ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#chunks.shift();
  }

  close(): void {
    this.#stream.off('data', this.#take);
    for (const event of ENDINGS) this.#stream.off(event, this.#end);
  }

  readonly #take = (chunk: Uint8Array) => {
    this.heard = true;
    this.#chunks.push(chunk);
    this.#wake();
  };

  readonly #end = () => {
    this.ended = true;
    this.#wake();
  };
}

const ENDINGS = ['end', 'close', 'error'] as const;
