/**
 * The extensions of a hello of ours, one version at a time (RFC 6066, 8422, 7627, 5746; RFC 8446, 4.2 for TLS 1.3).
 * What the offer adds of its own (`extensions`) comes after the first ones. ALPN is never sent; padding, which depends on the
 * length of the whole hello, is added by `write-hello.ts` and `hello-template.ts`.
 */
import { ByteWriter } from '../base/byte-writer.ts';
import type { Extension } from './extension-list.ts';
import {
  EC_POINT_FORMATS,
  EXTENDED_MASTER_SECRET,
  KEY_SHARE,
  RENEGOTIATION_INFO,
  SERVER_NAME,
  SIGNATURE_ALGORITHMS,
  SUPPORTED_GROUPS,
  SUPPORTED_VERSIONS,
} from './extensions.ts';
import type { HelloOffer } from './hello-offer.ts';
import { DEFAULT_SIGNATURE_SCHEMES } from './signature-schemes.ts';
import { writeUint16List } from './uint16-list.ts';
import { SSL3, TLS1_2, TLS1_3 } from './versions.ts';

/** Null where the hello ends before extensions: at SSLv3 unless the offer names some, and where none is left. An empty one is never last: some old servers refuse that. */
export function helloExtensions(offer: HelloOffer): Extension[] | null {
  // RFC 6101, 5.6.1.2: what comes after the compression methods must be ignored.
  if (offer.version <= SSL3) return offer.extensions?.length ? [...offer.extensions] : null;
  const list = allExtensions(offer).filter(({ type }) => !isLeftOut(offer, type));
  return list.length === 0 ? null : list;
}

function allExtensions(offer: HelloOffer): Extension[] {
  const list: Extension[] = [];
  if (offer.server_name !== undefined) list.push(serverName(offer.server_name));
  if (offer.version < TLS1_3) list.push({ type: EXTENDED_MASTER_SECRET, data: new Uint8Array(0) });
  if (offer.version < TLS1_3) list.push({ type: RENEGOTIATION_INFO, data: new Uint8Array(1) });
  list.push(...(offer.extensions ?? []));
  list.push(...groupExtensions(offer));
  if (offer.version >= TLS1_2) list.push(signatureAlgorithms(offer.signature_schemes));
  if (offer.version >= TLS1_3) list.push(supportedVersions(offer.version), keyShare(offer.key_shares ?? []));
  return list;
}

function isLeftOut({ version, without_extensions }: HelloOffer, type: number): boolean {
  return (without_extensions?.has(type) ?? false) && !(version >= TLS1_3 && NEEDED_BY_TLS1_3.has(type));
}

/** server_name as it stands in the list of extensions; empty where there is none. */
export function serverNameBytes(name: string | undefined): Uint8Array {
  if (name === undefined) return NOTHING;
  const { type, data } = serverName(name);
  return new ByteWriter().u16(type).u16(data.length).bytes(data).finish();
}

function serverName(name: string): Extension {
  const ascii = new TextEncoder().encode(name);
  return extension(SERVER_NAME, (writer) =>
    writer.vector(2, (list) => list.u8(HOST_NAME).u16(ascii.length).bytes(ascii)),
  );
}

function groupExtensions(offer: HelloOffer): Extension[] {
  if (offer.named_groups.length === 0) return [];
  const groups = supportedGroups(offer.named_groups);
  if (offer.version >= TLS1_3) return [groups];
  const formats = extension(EC_POINT_FORMATS, (writer) =>
    writer.u8(POINT_FORMATS.length).bytes(POINT_FORMATS),
  );
  return [groups, formats];
}

/** supported_groups with `groups`. */
export function supportedGroups(groups: readonly number[]): Extension {
  return extension(SUPPORTED_GROUPS, (writer) => writeUint16List(writer, groups));
}

/** The extension with `schemes`, by default those of any hello. */
export function signatureAlgorithms(schemes: readonly number[] = DEFAULT_SIGNATURE_SCHEMES): Extension {
  return extension(SIGNATURE_ALGORITHMS, (writer) => writeUint16List(writer, schemes));
}

function supportedVersions(version: number): Extension {
  return extension(SUPPORTED_VERSIONS, (writer) => writer.u8(2).u16(version));
}

function keyShare(shares: NonNullable<HelloOffer['key_shares']>): Extension {
  return extension(KEY_SHARE, (writer) =>
    writer.vector(2, (list) => {
      for (const { named_group, key_exchange } of shares) {
        list.u16(named_group).u16(key_exchange.length).bytes(key_exchange);
      }
    }),
  );
}

function extension(type: number, write: (writer: ByteWriter) => void): Extension {
  const writer = new ByteWriter();
  write(writer);
  return { type, data: writer.finish() };
}

/** RFC 8446, 9.2. */
const NEEDED_BY_TLS1_3: ReadonlySet<number> = new Set([
  SUPPORTED_GROUPS,
  SIGNATURE_ALGORITHMS,
  SUPPORTED_VERSIONS,
  KEY_SHARE,
]);

const NOTHING = new Uint8Array(0);

const HOST_NAME = 0;

/** uncompressed, ansiX962_compressed_prime, ansiX962_compressed_char2: no point is ever computed with. */
const POINT_FORMATS = Uint8Array.of(0, 1, 2);
