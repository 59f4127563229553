/**
 * What an endpoint's flights show, as fields of records: chains and certificates by hash, Diffie-Hellman groups,
 * ephemeral keys. Keeps each distinct certificate once, since a server shows the same chain in every handshake, and
 * no more of one endpoint than its bounds: a server chooses how much it shows.
 */
import { sha256Hex, toHex } from '../base/hex.ts';
import type { DhGroupRecord, HandshakeRecord } from '../formats/raw-record.ts';
import type { EphemeralKey, ServerFlight, Ssl2ServerHello } from '../tls/index.ts';
import { groupBits } from './offer-lists.ts';

export type KeyFacts = Pick<
  HandshakeRecord,
  'dh_group_id' | 'named_group' | 'key_bits' | 'public_key_sha256' | 'explicit_curve_sha256'
>;

/** Certificates of a chain that are kept, those sent first: a client follows no more. */
export const CHAIN_LIMIT = 32;
/** Certificates, groups and chains that are kept of one endpoint, in bytes of the files they go into; and flights. */
export const EVIDENCE_BYTES = 4 * 1024 * 1024;
/** Most extension numbers of a ServerHello that are kept, distinct ones: all that exist are fewer. */
export const EXTENSIONS_KEPT = 64;
/** With and without each of a few extensions that go with the kind of suite. */
const TYPE_LISTS_KEPT = 8;
/** A hash in a line of JSON. */
const HASH_BYTES = 70;

export class Evidence {
  /** DER by SHA-256. */
  readonly certificates = new Map<string, Uint8Array>();
  readonly dhGroups = new Map<string, DhGroupRecord>();
  /** Certificate hashes by chain_id. */
  readonly chains = new Map<string, string[]>();
  /** What the server sent to hellos, by SHA-256. */
  readonly flights = new Map<string, Uint8Array>();
  /** The chain that was kept whole last, with its certificates. */
  #last: { id: string; certificates: readonly Uint8Array[] } = { id: '', certificates: [] };
  /** Lists of extensions that were seen. */
  #typeLists: readonly number[][] = [];
  #bytes = 0;
  #flightBytes = 0;

  /**
   * The chain's id; null where nothing was shown, or where it is over the bounds. `onLoss` is told what of it was not
   * kept.
   */
  chain(certificates: readonly Uint8Array[], onLoss: (what: string) => void = () => {}): string | null {
    if (certificates.length === 0) return null;
    if (this.#isLast(certificates)) return this.#last.id;
    const shown = certificates.slice(0, CHAIN_LIMIT).map((der) => [sha256Hex(der), der] as const);
    const hashes = shown.map(([hash]) => hash);
    const id = sha256Hex(hashes.join('\n'));
    if (!this.#keepChain(id, new Map(shown))) {
      onLoss(`chain not kept: ${OVER_BOUNDS}`);
      return null;
    }
    this.chains.set(id, hashes);
    if (certificates.length > CHAIN_LIMIT) onLoss(`chain cut: ${CHAIN_LIMIT} of ${certificates.length} kept`);
    else this.#last = { id, certificates: hashes.map((hash) => this.certificates.get(hash)!) };
    return id;
  }

  /** A server mostly shows the chain of the handshake before: comparing bytes costs less than hashing them. */
  #isLast(certificates: readonly Uint8Array[]): boolean {
    const last = this.#last.certificates;
    return (
      last.length === certificates.length &&
      certificates.every((der, index) => Buffer.compare(der, last[index]!) === 0)
    );
  }

  /**
   * Distinct numbers of extensions, in their order, as many as are kept. Handshakes of the same kind show the same ones:
   * their records share the list.
   */
  extensionTypes(extensions: readonly { type: number }[]): number[] {
    const known = this.#typeLists.find((types) => isListOf(types, extensions));
    if (known) return known;
    const types = distinctTypes(extensions);
    if (this.#typeLists.length < TYPE_LISTS_KEPT) this.#typeLists = [...this.#typeLists, types];
    return types;
  }

  /** The bytes' SHA-256; null where there are none to keep, or where they are over the bounds. */
  flight(bytes: Uint8Array | null, onLoss: (what: string) => void = () => {}): string | null {
    if (bytes === null || bytes.length === 0) return null;
    const id = sha256Hex(bytes);
    if (this.flights.has(id)) return id;
    const base64 = Math.ceil(bytes.length / 3) * 4 + 2 * HASH_BYTES;
    if (this.#flightBytes + base64 > EVIDENCE_BYTES) {
      onLoss(`flight not kept: ${OVER_BOUNDS}`);
      return null;
    }
    this.#flightBytes += base64;
    this.flights.set(id, bytes);
    return id;
  }

  /** `onLoss` is told what was not kept of it. */
  keyFacts(flight: ServerFlight | Ssl2ServerHello, onLoss: (what: string) => void = () => {}): KeyFacts {
    if (flight.kind === 'ssl2_server_hello') return NO_KEY;
    if (flight.selected_group !== null) return tls13KeyFacts(flight, flight.selected_group);
    return flight.ephemeral_key ? this.#ephemeral(flight.ephemeral_key, onLoss) : NO_KEY;
  }

  #ephemeral(key: EphemeralKey, onLoss: (what: string) => void): KeyFacts {
    switch (key.kind) {
      case 'dh':
        return {
          ...NO_KEY,
          ...this.#dhGroup(key.prime, key.generator, onLoss),
          ...hashed(key.public_value),
        };
      case 'rsa':
        return { ...NO_KEY, key_bits: bitLength(key.modulus), ...hashed(key.modulus) };
      case 'named_group':
        return {
          ...NO_KEY,
          named_group: key.named_group,
          key_bits: groupBits(key.named_group),
          ...hashed(key.point),
        };
      case 'explicit_prime':
        return {
          ...NO_KEY,
          named_group: EXPLICIT_PRIME,
          key_bits: bitLength(key.prime),
          explicit_curve_sha256: sha256Hex(Buffer.concat([key.prime, key.curve])),
          ...hashed(key.point),
        };
      case 'explicit_char2':
        return {
          ...NO_KEY,
          named_group: EXPLICIT_CHAR2,
          key_bits: key.field_bits,
          explicit_curve_sha256: sha256Hex(key.curve),
          ...hashed(key.point),
        };
    }
  }

  #dhGroup(
    prime: Uint8Array,
    generator: Uint8Array,
    onLoss: (what: string) => void,
  ): Pick<KeyFacts, 'dh_group_id' | 'key_bits'> {
    const group = dhGroupRecord(prime, generator);
    const bytes = group.prime_hex.length + group.generator_hex.length + 2 * HASH_BYTES;
    if (!this.dhGroups.has(group.dh_group_id) && !this.#takes(bytes)) {
      onLoss(`Diffie-Hellman group not kept: ${OVER_BOUNDS}`);
      return { dh_group_id: null, key_bits: group.bits };
    }
    this.dhGroups.set(group.dh_group_id, group);
    return { dh_group_id: group.dh_group_id, key_bits: group.bits };
  }

  /** All of a chain or nothing; false where it doesn't fit. */
  #keepChain(id: string, shown: ReadonlyMap<string, Uint8Array>): boolean {
    if (this.chains.has(id)) return true;
    const fresh = [...shown].filter(([hash]) => !this.certificates.has(hash));
    const base64 = fresh.reduce((sum, [, der]) => sum + Math.ceil(der.length / 3) * 4 + HASH_BYTES, 0);
    if (!this.#takes(base64 + (CHAIN_LIMIT + 1) * HASH_BYTES)) return false;
    for (const [hash, der] of fresh) this.certificates.set(hash, Uint8Array.from(der));
    return true;
  }

  #takes(bytes: number): boolean {
    if (this.#bytes + bytes > EVIDENCE_BYTES) return false;
    this.#bytes += bytes;
    return true;
  }
}

/** Distinct numbers of extensions, in their order, as many as are kept. */
export function distinctTypes(extensions: readonly { type: number }[]): number[] {
  return [...new Set(extensions.map(({ type }) => type))].slice(0, EXTENSIONS_KEPT);
}

function isListOf(types: readonly number[], extensions: readonly { type: number }[]): boolean {
  return types.length === extensions.length && types.every((type, at) => type === extensions[at]!.type);
}

const OVER_BOUNDS = `over ${EVIDENCE_BYTES} bytes from this endpoint`;

export function dhGroupRecord(prime: Uint8Array, generator: Uint8Array): DhGroupRecord {
  const p = withoutZeros(prime);
  const [prime_hex, generator_hex] = [toHex(p), toHex(withoutZeros(generator))];
  const dh_group_id = sha256Hex(`${prime_hex}:${generator_hex}`);
  return { dh_group_id, prime_sha256: sha256Hex(p), bits: bitLength(p), prime_hex, generator_hex };
}

/** Bits of a big-endian integer: 0 for zero. */
export function bitLength(integer: Uint8Array): number {
  const bytes = withoutZeros(integer);
  return bytes.length === 0 ? 0 : bytes.length * 8 - Math.clz32(bytes[0]!) + 24;
}

function withoutZeros(integer: Uint8Array): Uint8Array {
  const first = integer.findIndex((byte) => byte !== 0);
  return first < 0 ? integer.subarray(integer.length) : integer.subarray(first);
}

function hashed(value: Uint8Array): Pick<KeyFacts, 'public_key_sha256'> {
  return { public_key_sha256: sha256Hex(value) };
}

/** key_share of ServerHello: group, then the key with its length (RFC 8446, 4.2.8); HelloRetryRequest has no key. */
function tls13KeyFacts(flight: ServerFlight, group: number): KeyFacts {
  const share = flight.extensions.find((extension) => extension.type === KEY_SHARE)?.data;
  const key = flight.hello_retry_request || !share || share.length <= 4 ? undefined : share.subarray(4);
  return { ...NO_KEY, named_group: group, key_bits: groupBits(group), ...(key && hashed(key)) };
}

const KEY_SHARE = 51;
/** RFC 8422, 5.1.1: arbitrary_explicit_prime_curves, arbitrary_explicit_char2_curves. */
const EXPLICIT_PRIME = 0xff01;
const EXPLICIT_CHAR2 = 0xff02;
const NO_KEY: KeyFacts = {
  dh_group_id: null,
  named_group: null,
  key_bits: null,
  public_key_sha256: null,
  explicit_curve_sha256: null,
};
