/**
 * testssl's findings about suites → accepted suites by version. One a line: `cipher-tls1_2_xc030` (-E, and -P since 3.2). Lists by
 * name: `cipherorder_TLSv1_2`, `supportedciphers_TLSv1_2`. One of several: `cipher_order_TLSv1.2`. What names no version
 * (`cipher_x9d` of -e, `FS_ciphers`) is left out.
 */

import { type NamedGroup, namedGroups } from '../../../formats/datasets.ts';
import type { ForeignHandshake } from '../adapter.ts';
import { namedEntry } from '../named-entry.ts';
import { groupNamed, suiteNumber } from '../spelled-names.ts';
import { toolWords } from '../tool-words.ts';
import { acceptedHandshake } from '../unknown-endpoint.ts';

/** What a finding says of one version. */
export interface SuiteFinding {
  version: number;
  handshakes: ForeignHandshake[];
  /** `line`: more may follow; `list`: these are all; `some`: these are not all. */
  extent: 'line' | 'list' | 'some';
}

/** Undefined where `id` is about something else, or the suite was not accepted (--show-each). */
export function suiteFinding(id: string, finding: string): SuiteFinding | undefined {
  const [, versionName = '', digits] = /^cipher-(\w+?)_x([0-9a-f]{2,6})$/i.exec(id) ?? [];
  const version = namedEntry(VERSIONS, versionName.toLowerCase());
  if (digits !== undefined && version !== undefined) return oneSuite(version, digits, finding);
  const [, kind, name = ''] = /^(cipherorder|supportedciphers|cipher_order)_(.+)$/.exec(id) ?? [];
  const listed = namedEntry(VERSIONS, name.toLowerCase().replace('.', '_').replace('v', ''));
  return kind === undefined || listed === undefined ? undefined : suiteList(listed, kind, finding);
}

function oneSuite(version: number, digits: string, finding: string): SuiteFinding | undefined {
  if (/not a\/v\s*$/.test(finding)) return undefined;
  const [, exchange, bits] = /\s(ECDH|DH|RSA)[ (](\d{2,5})\)?\s/.exec(finding) ?? [];
  const handshake = acceptedHandshake(version, Number.parseInt(digits, 16));
  const key =
    exchange === 'ECDH' ? curveKey(Number(bits)) : { key_bits: bits === undefined ? null : Number(bits) };
  return { version, handshakes: [{ ...handshake, ...key }], extent: 'line' };
}

/** A size names the curve where there is but one of it. OpenSSL counts 253 bits for X25519. */
function curveKey(bits: number): Pick<ForeignHandshake, 'key_bits'> & Partial<ForeignHandshake> {
  const group = bits === 253 ? groupNamed('x25519') : onlyCurveOf(bits);
  return group ? { named_group: group.code, key_bits: group.bits } : { key_bits: bits };
}

function onlyCurveOf(bits: number): NamedGroup | undefined {
  const [first, second] = namedGroups().filter((group) => group.kind === 'ecdh' && group.bits === bits);
  return second === undefined ? first : undefined;
}

function suiteList(version: number, kind: string, finding: string): SuiteFinding | undefined {
  const isOne = kind === 'cipher_order';
  const names = isOne ? [/^(\S+) +at /.exec(finding)?.[1] ?? ''] : finding.split(/\s+/);
  const known = names.filter((name) => /^[\w-]{3,80}$/.test(name)).slice(0, MAX_SUITES);
  if (known.length === 0) return undefined;
  const handshakes = known.map((name) => {
    const suite = suiteNumber(name, version);
    const error_detail = suite === null ? toolWords('testssl', `a suite of unknown number: ${name}`) : null;
    return { ...acceptedHandshake(version, suite), error_detail };
  });
  return { version, handshakes, extent: isOne ? 'some' : 'list' };
}

/** As they stand in ids, in lower case, dots as underscores and without `v`. */
const VERSIONS: Readonly<Record<string, number>> = {
  ssl2: 2,
  sslv2: 2,
  ssl3: 768,
  sslv3: 768,
  tls1: 769,
  tls1_0: 769,
  tls1_1: 770,
  tls1_2: 771,
  tls1_3: 772,
};

const MAX_SUITES = 1000;
