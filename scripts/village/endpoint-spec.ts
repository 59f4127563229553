/**
 * What a villager is: the configuration that an operator would write, as data. The server is built from it, and
 * the truth is derived from it (truth.ts), so that the two can't drift apart.
 */
import type { MailProtocol, TlsMode } from '../../pipeline/formats/raw-record.ts';
import type { VillageGroup } from './groups.ts';
import type { VillagePrime } from './primes.ts';

export interface EndpointSpec {
  /** Nominal port: one of the seven. */
  port: number;
  /** One line for people. */
  what: string;
  dialogue: DialogueSpec;
  server: ServerSpec;
}

/** An endpoint that runs. */
export interface VillageEndpoint extends EndpointSpec {
  protocol: MailProtocol;
  tls_mode: TlsMode;
  ip: string;
  /** Port that it listens on (or, for a refused connection, that nobody listens on). */
  connect_port: number;
}

/** The cleartext side. On implicit ports it is spoken inside TLS. */
export interface DialogueSpec {
  /** What the banner says it is; null where it doesn't. */
  software: string | null;
  /** The greeting's text, without the protocol's own "220 ", "+OK " or "* OK ". */
  banner: string;
  /** Lines of EHLO (without the host name), of CAPA, or words of CAPABILITY, before TLS. */
  capabilities: readonly string[];
  /** What STARTTLS (or STLS) gets; "absent" where the server does not know the command. */
  starttls: 'accepted' | 'refused' | 'absent';
  /** Before the first greeting: who has waited once is known, as to Postfix's postscreen. */
  greeting_delay_ms?: number;
  /** SMTP: so many connections in any stretch of time, as with Postfix's anvil; the others get 421 and are closed. */
  connection_limit?: { connections: number; window_ms: number };
  /** SMTP: the greeting is this one instead of 220, and the connection closes. */
  greeting_code?: number;
}

export type ServerSpec = RealTlsSpec | LegacySpec | NeighbourSpec;

/** A chain: names of certificates, leaf first. The leaf's key signs. */
export type ChainSpec = readonly string[];

/** A TLS stack that is real: OpenSSL, through node:tls. */
export interface RealTlsSpec {
  kind: 'real';
  /** 0x0301 to 0x0304, oldest first. */
  versions: readonly number[];
  /** Codes of suites, in the server's order. */
  suites: readonly number[];
  preference: 'server' | 'client';
  chains: readonly ChainSpec[];
  /** In the server's order. */
  groups: readonly VillageGroup[];
  dh?: VillagePrime;
}

/** A scripted server of the old days, SSLv2 to TLS 1.2, on our own small byte writer. */
export interface LegacySpec {
  kind: 'legacy';
  /** 0x0300 to 0x0303, oldest first; empty for a server of SSLv2 alone. */
  versions: readonly number[];
  suites: readonly number[];
  preference: 'server' | 'client';
  /** Empty for an anonymous server. */
  chain: ChainSpec;
  dh?: VillagePrime;
  export_dh?: VillagePrime;
  /** Bits of the temporary key for RSA export suites. */
  temporary_rsa_bits?: 512;
  /** SSLv2 cipher kinds; left out where SSLv2 is off. */
  ssl2_kinds?: readonly number[];
  /** What a hello gets whose version is below the lowest, or SSLv2 where that is off. */
  when_unsupported: 'alert' | 'close';
  /** A version whose hello is answered with part of a ServerHello and a reset: its truth is unknown. */
  broken_version?: number;
  /** OpenSSL and JSSE send a record for each message, SChannel puts the whole flight in one. */
  records: 'one_a_message' | 'one_a_flight';
}

/** Who speaks no TLS, or not to the end. */
export interface NeighbourSpec {
  kind: 'neighbour';
  /**
   * no_tls: the dialogue is all there is (STARTTLS absent, refused, masked, or a greeting that sends away);
   * refused_connection: nobody listens; silent: accepts and says nothing; garbage_greeting: bytes that are no
   * greeting; garbage_tls: bytes that are no TLS where TLS should start; plaintext_tls: a cleartext greeting on
   * an implicit port; reset_mid_flight: part of a ServerHello and a reset; alert_always: refuses every hello.
   */
  behaviour:
    | 'no_tls'
    | 'refused_connection'
    | 'silent'
    | 'garbage_greeting'
    | 'garbage_tls'
    | 'plaintext_tls'
    | 'reset_mid_flight'
    | 'alert_always';
}
