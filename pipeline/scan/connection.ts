/**
 * One TCP connection to a mail server: connect, the dialogue up to TLS, one hello and its answer. Everything is
 * bounded: the connect, each silence, the whole, the bytes. What goes wrong is data of the raw record's kinds.
 * No cryptography, no judgement of the answer.
 */
import type { Socket } from 'node:net';
import { DecodeError, UsageError } from '../base/errors.ts';
import type { ErrorKind } from '../formats/raw-record.ts';
import type { DialogueEnd, DialogueStep, MailDialogue } from '../mail/index.ts';
import type { FlightReader, ServerAnswer } from '../tls/index.ts';
import type { Timeouts } from './options.ts';
import { LOCAL_ERRORS, SOCKET_ERRORS } from './socket-errors.ts';

/** How far a connection came. */
export type Stage = 'connect' | 'dialogue' | 'tls';

export interface Failure {
  kind: 'failure';
  stage: Stage;
  /** no_starttls is not an error: the server does without TLS. */
  error_kind: ErrorKind | 'no_starttls';
  error_detail: string;
  /** Bytes that came after the hello, unless they are warnings that a server may go on after. */
  answer_bytes: number;
}

export interface Answered {
  kind: 'answer';
  answer: ServerAnswer;
  /** Why the flight broke off. */
  broken_by: string | null;
}

/** The scan was stopped while this connection was open. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
}

/** This machine has no socket to spare: the way it is, no question can be asked. */
export class NoSocket extends UsageError {}

/** 64 KiB of dialogue and 1 MiB of TLS: the largest flight that the codec reads. */
const BYTE_LIMIT = 65_536 + 1_048_576;
/** A connection as a whole may take this many times the longest silence. */
const DEADLINE_FACTOR = 4;
const NOTHING = new Uint8Array(0);
/** Longest wait for the reply to QUIT or LOGOUT. */
export const FAREWELL_MS = 1000;

const OWNER = Symbol('connection');

/** A socket that knows whose it is. */
interface OwnedSocket extends Socket {
  [OWNER]?: MailConnection;
}

interface Waiting {
  take(chunk: Uint8Array): void;
  broken(error_kind: ErrorKind, detail: string): void;
  reject(error: Error): void;
}

export class MailConnection {
  readonly socket: Socket;
  #stage: Stage = 'connect';
  #greeted = false;
  #bytes = 0;
  #answerBytes = 0;
  #waiting: Waiting | undefined;
  #over: { error_kind: ErrorKind; detail: string } | undefined;
  readonly #timeouts: Omit<Timeouts, 'endpoint_ms'>;
  #deadline: NodeJS.Timeout | undefined;

  /** `connect` begins the connection, and hands what comes to its argument. */
  constructor(
    connect: (onData: (chunk: Uint8Array) => void) => Socket,
    timeouts: Omit<Timeouts, 'endpoint_ms'>,
  ) {
    const socket: OwnedSocket = connect((chunk) => this.#data(chunk));
    this.socket = socket;
    this.#timeouts = timeouts;
    socket[OWNER] = this;
    socket.on('error', onError);
    socket.on('timeout', onTimeout);
    socket.on('end', onEnd);
    socket.on('close', onClose);
    socket.setTimeout(timeouts.connect_ms);
  }

  /** What the socket tells of itself. */
  told(event: 'timeout' | 'end' | 'close'): void {
    if (event === 'timeout') this.#break(this.#timeoutKind(), `nothing for ${this.socket.timeout} ms`);
    else if (event === 'end') this.#end();
    else this.#break('closed', 'closed');
  }

  /** What went wrong with the socket. */
  failed(error: NodeJS.ErrnoException): void {
    const code = error.code ?? '';
    if (LOCAL_ERRORS.has(code)) {
      const todo = 'lower --concurrency or raise the limit (ulimit -n)';
      this.#waiting?.reject(new NoSocket(`this machine has no more sockets (${code}); ${todo}`));
    } else if (code === 'ETIMEDOUT') this.#break(this.#timeoutKind(), code);
    else this.#break(SOCKET_ERRORS.get(code) ?? 'local_failure', code || error.message);
  }

  /** Bytes that came, dialogue included, and what came after `detach`. */
  get bytes(): number {
    return this.socket.bytesRead;
  }

  /** Connects and talks up to TLS; without a dialogue (implicit TLS) it only connects. Null when TLS may begin. */
  open(dialogue: MailDialogue | undefined): Promise<Failure | null> {
    const { connect_ms, read_ms, greeting_ms = read_ms } = this.#timeouts;
    const greeting = dialogue ? greeting_ms : read_ms;
    const whole = connect_ms + greeting + (DEADLINE_FACTOR - 1) * read_ms;
    this.#deadline = setTimeout(() => this.#break(this.#timeoutKind(), `not done in ${whole} ms`), whole);
    return this.#wait<Failure | null>((done) => {
      this.socket.once('connect', () => {
        this.socket.setTimeout(greeting);
        if (this.#stage === 'connect') this.#stage = dialogue ? 'dialogue' : 'tls';
        if (!dialogue) done(null);
      });
      return {
        take: (chunk) => dialogue && this.#talk(dialogue, chunk, done),
        broken: (kind, detail) => done(this.#failure(kind, detail)),
      };
    });
  }

  /** Sends a hello and reads what the server says to it. */
  ask(hello: Uint8Array, reader: FlightReader): Promise<Answered | Failure> {
    return this.#wait<Answered | Failure>((done) => {
      this.socket.write(hello);
      return {
        take: (chunk) => {
          this.#answerBytes += chunk.length;
          const answer = reader.push(chunk);
          if (answer) done({ kind: 'answer', answer, broken_by: brokenBy(answer) });
        },
        broken: (kind, detail) => done(this.#brokenFlight(reader, kind, detail)),
      };
    });
  }

  /** Hands the socket over to another reader of it: this connection takes no more notice of it. */
  detach(): Socket {
    clearTimeout(this.#deadline);
    for (const event of ['data', 'timeout', 'end']) this.socket.removeAllListeners(event);
    return this.socket;
  }

  /** Ends the connection; what was written before is still sent. */
  close(): void {
    clearTimeout(this.#deadline);
    this.#over ??= { error_kind: 'closed', detail: 'closed' };
    if (this.socket.writableLength > 0) this.socket.destroySoon();
    else this.socket.destroy();
  }

  abort(): void {
    this.#waiting?.reject(new Aborted('scan stopped'));
    this.#waiting = undefined;
    clearTimeout(this.#deadline);
    this.socket.destroy();
  }

  #wait<T>(begin: (done: (value: T) => void) => Omit<Waiting, 'reject'>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const done = (value: T) => {
        this.#waiting = undefined;
        resolve(value);
      };
      const waiting = begin(done);
      this.#waiting = { ...waiting, reject };
      if (this.#over) waiting.broken(this.#over.error_kind, this.#over.detail);
    });
  }

  #talk(dialogue: MailDialogue, chunk: Uint8Array, done: (value: Failure | null) => void): void {
    // The dialogue keeps what is no whole line yet.
    const steps = dialogue.push(chunk.slice());
    if (!this.#greeted && dialogue.stage !== 'greeting') {
      this.#greeted = true;
      this.socket.setTimeout(this.#timeouts.read_ms);
    }
    for (const step of steps) {
      if (step.kind === 'send') this.socket.write(step.bytes);
      else if (step.kind === 'finished') this.#finished(step, done);
      else if (step.kind === 'start_tls') this.#beginTls(step.leftover, done);
    }
  }

  /** The reply to QUIT or LOGOUT is waited for, not for long: to hang up on a server in mid-sentence is not polite. */
  #finished(
    { reason, detail, farewell }: Extract<DialogueStep, { kind: 'finished' }>,
    done: (value: Failure | null) => void,
  ): void {
    const failure = this.#failure(reason, detail);
    const timer = setTimeout(() => done(failure), farewell ? FAREWELL_MS : 0);
    const end = () => {
      clearTimeout(timer);
      done(failure);
    };
    if (farewell) this.#waiting = { ...this.#waiting!, take: end, broken: end };
    else end();
  }

  #beginTls(leftover: Uint8Array, done: (value: Failure | null) => void): void {
    this.#stage = 'tls';
    // Nothing of TLS comes before the hello: what does is plaintext that somebody put in (CVE-2011-0411).
    const text = Buffer.from(leftover.subarray(0, 40)).toString('latin1');
    const injected = () => this.#failure('protocol_error', `bytes before the hello: ${JSON.stringify(text)}`);
    done(leftover.length === 0 ? null : injected());
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
    try {
      if (this.#bytes > BYTE_LIMIT) this.#break('too_much_data', `over ${BYTE_LIMIT} bytes`);
      else this.#waiting?.take(chunk);
    } catch (error) {
      if (error instanceof DecodeError) this.#waiting?.broken('protocol_error', error.message);
      else this.#waiting?.reject(error as Error);
    }
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
    this.#waiting?.broken(error_kind, detail);
  }

  #timeoutKind(): ErrorKind {
    if (this.#stage === 'connect') return 'connect_timeout';
    return this.#stage === 'dialogue' && !this.#greeted ? 'banner_timeout' : 'read_timeout';
  }

  #failure(error_kind: DialogueEnd | ErrorKind, error_detail: string): Failure {
    return { kind: 'failure', stage: this.#stage, error_kind, error_detail, answer_bytes: this.#answerBytes };
  }
}

function brokenBy(answer: ServerAnswer): string | null {
  return answer.kind === 'server_hello' ? answer.broken_by : null;
}

// One function for the sockets of all connections: a scan holds tens of thousands of them.
function onError(this: OwnedSocket, error: NodeJS.ErrnoException): void {
  this[OWNER]!.failed(error);
}

function onTimeout(this: OwnedSocket): void {
  this[OWNER]!.told('timeout');
}

function onEnd(this: OwnedSocket): void {
  this[OWNER]!.told('end');
}

function onClose(this: OwnedSocket): void {
  this[OWNER]!.told('close');
}
