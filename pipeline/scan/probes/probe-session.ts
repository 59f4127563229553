/**
 * An endpoint's session as one probe has it: it may ask until it has met with silence twice, so that a server that has
 * fallen silent costs two timeouts a probe, not one a question. What is open then stays unknown. After such a probe a
 * control tells whether the server is still there; where that is silent, too, nothing more is asked of it.
 */
import type { AnswerListener, EndpointSession, Question, Reply } from '../session.ts';
import type { VersionTally } from '../version-tally.ts';
import type { Findings, Probe } from './probe.ts';

/** What is open in `probe`'s part of `findings` after it was not asked, or not answered. */
export async function runProbe(
  probe: Probe,
  whole: EndpointSession,
  tallies: readonly VersionTally[],
  findings: Findings,
): Promise<void> {
  const session = new ProbeSession(whole);
  await probe.run(session, tallies, findings);
  if (!session.isSilenced) return;
  const control = await whole.controlReply();
  if (control && isSilence(control)) whole.stop('unresponsive', `silence after the probe ${probe.name}`);
}

export class ProbeSession {
  /** For finished handshakes, which are other connections than questions. */
  readonly whole: EndpointSession;
  #silences = 0;

  constructor(whole: EndpointSession) {
    this.whole = whole;
  }

  /** Nothing more is asked. */
  get isOver(): boolean {
    return this.isSilenced || this.whole.stopped !== null;
  }

  get isSilenced(): boolean {
    return this.#silences >= MOST_SILENCES;
  }

  get context(): EndpointSession['context'] {
    return this.whole.context;
  }

  get endpoint(): EndpointSession['endpoint'] {
    return this.whole.endpoint;
  }

  get tolerance(): EndpointSession['tolerance'] {
    return this.whole.tolerance;
  }

  get evidence(): EndpointSession['evidence'] {
    return this.whole.evidence;
  }

  get dialogue(): EndpointSession['dialogue'] {
    return this.whole.dialogue;
  }

  listen(listener: AnswerListener): () => void {
    return this.whole.listen(listener);
  }

  async ask(question: Question): Promise<Reply> {
    return this.#heard(await this.whole.ask(question));
  }

  /** The same again: one retry more. */
  askAgain(question: Question): Promise<Reply> {
    this.whole.effort.retries++;
    return this.ask(question);
  }

  /** Whether a hello that was accepted before is accepted now. */
  async control(): Promise<boolean> {
    return (await this.controlReply())?.kind === 'accepted';
  }

  /** The answer to a hello that was accepted before; undefined where nothing more is asked. */
  async controlReply(): Promise<Reply | undefined> {
    const reply = this.isOver ? undefined : await this.whole.controlReply();
    return reply && this.#heard(reply);
  }

  /** A wait for an answer that did not come. */
  noteSilence(): void {
    this.#silences++;
  }

  #heard(reply: Reply): Reply {
    if (isSilence(reply)) this.noteSilence();
    return reply;
  }
}

/** A flight that broke off in silence took as long. */
function isSilence(reply: Reply): boolean {
  if (reply.kind === 'accepted') return reply.broken_by?.startsWith('read_timeout') ?? false;
  return reply.kind === 'failed' && reply.error_kind === 'read_timeout';
}

/** One question and its repeat, or two questions. */
const MOST_SILENCES = 2;
