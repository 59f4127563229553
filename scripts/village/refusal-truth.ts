/**
 * How a villager refuses, derived from its configuration alone: what a hello gets of which nothing is accepted. OpenSSL's ways
 * are its own (ssl/statem/statem_lib.c, ssl_choose_server_version; s3_enc.c, ssl3_alert_code), the scripted peers' their spec's.
 */
import type { Rejection } from '../../pipeline/formats/raw-record.ts';
import type { EndpointSpec, LegacySpec, RealTlsSpec } from './endpoint-spec.ts';
import { carries } from './suites.ts';
import { isBroken } from './truth.ts';

export type RefusalWay = Pick<Rejection, 'by' | 'code'>;

/** The answer to a hello of `version` with `suites`, none of which is accepted there; undefined where that is none of TLS. */
export function refusalWay(
  { server }: Pick<EndpointSpec, 'server'>,
  version: number,
  suites: readonly number[],
): RefusalWay | undefined {
  if (server.kind === 'real') return realWay(server, version, suites);
  if (server.kind === 'legacy') return legacyWay(server, version, suites);
  return server.behaviour === 'alert_always' ? HANDSHAKE_FAILURE : undefined;
}

function realWay(server: RealTlsSpec, version: number, suites: readonly number[]): RefusalWay {
  if (version === SSL2) return PROTOCOL_VERSION;
  // SSLv3 has no protocol_version: OpenSSL says handshake_failure in its place.
  if (version === SSL3) return HANDSHAKE_FAILURE;
  if (version === TLS1_3 && !server.versions.includes(TLS1_3)) return PROTOCOL_VERSION;
  return lowerWay(server, version, suites) ?? PROTOCOL_VERSION;
}

function legacyWay(server: LegacySpec, version: number, suites: readonly number[]): RefusalWay | undefined {
  const unsupported = server.when_unsupported === 'close' ? CLOSE : PROTOCOL_VERSION;
  if (version === SSL2) return server.ssl2_kinds ? NOT_LISTED : unsupported;
  if (isBroken(server, version)) return undefined;
  // Of TLS 1.3 it sees the version that stands in the old place.
  return lowerWay(server, Math.min(version, TLS1_2), suites, version) ?? unsupported;
}

/** By the highest version that is no higher than the hello's; undefined where there is none. */
function lowerWay(
  { versions, suites: own }: Pick<RealTlsSpec, 'versions' | 'suites'>,
  highest: number,
  suites: readonly number[],
  offered = highest,
): RefusalWay | undefined {
  const chosen = versions.filter((version) => version <= highest).at(-1);
  if (chosen === undefined) return undefined;
  const isTaken = own.some((suite) => suites.includes(suite) && carries(chosen, suite));
  return isTaken && chosen !== offered ? { by: 'version', code: chosen } : HANDSHAKE_FAILURE;
}

const SSL2 = 0x0002;
const SSL3 = 0x0300;
const TLS1_2 = 0x0303;
const TLS1_3 = 0x0304;
const HANDSHAKE_FAILURE: RefusalWay = { by: 'alert', code: 40 };
const PROTOCOL_VERSION: RefusalWay = { by: 'alert', code: 70 };
const CLOSE: RefusalWay = { by: 'close', code: null };
const NOT_LISTED: RefusalWay = { by: 'not_listed', code: null };
