/**
 * A connection that has come as far as TLS → what became of a handshake by node:tls, and of the dialogue inside. Bounded
 * like every other connection: bytes, silence, the whole. In TLS 1.3 the key log gives the handshake secret as soon as
 * ServerHello was processed: the server's flight is read with it as it comes, and to its end where OpenSSL gives up on it.
 */
import { constants } from 'node:crypto';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { Tls13ChainError } from '../../formats/raw-record.ts';
import { openDialogue } from '../../mail/index.ts';
import {
  firstHello,
  MAX_FLIGHT_BYTES,
  type ProtectedFlight,
  ProtectedFlightReader,
  TLS1_3,
} from '../../tls/index.ts';
import { FAREWELL_MS, type MailConnection } from '../connection.ts';
import type { EndpointSession } from '../session.ts';
import type { Asked, Attempt, Conversation } from './attempt.ts';
import { describeFailure, isByServer } from './handshake-failure.ts';
import { type Talked, talk } from './talk.ts';
import { TappedStream } from './tapped-stream.ts';

export class SecuredConnection {
  readonly #session: EndpointSession;
  readonly #asked: Asked;
  readonly #tap: TappedStream;
  readonly #socket: TLSSocket;
  #resumable: Buffer | undefined;
  /** From the handshake secret on. */
  #reader: ProtectedFlightReader | undefined;
  /** What node:tls said first. */
  #error: NodeJS.ErrnoException | null = null;
  #isSilent = false;

  constructor(session: EndpointSession, connection: MailConnection, asked: Asked) {
    this.#session = session;
    this.#asked = asked;
    const bounds = { silence_ms: this.#silenceMs, ...BYTES, lingers: this.#is13 };
    this.#tap = new TappedStream(connection.detach(), bounds);
    this.#socket = connect({ ...OPTIONS, ...this.#options(), socket: this.#tap });
    this.#socket.on('error', (error) => {
      this.#error ??= error;
      this.#socket.destroy();
    });
    this.#tap.on('error', () => this.#socket.destroy());
    this.#tap.once('close', () => this.#socket.destroy());
    this.#socket.on('session', (resumable) => {
      this.#resumable = resumable;
    });
    this.#socket.on('keylog', (line) => this.#readSecret(line));
  }

  async run(): Promise<Attempt> {
    const whole = DEADLINE_FACTOR * this.#silenceMs;
    const deadline = setTimeout(() => this.#giveUp(), whole);
    try {
      const conversation = (await this.#secured()) ? await this.#converse(whole) : null;
      if (!conversation) await this.#restOfFlight();
      return this.#attempt(conversation);
    } finally {
      clearTimeout(deadline);
      this.#tap.release();
      this.#socket.destroy();
    }
  }

  get #is13(): boolean {
    return this.#asked.version === TLS1_3;
  }

  #secured(): Promise<boolean> {
    return new Promise((resolve) => {
      const silent = () => this.#giveUp();
      this.#tap.once('silence', silent);
      this.#socket.once('secureConnect', () => {
        this.#tap.off('silence', silent);
        resolve(true);
      });
      this.#socket.once('close', () => resolve(false));
    });
  }

  async #converse(whole: number): Promise<Conversation> {
    const resumed = this.#socket.isSessionReused();
    const ticket = this.#socket.getTLSTicket() !== undefined;
    // Up to TLS 1.2 a resumed session is announced no more; in TLS 1.3 tickets come after the handshake.
    const resumable = this.#is13 ? undefined : this.#socket.getSession();
    const said = await this.#talk(whole);
    await this.#close();
    return { ...said, resumed, session: this.#resumable ?? (ticket ? resumable : undefined), ticket };
  }

  /** OpenSSL may give up on a flight before it is all there, as with a chain that it finds too long. */
  async #restOfFlight(): Promise<void> {
    const reader = this.#reader;
    if (!reader || reader.isOver || this.#isSilent || this.#tap.isGone) return;
    await new Promise<void>((resolve) => {
      this.#tap.on('heard', () => reader.isOver && resolve());
      this.#tap.once('silence', () => this.#giveUp());
      this.#tap.once('gone', resolve);
    });
  }

  #giveUp(): void {
    this.#isSilent = true;
    this.#socket.destroy();
    this.#tap.release();
  }

  #attempt(conversation: Conversation | null): Attempt {
    const flight = conversation?.resumed ? null : (this.#reader?.end() ?? null);
    return {
      was_asked: true,
      conversation,
      flight,
      chain_error: this.#chainError(flight),
      completed: this.#completed(conversation),
      error_detail: conversation ? null : this.#failure(),
      is_silent: this.#isSilent,
    };
  }

  #chainError(flight: ProtectedFlight | null): Tls13ChainError | null {
    if (!this.#is13 || (flight?.certificates?.length ?? 0) > 0) return null;
    if (flight) return flight.opened === false ? 'not_decrypted' : 'no_certificate';
    return this.#hello === 'server_hello' ? 'no_secret' : 'handshake_failed';
  }

  /**
   * Up to TLS 1.2 the server's Finished is the last word. In TLS 1.3 it is ours: only what comes after it tells whether the
   * server took it. A ticket may have been sent before (RFC 8446, 4.6.1; Go does), so that an alert counts for more.
   */
  #completed(conversation: Conversation | null): boolean | null {
    if (!conversation) return this.#hello !== null && this.#isBrokenOff ? false : null;
    if (!this.#is13 || conversation.heard || conversation.resumed) return true;
    if (this.#error && isByServer(this.#error, null)) return false;
    return this.#resumable ? true : null;
  }

  get #isBrokenOff(): boolean {
    return !this.#isSilent && isByServer(this.#error, this.#tap.endedBy);
  }

  get #hello(): ReturnType<typeof firstHello> {
    return firstHello(this.#tap.heard());
  }

  #failure(): string {
    if (this.#isSilent) return `nothing for ${this.#silenceMs} ms`;
    return describeFailure(this.#error, this.#tap.endedBy);
  }

  /** Told, and heard: a server forgets a session whose connection just ended (RFC 5246, 7.2.1; OpenSSL does). */
  #close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve();
      const timer = setTimeout(resolve, this.#farewellMs);
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.resume();
      this.#socket.end();
    });
  }

  get #silenceMs(): number {
    return this.#session.context.options.timeouts.read_ms;
  }

  get #farewellMs(): number {
    return Math.min(FAREWELL_MS, this.#silenceMs);
  }

  async #talk(whole: number): Promise<Talked & Pick<Conversation, 'facts'>> {
    const { protocol, tls_mode } = this.#session.endpoint.service;
    const { helo } = this.#session.context.options;
    const { manner } = this.#asked;
    const secured = tls_mode === 'implicit' ? 'implicit' : 'after_starttls';
    const dialogue = openDialogue(protocol, { helo, known: manner !== 'whole', secured });
    const { facts } = dialogue;
    if (manner === 'silent') return { facts, heard: false, broken: null };
    const bounds = { silence_ms: this.#silenceMs, farewell_ms: this.#farewellMs };
    const talked = await talk(this.#socket, dialogue, bounds);
    if (!talked.broken || !this.#isSilent) return { facts, ...talked };
    const broken = { error_kind: 'read_timeout', error_detail: `not done in ${whole} ms` } as const;
    return { facts, ...talked, broken };
  }

  /** NSS key log: a label, the client's random, the secret, the last two in hexadecimal. */
  #readSecret(line: Buffer): void {
    const match = /^SERVER_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]+ ([0-9a-f]+)/i.exec(line.toString('latin1'));
    if (!match || this.#reader) return;
    this.#reader = ProtectedFlightReader.of(this.#asked.cipher_suite, Buffer.from(match[1]!, 'hex'));
    this.#reader?.push(this.#tap.heard());
    this.#tap.on('heard', (chunk: Uint8Array) => this.#reader?.push(chunk));
  }

  #options(): ConnectionOptions {
    const { version_name, ciphers, tickets, resume, sigalgs, otherGroups } = this.#asked;
    const { sentName } = this.#session;
    return {
      minVersion: version_name,
      maxVersion: version_name,
      ciphers,
      secureOptions: tickets ? TOLERANT : TOLERANT | constants.SSL_OP_NO_TICKET,
      ecdhCurve: (otherGroups ? OTHER_GROUPS : GROUPS).join(':'),
      ...(resume && { session: resume }),
      ...(sigalgs !== undefined && { sigalgs }),
      ...(sentName !== undefined && { servername: sentName }),
    };
  }
}

/** A connection as a whole may take this many times the longest silence. */
const DEADLINE_FACTOR = 4;
/** The largest flight that the codec reads, and a dialogue. */
const BYTES = { bytes: MAX_FLIGHT_BYTES + 131_072, kept_bytes: MAX_FLIGHT_BYTES };

/** Servers without RFC 5746 are spoken to; none may begin a second handshake. */
const TOLERANT = constants.SSL_OP_LEGACY_SERVER_CONNECT | constants.SSL_OP_NO_RENEGOTIATION;

const OPTIONS: ConnectionOptions = {
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined,
  // No root store: nothing is verified.
  ca: [],
  minDHSize: 1,
};

/** OpenSSL sends one key share, of the first. */
const GROUPS: readonly string[] = [
  'X25519:P-256:X448:P-521:P-384:brainpoolP512r1:brainpoolP384r1:brainpoolP256r1',
  'secp256k1:secp224r1:secp224k1:secp192k1:P-192:sect571r1:sect571k1:sect409r1:sect409k1:sect283r1:sect283k1',
  'sect239k1:sect233r1:sect233k1:sect193r1:sect193r2:sect163r1:sect163r2:sect163k1:secp160r1:secp160r2:secp160k1',
  'ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192',
];
const OTHER_GROUPS: readonly string[] = ['P-256:P-384:P-521:X25519:X448:ffdhe2048:ffdhe3072'];
