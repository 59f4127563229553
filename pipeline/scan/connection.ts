/**
 * One TCP connection to a mail server: connect, the dialogue up to TLS, one hello and its answer. Everything is
 * bounded: the connect, each silence, the whole, the bytes. What goes wrong is data of the raw record's kinds.
 * No cryptography, no judgement of the answer.
 */
import type { Socket } from 'node:net';
import { DecodeError } from '../base/errors.ts';
import type { ErrorKind } from '../formats/raw-record.ts';
import type { DialogueEnd, DialogueStep, MailDialogue } from '../mail/index.ts';
import type { FlightReader } from '../tls/index.ts';
import { Aborted, type Answered, type Failure, NoSocket, type Stage } from './connection-outcome.ts';
import { ConnectionWatch, type Watched } from './connection-watch.ts';
import type { Timeouts } from './options.ts';
import { LOCAL_ERRORS, SOCKET_ERRORS } from './socket-errors.ts';
import { own, type SocketOwner } from './socket-owner.ts';

/** 64 KiB of dialogue and 1 MiB of TLS: the largest flight that the codec reads. */
const BYTE_LIMIT = 65_536 + 1_048_576;
/** A connection as a whole may take this many times the longest silence. */
const DEADLINE_FACTOR = 4;
const NOTHING = new Uint8Array(0);
/** Longest wait for the reply to QUIT or LOGOUT. */
export const FAREWELL_MS = 1000;
/** A hello that may take two segments is not to wait for the acknowledgement of the first (RFC 896). */
const SEGMENT_BYTES = 1200;

/** What is done once TLS may begin. */
interface Asking {
  /** The bytes to send. Called once. */
  hello(): Uint8Array;
  reader: FlightReader;
}

type Outcome = Answered | Failure | null;

const watch = new ConnectionWatch();

export class MailConnection implements Watched, SocketOwner {
  readonly socket: Socket;
  due = Number.POSITIVE_INFINITY;
  place = -1;
  #stage: Stage = 'connect';
  #greeted = false;
  #bytes = 0;
  #answerBytes = 0;
  #dialogue: MailDialogue | undefined;
  #asking: Asking | undefined;
  /** Of the answer that is awaited; undefined where none is. */
  #resolve: ((outcome: Outcome) => void) | undefined;
  #reject: (error: Error) => void = () => {};
  /** The dialogue is over, its farewell said: what there is to say once it was heard. */
  #leaving: Failure | undefined;
  #over: { error_kind: ErrorKind; detail: string } | undefined;
  readonly #timeouts: Omit<Timeouts, 'endpoint_ms'>;
  /** Longest silence now. */
  #silenceMs: number;
  #wholeMs = Number.POSITIVE_INFINITY;
  /** When the connection as a whole has to be done. */
  #deadline = Number.POSITIVE_INFINITY;

  /** `connect` begins the connection, and hands what comes to its argument. */
  constructor(
    connect: (onData: (chunk: Uint8Array) => void) => Socket,
    timeouts: Omit<Timeouts, 'endpoint_ms'>,
  ) {
    this.socket = connect((chunk) => this.#data(chunk));
    own(this.socket, this);
    this.#timeouts = timeouts;
    this.#silenceMs = timeouts.connect_ms;
    this.#heard();
    watch.add(this);
  }

  told(event: 'connect' | 'end' | 'close'): void {
    if (event === 'connect') this.#connected();
    else if (event === 'end') this.#end();
    else this.#break('closed', 'closed');
  }

  overdue(now: number): void {
    const inAll = this.#deadline <= now;
    this.due = inAll ? Number.POSITIVE_INFINITY : this.#deadline;
    const detail = inAll ? `not done in ${this.#wholeMs} ms` : `nothing for ${this.#silenceMs} ms`;
    this.#break(this.#timeoutKind(), detail);
  }

  failed(error: NodeJS.ErrnoException): void {
    const code = error.code ?? '';
    if (LOCAL_ERRORS.has(code)) {
      const todo = 'lower --concurrency or raise the limit (ulimit -n)';
      this.#fail(new NoSocket(`this machine has no more sockets (${code}); ${todo}`));
    } else if (code === 'ETIMEDOUT') this.#break(this.#timeoutKind(), code);
    else this.#break(SOCKET_ERRORS.get(code) ?? 'local_failure', code || error.message);
  }

  /** Bytes that came, dialogue included, and what came after `detach`. */
  get bytes(): number {
    return this.socket.bytesRead;
  }

  /** Connects and talks up to TLS; without a dialogue (implicit TLS) it only connects. Null when TLS may begin. */
  open(dialogue: MailDialogue | undefined): Promise<Failure | null> {
    return this.#begin(dialogue, undefined) as Promise<Failure | null>;
  }

  /** The same, then sends what `hello` gives, which is called once TLS may begin, and reads what the server says to it. */
  exchange(
    dialogue: MailDialogue | undefined,
    hello: () => Uint8Array,
    reader: FlightReader,
  ): Promise<Answered | Failure> {
    return this.#begin(dialogue, { hello, reader }) as Promise<Answered | Failure>;
  }

  /** Hands the socket over to another reader of it: this connection takes no more notice of it. */
  detach(): Socket {
    watch.delete(this);
    for (const event of ['data', 'end']) this.socket.removeAllListeners(event);
    return this.socket;
  }

  /** Ends the connection; what was written before is still sent. */
  close(): void {
    watch.delete(this);
    this.#over ??= CLOSED;
    if (this.socket.writableLength > 0) this.socket.destroySoon();
    else this.socket.destroy();
  }

  abort(): void {
    this.#fail(new Aborted('scan stopped'));
    watch.delete(this);
    this.socket.destroy();
  }

  #begin(dialogue: MailDialogue | undefined, asking: Asking | undefined): Promise<Outcome> {
    const { connect_ms, read_ms, greeting_ms = read_ms } = this.#timeouts;
    this.#dialogue = dialogue;
    this.#asking = asking;
    this.#wholeMs = connect_ms + (dialogue ? greeting_ms : read_ms) + (DEADLINE_FACTOR - 1) * read_ms;
    this.#deadline = performance.now() + this.#wholeMs;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (this.#over) this.#broken(this.#over.error_kind, this.#over.detail);
    });
  }

  #settle(outcome: Outcome): void {
    this.#resolve?.(outcome);
    this.#resolve = undefined;
  }

  #fail(error: Error): void {
    if (this.#resolve) this.#reject(error);
    this.#resolve = undefined;
  }

  /** Something came, or was sent: silence begins anew. */
  #heard(): void {
    this.due = Math.min(performance.now() + this.#silenceMs, this.#deadline);
  }

  #send(bytes: Uint8Array): void {
    this.socket.write(bytes);
    this.#heard();
  }

  #connected(): void {
    const { read_ms, greeting_ms = read_ms } = this.#timeouts;
    this.#silenceMs = this.#dialogue ? greeting_ms : read_ms;
    this.#heard();
    if (this.#stage !== 'connect') return;
    this.#stage = this.#dialogue ? 'dialogue' : 'tls';
    if (!this.#dialogue) this.#ask();
  }

  /** TLS may begin. */
  #ask(): void {
    if (!this.#asking) {
      this.#settle(null);
      return;
    }
    // Stopped, or too late.
    if (!this.#resolve) return;
    try {
      const hello = this.#asking.hello();
      if (hello.length > SEGMENT_BYTES) this.socket.setNoDelay(true);
      this.#send(hello);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #talk(dialogue: MailDialogue, chunk: Uint8Array): void {
    // The dialogue keeps what is no whole line yet.
    const steps = dialogue.push(chunk.slice());
    if (!this.#greeted && dialogue.stage !== 'greeting') {
      this.#greeted = true;
      this.#silenceMs = this.#timeouts.read_ms;
      this.#heard();
    }
    for (const step of steps) {
      if (step.kind === 'send') this.#send(step.bytes);
      else if (step.kind === 'finished') this.#finished(step);
      else if (step.kind === 'start_tls') this.#beginTls(step.leftover);
    }
  }

  /** The reply to QUIT or LOGOUT is waited for, not for long: to hang up on a server in mid-sentence is not polite. */
  #finished({ reason, detail, farewell }: Extract<DialogueStep, { kind: 'finished' }>): void {
    const failure = this.#failure(reason, detail);
    if (!farewell) {
      this.#settle(failure);
      return;
    }
    this.#leaving = failure;
    this.#silenceMs = FAREWELL_MS;
    this.#heard();
  }

  #beginTls(leftover: Uint8Array): void {
    this.#stage = 'tls';
    if (leftover.length === 0) {
      this.#ask();
      return;
    }
    // Nothing of TLS comes before the hello: what does is plaintext that somebody put in (CVE-2011-0411).
    const text = Buffer.from(leftover.subarray(0, 40)).toString('latin1');
    this.#settle(this.#failure('protocol_error', `bytes before the hello: ${JSON.stringify(text)}`));
  }

  #read(reader: FlightReader, chunk: Uint8Array): void {
    this.#answerBytes += chunk.length;
    const answer = reader.push(chunk);
    if (!answer) return;
    const broken_by = answer.kind === 'server_hello' ? answer.broken_by : null;
    this.#settle({ kind: 'answer', answer, broken_by });
  }

  #brokenFlight(reader: FlightReader, kind: ErrorKind, detail: string): Answered | Failure {
    try {
      if (reader.saidNothing) this.#answerBytes = 0;
      return { kind: 'answer', answer: reader.end(), broken_by: `${kind}: ${detail}` };
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return this.#failure(kind, detail);
    }
  }

  #data(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#heard();
    if (this.#bytes > BYTE_LIMIT) this.#break('too_much_data', `over ${BYTE_LIMIT} bytes`);
    if (!this.#resolve) return;
    try {
      this.#take(chunk);
    } catch (error) {
      if (error instanceof DecodeError) this.#broken('protocol_error', error.message);
      else this.#fail(error as Error);
    }
  }

  #take(chunk: Uint8Array): void {
    if (this.#leaving) this.#settle(this.#leaving);
    else if (this.#stage === 'tls') this.#read(this.#asking!.reader, chunk);
    else if (this.#dialogue) this.#talk(this.#dialogue, chunk);
  }

  /**
   * libuv tells a reset that comes together with data as an end of the stream (POLLHUP after a short read). Writing
   * nothing tells them apart: the socket still holds the reset, and gives it as the error of that write.
   */
  #end(): void {
    this.socket.write(NOTHING, (error) => {
      if (!error) this.#break('closed', 'closed by the server');
    });
  }

  #break(error_kind: ErrorKind, detail: string): void {
    this.#over ??= { error_kind, detail };
    this.#broken(error_kind, detail);
  }

  /** The end of what is awaited. */
  #broken(kind: ErrorKind, detail: string): void {
    if (!this.#resolve) return;
    if (this.#leaving) this.#settle(this.#leaving);
    else if (this.#stage === 'tls' && this.#asking) {
      this.#settle(this.#brokenFlight(this.#asking.reader, kind, detail));
    } else this.#settle(this.#failure(kind, detail));
  }

  #timeoutKind(): ErrorKind {
    if (this.#stage === 'connect') return 'connect_timeout';
    return this.#stage === 'dialogue' && !this.#greeted ? 'banner_timeout' : 'read_timeout';
  }

  #failure(error_kind: DialogueEnd | ErrorKind, error_detail: string): Failure {
    return { kind: 'failure', stage: this.#stage, error_kind, error_detail, answer_bytes: this.#answerBytes };
  }
}

const CLOSED = { error_kind: 'closed', detail: 'closed' } as const;
