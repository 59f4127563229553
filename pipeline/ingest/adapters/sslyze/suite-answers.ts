/**
 * sslyze's part about the suites of one version → counts, handshakes and rejections. What it calls rejected may be a timeout, or a
 * complaint of its own about what the server sent: those are errors here. A connection that was closed or reset after the hello
 * is a rejection only where the same server accepted something: sslyze has no control handshake of its own.
 */

import { sha256Hex } from '../../../base/hex.ts';
import type { ErrorKind, Rejection } from '../../../formats/raw-record.ts';
import type { ForeignHandshake, ForeignVersionCounts } from '../adapter.ts';
import { listAt, part, textAt } from '../json-stream/json-access.ts';
import type { JsonValue } from '../json-stream/json-events.ts';
import { namedEntry } from '../named-entry.ts';
import { groupNamed, suiteNumber } from '../spelled-names.ts';
import { toolWords } from '../tool-words.ts';
import { acceptedHandshake, failedHandshake } from '../unknown-endpoint.ts';
import { type DhGroup, dhGroup } from './dh-group.ts';

/** What a version's part says. */
export interface SuiteAnswers {
  counts: ForeignVersionCounts;
  handshakes: ForeignHandshake[];
  rejections: Rejection[];
  groups: DhGroup[];
  /** Suites that were asked about, where their numbers are known. */
  offered: number[];
}

/** `result` of a scan command for the suites of `version`. `isAlive`: the server accepted some suite of some version. */
export function suiteAnswers(version: number, result: JsonValue, isAlive: boolean): SuiteAnswers {
  const accepted = listAt(result, 'accepted_cipher_suites').map((one) => acceptedSuite(version, one));
  const known = distinctSuites(accepted.map(({ handshake }) => handshake));
  const rejectedSuites = listAt(result, 'rejected_cipher_suites');
  const refused = rejectedSuites.map((one) => refusedSuite(version, one, isAlive));
  const asked = [
    ...known.map(({ cipher_suite }) => cipher_suite),
    ...rejectedSuites.map((one) => suiteOf(version, one)),
  ];
  const failures = refused.flatMap(({ failure }) => (failure === null ? [] : [failure]));
  const rejections = summed(refused.flatMap(({ rejection }) => (rejection === null ? [] : [rejection])));
  const rejected = refused.length - failures.length;
  return {
    counts: {
      ...{ version, offered: known.length + refused.length, accepted: known.length, rejected },
      ...{
        errors: failures.length,
        not_tested: 0,
        inferred_accepted: 0,
        inferred_rejected: 0,
        handshakes: null,
        handshake_completed: null,
      },
    },
    handshakes: [...known, ...failures],
    rejections,
    groups: accepted.flatMap(({ group }) => (group === null ? [] : [group])),
    offered: asked.filter((suite) => suite !== null),
  };
}

function acceptedSuite(
  version: number,
  one: JsonValue,
): { handshake: ForeignHandshake; group: DhGroup | null } {
  const suite = suiteOf(version, one);
  const key = part(one, 'ephemeral_key');
  const group = dhGroup(textAt(key, 'prime'), textAt(key, 'generator'));
  const handshake = {
    ...acceptedHandshake(version, suite),
    error_detail: suite === null ? toolWords('sslyze', `a suite of unknown number: ${nameOf(one)}`) : null,
    ...(group === null ? curveKey(key) : { dh_group_id: group.dh_group_id, key_bits: group.bits }),
  };
  return { handshake, group };
}

function curveKey(key: JsonValue): Pick<ForeignHandshake, 'named_group' | 'key_bits' | 'public_key_sha256'> {
  const group = groupNamed(textAt(key, 'curve_name') ?? '');
  const point = textAt(key, 'public_bytes');
  const isKnown = group !== undefined && point !== null;
  return {
    named_group: group?.code ?? null,
    key_bits: group?.bits ?? null,
    public_key_sha256: isKnown ? sha256Hex(Buffer.from(point, 'base64')) : null,
  };
}

type Refusal = Pick<Rejection, 'version' | 'by' | 'code'>;

/** One of the two is null. */
interface Refused {
  rejection: Refusal | null;
  failure: ForeignHandshake | null;
}

function refusedSuite(version: number, one: JsonValue, isAlive: boolean): Refused {
  const message = (textAt(one, 'error_message') ?? '').trim();
  const { by, code = null, error_kind } = meaningOf(message);
  const isSilent = by === 'close' || by === 'reset';
  if (by !== undefined && (isAlive || !isSilent)) return { rejection: { version, by, code }, failure: null };
  const failure = { error_kind, error_detail: toolWords('sslyze', message) };
  const handshake = failedHandshake(version, suiteOf(version, one), failure);
  return { rejection: null, failure: handshake };
}

interface Meaning {
  by?: Rejection['by'];
  code?: number;
  /** What it is where it is no rejection. */
  error_kind: ErrorKind;
}

function meaningOf(message: string): Meaning {
  const alert = /^TLS alert: (.*)$/.exec(message)?.[1];
  const code = namedEntry(ALERTS, alert?.toLowerCase() ?? '');
  if (code !== undefined) return { by: 'alert', code, error_kind: 'protocol_error' };
  return namedEntry(MESSAGES, message) ?? { error_kind: 'protocol_error' };
}

function suiteOf(version: number, one: JsonValue): number | null {
  const names = [nameOf(one), textAt(one, 'cipher_suite', 'openssl_name') ?? ''];
  return names.map((name) => suiteNumber(name, version)).find((code) => code !== null) ?? null;
}

function nameOf(one: JsonValue): string {
  return (textAt(one, 'cipher_suite', 'name') ?? '').slice(0, 100);
}

/** A suite that stands there twice counts once. */
function distinctSuites(handshakes: readonly ForeignHandshake[]): ForeignHandshake[] {
  const seen = new Set<number>();
  return handshakes.filter(({ cipher_suite }) => {
    if (cipher_suite === null) return true;
    if (seen.has(cipher_suite)) return false;
    seen.add(cipher_suite);
    return true;
  });
}

function summed(refusals: readonly Refusal[]): Rejection[] {
  const sums = new Map<string, Rejection>();
  for (const { version, by, code } of refusals) {
    const key = `${by} ${code}`;
    const sum = sums.get(key) ?? { version, by, code, cipher_suites: 0, confirmed: false, forms: null };
    sums.set(key, { ...sum, cipher_suites: sum.cipher_suites + 1 });
  }
  return [...sums.values()];
}

/** sslyze's words for alerts, in lower case; OpenSSL's paddings and record MACs are errors of its own, not alerts. */
const ALERTS: Readonly<Record<string, number>> = {
  'handshake failure': 40,
  'certificate unknown': 46,
  'illegal parameter': 47,
  'decode error': 50,
  'decrypt error': 51,
  'protocol version': 70,
  'internal error': 80,
};

/** sslyze/connection_helpers/tls_connection.py: what it says for what OpenSSL or the system said. */
const MESSAGES: Readonly<Record<string, Meaning>> = {
  'Server interrupted the TLS handshake': { by: 'close', error_kind: 'closed' },
  'Server closed the connection during the TLS handshake': { by: 'close', error_kind: 'closed' },
  'Server rejected the connection': { by: 'reset', error_kind: 'reset' },
  'TLS error: insufficient security': { by: 'alert', code: 71, error_kind: 'protocol_error' },
  'TLS error: wrong SSL version': { by: 'version', error_kind: 'protocol_error' },
  'TLS error: wrong version number': { by: 'version', error_kind: 'protocol_error' },
  'TLS error: peer error no cipher': { by: 'ssl2_error', code: 1, error_kind: 'protocol_error' },
  'TLS error: no ciphers list': { by: 'not_listed', error_kind: 'protocol_error' },
  'TLS error: no cipher match': { by: 'not_listed', error_kind: 'protocol_error' },
  'Connection to server timed out during the TLS handshake': { error_kind: 'read_timeout' },
};
