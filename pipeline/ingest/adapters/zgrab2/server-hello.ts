/**
 * `server_hello` as zcrypto/tls writes it (zgrab2's log, and tlsx's with -server-hello) → what a record says of it. Its flags are
 * read where they are true only: it does not say which extensions were offered, and newer versions write false for
 * renegotiation_info and extended_master_secret whatever came.
 */
import { toHex } from '../../../base/hex.ts';
import { TLS1_3 } from '../../../tls/versions.ts';
import type { ForeignEndpoint, ForeignHandshake } from '../adapter.ts';
import { base64At, integerAt } from '../foreign-bytes.ts';
import { booleanAt, listAt, part, textAt } from '../json-stream/json-access.ts';
import type { JsonValue } from '../json-stream/json-events.ts';
import { suiteNumber } from '../spelled-names.ts';

export interface ServerHello {
  version: number;
  /** Null where neither number nor name can be read. */
  cipher_suite: number | null;
  fields: Pick<ForeignHandshake, 'gmt_unix_time' | 'session_id' | 'compression_method'>;
  facts: Partial<ForeignEndpoint['facts']>;
}

/** Null where there is none, or one without a version. */
export function serverHello(hello: JsonValue): ServerHello | null {
  const version = chosenVersion(hello);
  if (version === null) return null;
  const compression_method = numberOf(hello, 0xff, 'compression_method');
  const isOld = version < TLS1_3;
  return {
    version,
    cipher_suite: suiteOf(hello, version),
    fields: {
      ...(isOld ? randomAndSession(hello) : { gmt_unix_time: null, session_id: null }),
      compression_method,
    },
    facts: isOld ? factsOf(hello, compression_method) : {},
  };
}

/** TLS 1.3 stands in supported_versions (RFC 8446, 4.2.1). */
function chosenVersion(hello: JsonValue): number | null {
  const selected = part(hello, 'supported_versions');
  const chosen = [
    numberOf(selected, MOST_VERSION, 'selected_version'),
    numberOf(hello, MOST_VERSION, 'supported_versions'),
    ...(listAt(hello, 'supported_versions').length === 1
      ? [numberOf(listAt(hello, 'supported_versions')[0]!, MOST_VERSION)]
      : []),
    numberOf(hello, MOST_VERSION, 'version'),
  ];
  return chosen.find((version) => version !== null && version > 1) ?? null;
}

function suiteOf(hello: JsonValue, version: number): number | null {
  const number = numberOf(hello, 0xffff, 'cipher_suite');
  const name = textAt(hello, 'cipher_suite', 'name') ?? textAt(hello, 'cipher_suite');
  return number ?? (name === null ? null : suiteNumber(name, version));
}

/** A number, an object with its `value`, or one with its `hex`. */
function numberOf(value: JsonValue, most: number, ...names: string[]): number | null {
  const number = integerAt(value, most, ...names) ?? integerAt(value, most, ...names, 'value');
  const hex = /^0x([0-9A-Fa-f]{1,4})$/.exec(textAt(value, ...names, 'hex') ?? textAt(value, ...names) ?? '');
  return number ?? (hex && Number.parseInt(hex[1]!, 16) <= most ? Number.parseInt(hex[1]!, 16) : null);
}

function randomAndSession(hello: JsonValue): Pick<ForeignHandshake, 'gmt_unix_time' | 'session_id'> {
  const random = base64At(hello, 'random');
  const session = base64At(hello, 'session_id');
  return {
    gmt_unix_time: random !== null && random.length >= 4 ? Buffer.from(random).readUInt32BE(0) : null,
    session_id: session === null || session.length > 32 ? null : toHex(session),
  };
}

function factsOf(hello: JsonValue, compression_method: number | null): ServerHello['facts'] {
  const flags = FLAGS.filter(([name]) => booleanAt(hello, name) === true).map(([, fact]) => [fact, true]);
  return { ...Object.fromEntries(flags), ...(compression_method === DEFLATE ? { compression: true } : {}) };
}

const FLAGS = [
  ['secure_renegotiation', 'secure_renegotiation'],
  ['extended_master_secret', 'extended_master_secret'],
  ['ticket', 'session_ticket'],
  ['heartbeat', 'heartbeat'],
] as const;

/** What the lake's column holds. */
const MOST_VERSION = 0x7fff;
const DEFLATE = 1;
