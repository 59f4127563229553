/**
 * What sslyze says of an endpoint beside suites and certificates → facts. Where sslyze assumes an answer (a server of TLS 1.3
 * only is secure against what older versions suffer from) the fact is null: nobody asked.
 */

import { TLS1_2, TLS1_3, VERSIONS } from '../../../tls/versions.ts';
import type { ForeignEndpoint } from '../adapter.ts';
import { booleanAt, listAt, part, textAt } from '../json-stream/json-access.ts';
import type { JsonValue } from '../json-stream/json-events.ts';
import { namedEntry } from '../named-entry.ts';
import { groupNamed } from '../spelled-names.ts';

type Facts = Pick<
  ForeignEndpoint['facts'],
  | 'compression'
  | 'secure_renegotiation'
  | 'extended_master_secret'
  | 'fallback_scsv'
  | 'ocsp_stapling'
  | 'session_id_resumption'
  | 'session_ticket_resumption'
>;

/** `scan`: its `scan_result`. `highest`: the version it found best; `accepting`: versions with an accepted suite. */
export function facts(scan: JsonValue, highest: number | null, accepting: ReadonlySet<number>): Facts {
  // Below TLS 1.3 it asks at the best version, else at TLS 1.2: refused there, it assumes the answer.
  const isAsked = highest !== null && (highest < TLS1_3 || accepting.has(TLS1_2));
  const resumption = ['session_resumption', 'result'];
  return {
    compression: isAsked ? booleanAt(scan, 'tls_compression', 'result', 'supports_compression') : null,
    secure_renegotiation: isAsked
      ? booleanAt(scan, 'session_renegotiation', 'result', 'supports_secure_renegotiation')
      : null,
    extended_master_secret:
      highest === null || highest === TLS1_3
        ? null
        : booleanAt(scan, 'tls_extended_master_secret', 'result', 'supports_ems_extension'),
    fallback_scsv: fallbackScsv(scan, highest, accepting),
    ocsp_stapling: ocspStapling(scan),
    session_id_resumption: resumed(textAt(scan, ...resumption, 'session_id_resumption_result')),
    session_ticket_resumption: resumed(textAt(scan, ...resumption, 'tls_ticket_resumption_result')),
  };
}

/**
 * Curves, at the version that sslyze found best. What it calls rejected may be a timeout, or a curve that it can't ask about there:
 * errors. Empty where it did not ask.
 */
export function curves(scan: JsonValue, highest: number | null): ForeignEndpoint['groups'] {
  const names = (list: string) => listAt(scan, 'elliptic_curves', 'result', list).map(curveNumber);
  const [accepted, refused] = [names('supported_curves'), names('rejected_curves')];
  if (highest === null || accepted.length + refused.length === 0) return [];
  const known = [...new Set(accepted.filter((code) => code !== undefined))];
  const offered = known.length + refused.length;
  return [{ version: highest, offered, accepted: known, rejected: 0, errors: refused.length }];
}

/** `TLS_1_2` and the like, as sslyze writes them. */
export function versionNumber(name: string | null): number | null {
  const place = ['SSL_2_0', 'SSL_3_0', 'TLS_1_0', 'TLS_1_1', 'TLS_1_2', 'TLS_1_3'].indexOf(name ?? '');
  return VERSIONS[place] ?? null;
}

/** It asks one version below the best (TLS 1.1 at most), and takes any refusal for a yes. */
function fallbackScsv(
  scan: JsonValue,
  highest: number | null,
  accepting: ReadonlySet<number>,
): boolean | null {
  const said = booleanAt(scan, 'tls_fallback_scsv', 'result', 'supports_fallback_scsv');
  const asked = Math.min(highest ?? 0, TLS1_2) - 1;
  return said === true && !accepting.has(asked) ? null : said;
}

function ocspStapling(scan: JsonValue): boolean | null {
  const deployments = listAt(scan, 'certificate_info', 'result', 'certificate_deployments');
  if (deployments.length === 0) return null;
  return deployments.some((one) => part(one, 'ocsp_response') !== null);
}

function resumed(said: string | null): boolean | null {
  return said === null ? null : (namedEntry(RESUMPTION, said) ?? null);
}

function curveNumber(one: JsonValue): number | undefined {
  return groupNamed(textAt(one, 'name') ?? '')?.code;
}

const RESUMPTION: Readonly<Record<string, boolean>> = {
  FULLY_SUPPORTED: true,
  PARTIALLY_SUPPORTED: true,
  NOT_SUPPORTED: false,
};
