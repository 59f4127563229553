/** zgrab2's `handshake_log`, one handshake as zcrypto/tls saw it → the handshake of a record, with its chain and group. */
import { TLS1_3 } from '../../../tls/versions.ts';
import type { ForeignEndpoint, ForeignHandshake } from '../adapter.ts';
import { base64At } from '../foreign-bytes.ts';
import { listAt, part } from '../json-stream/json-access.ts';
import type { JsonValue } from '../json-stream/json-events.ts';
import { type ShownChain, shownChain } from '../shown-chain.ts';
import { acceptedHandshake } from '../unknown-endpoint.ts';
import { type KeyExchange, keyExchange } from './key-exchange.ts';
import { serverHello } from './server-hello.ts';

export interface LoggedHandshake {
  handshake: ForeignHandshake;
  facts: Partial<ForeignEndpoint['facts']>;
  chain: ShownChain | null;
  group: KeyExchange['group'];
  /** What could not be read, null where all could. */
  problem: string | null;
}

/** Null where no ServerHello was logged. `isOver`: it came to its end, or the log says nothing of a failure. */
export function loggedHandshake(log: JsonValue, isOver: boolean): LoggedHandshake | null {
  const hello = serverHello(part(log, 'server_hello'));
  if (hello === null) return null;
  const { chain, problem } = certificates(part(log, 'server_certificates'));
  const key = keyExchange(part(log, 'server_key_exchange'), hello.version);
  const handshake = {
    ...acceptedHandshake(hello.version, hello.cipher_suite),
    ...hello.fields,
    ...key.fields,
    flight_complete: hello.version >= TLS1_3 ? null : isComplete(log, isOver),
    chain_id: chain?.chain_id ?? null,
  };
  return { handshake, facts: hello.facts, chain, group: key.group, problem };
}

/** A client goes on when ServerHelloDone has come (RFC 5246, 7.3). */
function isComplete(log: JsonValue, isOver: boolean): boolean | null {
  const wentOn = ['client_key_exchange', 'client_finished', 'server_finished'].some(
    (name) => part(log, name) !== null,
  );
  return isOver || wentOn ? true : null;
}

/** A chain with a certificate that can't be read is left out whole; so is one that was written without its bytes. */
function certificates(message: JsonValue): { chain: ShownChain | null; problem: string | null } {
  const all = [part(message, 'certificate'), ...listAt(message, 'chain')];
  const raws = all.map((one) => part(one, 'raw'));
  if (raws.every((raw) => raw === null)) return { chain: null, problem: null };
  const ders = all.map((one) => base64At(one, 'raw'));
  const known = ders.filter((der) => der !== null && der.length > 0) as Uint8Array[];
  if (known.length < ders.length) return { chain: null, problem: 'a certificate that is no base64' };
  return { chain: shownChain(known), problem: null };
}
