/**
 * The flight of a legacy server, SSLv3 to TLS 1.2: ServerHello, Certificate, ServerKeyExchange, ServerHelloDone
 * (RFC 6101, 2246, 4346, 5246; export keys: RFC 2246, 7.4.3). Forms as OpenSSL 1.0.2 and JSSE send them; extensions
 * are left out, since servers of the time had none to answer.
 */
import { randomBytes } from 'node:crypto';
import { ByteWriter } from '../../../pipeline/base/byte-writer.ts';
import { certificateDer } from '../certificates.ts';
import type { VillagePrime } from '../primes.ts';
import { villageSuite } from '../suites.ts';
import { dhPublicValue, SHA256_RSA, signMd5Sha1, signSha256 } from './keys.ts';
import type { LegacyPeer } from './peer.ts';

const HANDSHAKE = 22;
const ALERT = 21;
const FATAL = 2;

/** The bytes of the whole flight for the chosen version and suite. `clientRandom` goes into the signature. */
export function writeFlight(
  peer: LegacyPeer,
  version: number,
  code: number,
  clientRandom: Uint8Array,
): Uint8Array {
  const serverRandom = randomBytes(32);
  const suite = villageSuite(code);
  const messages = [serverHello(version, code, serverRandom)];
  if (suite.authentication !== 'anon') messages.push(certificate(peer));
  const parameters = keyParameters(peer, code);
  if (parameters) {
    const signed = Buffer.concat([clientRandom, serverRandom, parameters]);
    const anonymous = suite.authentication === 'anon';
    const signature = anonymous ? new Uint8Array() : signatureOf(peer, version, signed);
    messages.push(handshake(12, (writer) => writer.bytes(parameters).bytes(signature)));
  }
  messages.push(handshake(14, () => {}));
  const together = peer.spec.records === 'one_a_flight' ? [Buffer.concat(messages)] : messages;
  return Buffer.concat(together.map((contents) => record(HANDSHAKE, version, contents)));
}

export function writeAlert(version: number, description: number): Uint8Array {
  return record(ALERT, version, Uint8Array.of(FATAL, description));
}

function record(type: number, version: number, contents: Uint8Array): Uint8Array {
  return new ByteWriter()
    .u8(type)
    .u16(version)
    .vector(2, (writer) => writer.bytes(contents))
    .finish();
}

function handshake(type: number, write: (writer: ByteWriter) => void): Uint8Array {
  return new ByteWriter().u8(type).vector(3, write).finish();
}

function serverHello(version: number, code: number, random: Uint8Array): Uint8Array {
  return handshake(2, (writer) =>
    writer
      .u16(version)
      .bytes(random)
      .vector(1, (session) => session.bytes(randomBytes(32)))
      .u16(code)
      .u8(0),
  );
}

function certificate(peer: LegacyPeer): Uint8Array {
  return handshake(11, (writer) =>
    writer.vector(3, (list) => {
      for (const name of peer.spec.chain) list.vector(3, (one) => one.bytes(certificateDer(name)));
    }),
  );
}

/** ServerDHParams or ServerRSAParams, undefined for suites that need none. */
function keyParameters(peer: LegacyPeer, code: number): Uint8Array | undefined {
  const suite = villageSuite(code);
  if (suite.key_exchange === 'RSA') return suite.export ? temporaryRsa(peer) : undefined;
  const prime = suite.export ? peer.spec.export_dh : peer.spec.dh;
  if (!prime) throw new Error(`legacy peer without a prime for suite ${code}`);
  return dhParameters(prime);
}

function dhParameters(prime: VillagePrime): Uint8Array {
  return new ByteWriter()
    .vector(2, (writer) => writer.bytes(Buffer.from(prime.hex, 'hex')))
    .vector(2, (writer) => writer.u8(2))
    .vector(2, (writer) => writer.bytes(dhPublicValue(prime)))
    .finish();
}

function temporaryRsa(peer: LegacyPeer): Uint8Array {
  const { n, e } = peer.temporaryRsa.export({ format: 'jwk' });
  return new ByteWriter()
    .vector(2, (writer) => writer.bytes(Buffer.from(n!, 'base64url')))
    .vector(2, (writer) => writer.bytes(Buffer.from(e!, 'base64url')))
    .finish();
}

function signatureOf(peer: LegacyPeer, version: number, data: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  const signature = version >= 0x0303 ? signSha256(data, peer.key) : signMd5Sha1(data, peer.key);
  if (version >= 0x0303) writer.u16(SHA256_RSA);
  return writer.vector(2, (body) => body.bytes(signature)).finish();
}
