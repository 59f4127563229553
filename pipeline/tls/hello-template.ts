/**
 * Hellos that differ from one that was written before in nothing but suites, random and server_name: cut together from
 * its bytes instead of written anew, since a scan sends thousands. `writeHello` decides; the codec wrote the template,
 * and what comes out equals what it would write. TLS 1.3 is left out: its shares differ each time.
 */
import { EXTENSION_HEADER_BYTES } from './extension-list.ts';
import { PADDING, SERVER_NAME } from './extensions.ts';
import type { HelloOffer } from './hello-offer.ts';
import { MAX_FRAGMENT_BYTES, RECORD_HEADER_BYTES } from './record.ts';
import { SSL3 } from './versions.ts';

/** Where things stand in a hello without session id: RFC 5246, 6.2.1 and 7.4.1.2. */
const RECORD_LENGTH_AT = 3;
const MESSAGE_LENGTH_AT = 6;
const RANDOM_AT = 11;
const SUITES_AT = 44;
/** The list of one compression method or more begins with its length. */
const LENGTH_BYTES = 2;

/** What a template is known by: all but suites, random and server_name, by identity. */
type Shape = Omit<HelloOffer, 'cipher_suites' | 'random' | 'server_name' | 'padded_length'>;

export class HelloTemplate {
  readonly #shape: Shape;
  /** Up to the suites. */
  readonly #head: Uint8Array;
  /** Compression methods, and where the hello has extensions, their length. */
  readonly #middle: Uint8Array;
  /** All extensions but server_name, which is the first. */
  readonly #tail: Uint8Array;
  readonly #hasExtensions: boolean;

  /** `bytes`: the hello of `shape` without suites, signalling ones included, and without server_name. */
  constructor(shape: Shape, bytes: Uint8Array) {
    this.#shape = shape;
    this.#head = bytes.subarray(0, SUITES_AT + LENGTH_BYTES);
    const methods = SUITES_AT + LENGTH_BYTES + 1 + bytes[SUITES_AT + LENGTH_BYTES]!;
    this.#hasExtensions = methods < bytes.length;
    const tail = this.#hasExtensions ? methods + LENGTH_BYTES : methods;
    this.#middle = bytes.subarray(SUITES_AT + LENGTH_BYTES, tail);
    this.#tail = bytes.subarray(tail);
  }

  /** Whether the offer's hello can be cut from this one. */
  fits(offer: HelloOffer): boolean {
    const shape = this.#shape;
    return (
      shape.version === offer.version &&
      shape.named_groups === offer.named_groups &&
      shape.extensions === offer.extensions &&
      shape.compression_methods === offer.compression_methods &&
      shape.signature_schemes === offer.signature_schemes &&
      shape.hello_version === offer.hello_version &&
      shape.without_extensions === offer.without_extensions
    );
  }

  /** The hello; undefined where it takes more than one record. `serverName`: the whole extension, empty for none. */
  write(
    { cipher_suites, signalling_suites = NO_SUITES, random, padded_length, without_extensions }: HelloOffer,
    serverName: Uint8Array,
  ): Uint8Array | undefined {
    // A hello whose only extension is server_name has a list that the template lacks.
    const { version } = this.#shape;
    const isNamed = version > SSL3 && serverName.length > 0 && !without_extensions?.has(SERVER_NAME);
    if (isNamed && !this.#hasExtensions) return undefined;
    const suiteBytes = 2 * (cipher_suites.length + signalling_suites.length);
    const named = this.#hasExtensions && isNamed ? serverName : NOTHING;
    const bare = this.#head.length + suiteBytes + this.#middle.length + named.length + this.#tail.length;
    const padding = this.#hasExtensions ? paddingOf({ version, padded_length }, bare) : 0;
    const length = bare + padding;
    if (length > RECORD_HEADER_BYTES + MAX_FRAGMENT_BYTES) return undefined;
    const hello = Buffer.allocUnsafe(length);
    hello.set(this.#head);
    hello.writeUInt16BE(length - RECORD_HEADER_BYTES, RECORD_LENGTH_AT);
    hello.writeUIntBE(length - RECORD_HEADER_BYTES - MESSAGE_HEADER_BYTES, MESSAGE_LENGTH_AT, 3);
    hello.set(random, RANDOM_AT);
    hello.writeUInt16BE(suiteBytes, SUITES_AT);
    let at = putSuites(hello, this.#head.length, cipher_suites);
    at = putSuites(hello, at, signalling_suites);
    hello.set(this.#middle, at);
    at += this.#middle.length;
    if (this.#hasExtensions)
      hello.writeUInt16BE(named.length + this.#tail.length + padding, at - LENGTH_BYTES);
    hello.set(named, at);
    hello.set(this.#tail, at + named.length);
    if (padding > 0) putPadding(hello, bare);
    return hello;
  }
}

/** Bytes of the padding extension, its header included, for a hello that has `length` bytes with its record header; 0 for none. */
export function paddingOf(
  { version, padded_length = 0 }: Pick<HelloOffer, 'version' | 'padded_length'>,
  length: number,
): number {
  if (version <= SSL3) return 0;
  const padding = padded_length - length;
  return padding > EXTENSION_HEADER_BYTES ? padding : 0;
}

/** RFC 7685, 3: zero bytes up to the end. */
function putPadding(hello: Buffer, at: number): void {
  hello.writeUInt16BE(PADDING, at);
  hello.writeUInt16BE(hello.length - at - EXTENSION_HEADER_BYTES, at + 2);
  hello.fill(0, at + EXTENSION_HEADER_BYTES);
}

function putSuites(hello: Buffer, start: number, suites: readonly number[]): number {
  let at = start;
  for (let place = 0; place < suites.length; place++) {
    const suite = suites[place]!;
    if ((suite & 0xffff) !== suite) throw new RangeError(`suite ${suite} does not fit in 2 bytes`);
    hello[at] = suite >> 8;
    hello[at + 1] = suite & 0xff;
    at += 2;
  }
  return at;
}

const MESSAGE_HEADER_BYTES = 4;
const NOTHING = new Uint8Array(0);
const NO_SUITES: readonly number[] = [];
