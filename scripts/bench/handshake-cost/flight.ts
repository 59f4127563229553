/**
 * What the bench's server says, made once: for each version and suite the flight of an RSA server with a chain of two
 * certificates and P-256 (RFC 5246, 7.4; RFC 8422, 5.4). The signature is bytes of the right length: nobody checks it.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ByteWriter } from '../../../pipeline/base/byte-writer.ts';
import { packageRoot } from '../../../pipeline/base/package-root.ts';

/** By version, most wanted first: what a Postfix of the year with RSA has at its default. */
export const ACCEPTED: ReadonlyMap<number, readonly number[]> = new Map([
  [0x0303, [0xc030, 0xc02f, 0xcca8, 0xc028, 0xc014, 0xc027, 0xc013, 0x009d, 0x009c, 0x003d, 0x0035, 0x002f]],
  [0x0302, [0xc014, 0xc013, 0x0035, 0x002f]],
  [0x0301, [0xc014, 0xc013, 0x0035, 0x002f]],
]);

/** Fatal handshake_failure. */
export const REFUSAL = Buffer.from('15030100020228', 'hex');

/** The whole flight of a server that chose `suite`. */
export function serverFlight(version: number, suite: number): Buffer {
  const messages = [serverHello(version, suite), certificates(), ...keyExchange(version, suite), DONE];
  return Buffer.concat(messages.map((message) => inRecord(version, message)));
}

function serverHello(version: number, suite: number): Uint8Array {
  return message(2, (body) =>
    body
      .u16(version)
      .bytes(new Uint8Array(32).fill(7))
      .vector(1, (session) => session.bytes(new Uint8Array(32).fill(9)))
      .u16(suite)
      .u8(0)
      // renegotiation_info and extended_master_secret, as OpenSSL answers them.
      .vector(2, (list) => list.u16(0xff01).u16(1).u8(0).u16(23).u16(0)),
  );
}

function certificates(): Uint8Array {
  return message(11, (body) =>
    body.vector(3, (list) => {
      for (const name of ['mx-chain', 'village-intermediate']) list.vector(3, (one) => one.bytes(der(name)));
    }),
  );
}

/** Of the village's certificates, from the sources: the bench itself runs compiled, elsewhere. */
function der(name: string): Uint8Array {
  const pem = readFileSync(join(packageRoot, `scripts/village/certificates/${name}.pem`));
  return new X509Certificate(pem).raw;
}

function keyExchange(version: number, suite: number): Uint8Array[] {
  if (suite < 0xc000) return [];
  return [
    message(12, (body) => {
      body
        .u8(3)
        .u16(23)
        .vector(1, (point) => point.u8(4).bytes(new Uint8Array(64).fill(suite & 0xff)));
      if (version >= 0x0303) body.u16(0x0401);
      body.vector(2, (signature) => signature.bytes(new Uint8Array(256).fill(5)));
    }),
  ];
}

function message(type: number, write: (body: ByteWriter) => void): Uint8Array {
  return new ByteWriter().u8(type).vector(3, write).finish();
}

function inRecord(version: number, contents: Uint8Array): Uint8Array {
  return new ByteWriter()
    .u8(22)
    .u16(version)
    .vector(2, (body) => body.bytes(contents))
    .finish();
}

const DONE = message(14, () => {});
