/** A mail dialogue over a stream that is there already: says what the dialogue says, until it is over or the stream is. */
import type { Duplex } from 'node:stream';
import type { DialogueStep, MailDialogue } from '../../mail/index.ts';

export interface TalkBounds {
  /** Longest silence while something is awaited. */
  silence_ms: number;
  /** The same for the reply to QUIT or LOGOUT. */
  farewell_ms: number;
}

/**
 * Resolves when all was said, or the stream has ended or fallen silent; true where the server said anything at all. What
 * it told stands in `dialogue.facts`. The stream stays open.
 */
export async function talk(stream: Duplex, dialogue: MailDialogue, bounds: TalkBounds): Promise<boolean> {
  const ear = new Ear(stream);
  try {
    for (let steps = dialogue.begin(); ; ) {
      const now = say(stream, steps);
      if (now === 'leave') return ear.heard;
      const chunk = await ear.next(now === 'wait' ? bounds.silence_ms : bounds.farewell_ms);
      if (chunk === undefined || now === 'part') return ear.heard;
      steps = dialogue.push(chunk);
    }
  } finally {
    ear.close();
  }
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
  #ended: boolean;
  #wake: () => void = () => {};

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#ended = stream.destroyed || stream.readableEnded;
    stream.on('data', this.#take);
    for (const event of ENDINGS) stream.on(event, this.#end);
  }

  /** The next piece; undefined after so much silence, and at the end. */
  async next(silence_ms: number): Promise<Uint8Array | undefined> {
    if (this.#chunks.length === 0 && !this.#ended) {
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
    this.#ended = true;
    this.#wake();
  };
}

const ENDINGS = ['end', 'close', 'error'] as const;
