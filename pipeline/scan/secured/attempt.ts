/** A handshake that is to be tried, and what becomes of it. */
import type { Tls13ChainError } from '../../formats/raw-record.ts';
import type { DialogueFacts } from '../../mail/index.ts';
import type { ProtectedFlight } from '../../tls/index.ts';
import type { OpensslSuite } from './openssl-suites.ts';
import type { Talked } from './talk.ts';

export interface Asked extends OpensslSuite {
  /** `brief`: the capabilities are not of interest, straight to QUIT; `silent`: nothing is said, nothing awaited. */
  manner: 'whole' | 'brief' | 'silent';
  /** Offer tickets (RFC 5077); TLS 1.3 has them in any case. */
  tickets: boolean;
  /** A session to go on with. */
  resume?: Buffer | undefined;
  /** Signature schemes to offer, in OpenSSL's spelling; its own by default. */
  sigalgs?: string | undefined;
  /** Groups in another order, so that TLS 1.3 has another key share. */
  otherGroups?: boolean | undefined;
}

export interface Conversation extends Talked {
  facts: DialogueFacts;
  /** The session given was gone on with. */
  resumed: boolean;
  /** What to go on with next time; undefined where the server gave nothing. */
  session: Buffer | undefined;
  /** A ticket came (up to TLS 1.2). */
  ticket: boolean;
}

/** What became of a handshake, finished or not. */
export interface Attempt {
  /** False where the session was over, or no connection came as far as TLS. */
  was_asked: boolean;
  /** Null where the handshake was not finished. */
  conversation: Conversation | null;
  /** TLS 1.3: what the server sent under its handshake secret; null where that isn't known, and in a resumed handshake. */
  flight: ProtectedFlight | null;
  /** TLS 1.3: why `flight` shows no certificate; null where it does. */
  chain_error: Tls13ChainError | null;
  /**
   * Whether both sides finished the handshake; false where the server broke it off after its ServerHello; null where it
   * failed otherwise, or nothing tells.
   */
  completed: boolean | null;
  /** Why it was not finished, for people; null where it was. */
  error_detail: string | null;
  /** The server said nothing for too long, or took too long for all of it. */
  is_silent: boolean;
}
