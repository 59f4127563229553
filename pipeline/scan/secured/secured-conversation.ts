/**
 * One connection whose TLS handshake is finished, by node:tls (OpenSSL), and the mail dialogue inside of it. Nothing is
 * verified: no root store, no name, no expiry. Bounded like every other connection: bytes, silence, the whole.
 */
import { constants } from 'node:crypto';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { DecodeError } from '../../base/errors.ts';
import type { ErrorKind } from '../../formats/raw-record.ts';
import { type DialogueFacts, openDialogue } from '../../mail/index.ts';
import { MAX_FLIGHT_BYTES, type ProtectedFlight, readProtectedFlight, TLS1_3 } from '../../tls/index.ts';
import { FAREWELL_MS, type MailConnection } from '../connection.ts';
import type { ProbeSession } from '../probes/probe-session.ts';
import type { EndpointSession } from '../session.ts';
import type { OpensslSuite } from './openssl-suites.ts';
import { type Talked, talk } from './talk.ts';
import { TappedStream } from './tapped-stream.ts';

export interface Asked extends OpensslSuite {
  /** `brief`: the capabilities are not of interest, straight to QUIT; `silent`: nothing is said, nothing awaited. */
  manner: 'whole' | 'brief' | 'silent';
  /** Offer tickets (RFC 5077); TLS 1.3 has them in any case. */
  tickets: boolean;
  /** A session to go on with. */
  resume?: Buffer | undefined;
  /** Signature schemes to offer, in OpenSSL's spelling; its own by default. */
  sigalgs?: string | undefined;
}

export interface Conversation extends Talked {
  facts: DialogueFacts;
  /** The session given was gone on with. */
  resumed: boolean;
  /** What to go on with next time; undefined where the server gave nothing. */
  session: Buffer | undefined;
  /** A ticket came (up to TLS 1.2). */
  ticket: boolean;
  /** TLS 1.3: what the server sent under its handshake secret; null where it can't be read, and in a resumed handshake. */
  flight: ProtectedFlight | null;
}

/**
 * Null where the connection or the handshake failed, and where nothing more is to be asked of this endpoint. A handshake
 * without an answer is a silence of the probe.
 */
export async function converse(session: ProbeSession, asked: Asked): Promise<Conversation | null> {
  if (session.isOver) return null;
  const { whole } = session;
  const { connection, failure } = await whole.openPatiently();
  try {
    if (failure) return null;
    whole.countHello();
    const secured = new SecuredConnection(whole, connection, asked);
    const conversation = await secured.run();
    if (secured.isSilent || mannerAfter(conversation?.broken ?? null) === 'silent') session.noteSilence();
    return conversation;
  } finally {
    whole.release(connection);
  }
}

/** A server that has left us waiting inside TLS is not waited for again: handshakes alone do for the rest. */
export function mannerAfter(before: { error_kind: ErrorKind | null } | null): 'brief' | 'silent' {
  return SILENT.has(before?.error_kind ?? null) ? 'silent' : 'brief';
}

class SecuredConnection {
  readonly #session: EndpointSession;
  readonly #asked: Asked;
  readonly #tap: TappedStream;
  readonly #socket: TLSSocket;
  #resumable: Buffer | undefined;
  #secret: Uint8Array | undefined;
  /** The server said nothing for too long, or took too long for all of it. */
  isSilent = false;

  constructor(session: EndpointSession, connection: MailConnection, asked: Asked) {
    this.#session = session;
    this.#asked = asked;
    this.#tap = new TappedStream(connection.detach(), { silence_ms: this.#silenceMs, ...BYTES });
    this.#socket = connect({ ...OPTIONS, ...this.#options(), socket: this.#tap });
    this.#socket.on('error', () => this.#socket.destroy());
    this.#tap.on('error', () => this.#socket.destroy());
    this.#tap.once('close', () => this.#socket.destroy());
    this.#socket.on('session', (resumable) => {
      this.#resumable = resumable;
    });
    this.#socket.on('keylog', (line) => this.#readSecret(line));
  }

  async run(): Promise<Conversation | null> {
    const whole = DEADLINE_FACTOR * this.#silenceMs;
    const deadline = setTimeout(() => this.#giveUp(), whole);
    try {
      if (!(await this.#secured())) return null;
      const resumed = this.#socket.isSessionReused();
      const ticket = this.#socket.getTLSTicket() !== undefined;
      // Up to TLS 1.2 a resumed session is announced no more; in TLS 1.3 tickets come after the handshake.
      const resumable = this.#is13 ? undefined : this.#socket.getSession();
      const said = await this.#talk(whole);
      const flight = resumed ? null : this.#flight();
      await this.#close();
      return {
        ...said,
        resumed,
        session: this.#resumable ?? (ticket ? resumable : undefined),
        ticket,
        flight,
      };
    } finally {
      clearTimeout(deadline);
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

  #giveUp(): void {
    this.isSilent = true;
    this.#socket.destroy();
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
    if (!talked.broken || !this.isSilent) return { facts, ...talked };
    const broken = { error_kind: 'read_timeout', error_detail: `not done in ${whole} ms` } as const;
    return { facts, ...talked, broken };
  }

  #flight(): ProtectedFlight | null {
    if (!this.#is13 || !this.#secret) return null;
    try {
      return readProtectedFlight(this.#tap.heard(), this.#asked.cipher_suite, this.#secret);
    } catch (error) {
      if (error instanceof DecodeError) return null;
      throw error;
    }
  }

  /** NSS key log: a label, the client's random, the secret, the last two in hexadecimal. */
  #readSecret(line: Buffer): void {
    const match = /^SERVER_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]+ ([0-9a-f]+)/i.exec(line.toString('latin1'));
    if (match) this.#secret = Buffer.from(match[1]!, 'hex');
  }

  #options(): ConnectionOptions {
    const { version_name, ciphers, tickets, resume, sigalgs } = this.#asked;
    const { host } = this.#session.endpoint;
    return {
      minVersion: version_name,
      maxVersion: version_name,
      ciphers,
      secureOptions: tickets ? TOLERANT : TOLERANT | constants.SSL_OP_NO_TICKET,
      ...(resume && { session: resume }),
      ...(sigalgs !== undefined && { sigalgs }),
      ...(host !== null && { servername: host.replace(/\.$/, '') }),
    };
  }
}

const SILENT: ReadonlySet<ErrorKind | null> = new Set(['banner_timeout', 'read_timeout']);

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
  ecdhCurve: [
    'X25519:P-256:X448:P-521:P-384:brainpoolP512r1:brainpoolP384r1:brainpoolP256r1',
    'secp256k1:secp224r1:secp224k1:secp192k1:P-192:sect571r1:sect571k1:sect409r1:sect409k1:sect283r1:sect283k1',
    'sect239k1:sect233r1:sect233k1:sect193r1:sect193r2:sect163r1:sect163r2:sect163k1:secp160r1:secp160r2:secp160k1',
    'ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192',
  ].join(':'),
};
