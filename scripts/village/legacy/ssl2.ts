/** An SSLv2 SERVER-HELLO as OpenSSL 1.0.2 sends it (draft-hickman-netscape-ssl-00, "SERVER-HELLO (Phase 1)"). */
import { randomBytes } from 'node:crypto';
import { ByteWriter } from '../../../pipeline/base/byte-writer.ts';
import { certificateDer } from '../certificates.ts';
import type { LegacyPeer } from './peer.ts';

const SERVER_HELLO = 4;
const X509_CERTIFICATE = 1;

/** The record with the kinds that server and client share, in the client's order; there may be none. */
export function writeSsl2ServerHello(peer: LegacyPeer, offered: readonly number[]): Uint8Array {
  const shared = offered.filter((kind) => peer.spec.ssl2_kinds?.includes(kind));
  const der = certificateDer(peer.spec.chain[0]!);
  const body = new ByteWriter()
    .u8(SERVER_HELLO)
    .u8(0)
    .u8(X509_CERTIFICATE)
    .u16(2)
    .u16(der.length)
    .u16(shared.length * 3)
    .u16(16)
    .bytes(der);
  for (const kind of shared) body.u24(kind);
  const message = body.bytes(randomBytes(16)).finish();
  return new ByteWriter()
    .u16(0x8000 | message.length)
    .bytes(message)
    .finish();
}
