/** One server of sslyze's `server_scan_results` → an endpoint, its certificates and groups. */

import { isIP } from 'node:net';
import { TLS1_3 } from '../../../tls/versions.ts';
import type { ForeignEndpoint, ForeignItem } from '../adapter.ts';
import { listAt, part, portAt, textAt } from '../json-stream/json-access.ts';
import type { JsonValue } from '../json-stream/json-events.ts';
import { namedEntry } from '../named-entry.ts';
import { certificatesOf, chainBySuite, type ShownChain } from '../shown-chain.ts';
import { suiteNumber } from '../spelled-names.ts';
import { isTargetName, reasonWords, toolWords } from '../tool-words.ts';
import {
  acceptedHandshake,
  failedHandshake,
  noMailPort,
  type Service,
  unknownCounts,
  unknownEndpoint,
} from '../unknown-endpoint.ts';
import { type Deployments, deployments } from './deployments.ts';
import type { DhGroup } from './dh-group.ts';
import { curves, facts, versionNumber } from './facts.ts';
import { failureOf } from './failure.ts';
import { type SuiteAnswers, suiteAnswers } from './suite-answers.ts';

export interface ServerResult {
  items: ForeignItem[];
  /** Why there is no endpoint, or what of it could not be read; null where all could. */
  reason: string | null;
  /** Version and suites that it was asked about. */
  offered: readonly (readonly [number, readonly number[]])[];
}

/** `nominal`: the operator's port, for servers on a port that is none of the mail ports. */
export function serverResult(result: JsonValue, nominal: number | null): ServerResult {
  const target = textAt(result, 'server_location', 'hostname');
  const connect_port = portAt(result, 'server_location', 'port');
  if (!isTargetName(target) || connect_port === null)
    return unreadable('no host name and port in server_location');
  const service = serviceOf(result);
  if (service === null) return unreadable('a protocol that is none of mail');
  const ip = textAt(result, 'server_location', 'ip_address');
  const endpoint = unknownEndpoint({ target, ip, connect_port }, service, nominal);
  if (endpoint === null) return unreadable(noMailPort(connect_port));
  endpoint.host = serverName(result) ?? endpoint.host;
  const status = textAt(result, 'connectivity_status');
  if (status !== 'COMPLETED' && status !== 'ERROR') return unreadable('no connectivity_status that is known');
  if (status === 'ERROR') return withoutAnswers(endpoint, textAt(result, 'connectivity_error_trace'));
  return withAnswers(endpoint, result);
}

/** One of `invalid_server_strings`: what was not scanned. */
export function invalidServer(entry: JsonValue, nominal: number | null): ServerResult {
  const written = textAt(entry, 'server_string') ?? '';
  const message = textAt(entry, 'error_message') ?? '';
  const [, target = '', port] = /^\[?([^\s{}[\]]{1,253})\]?:(\d{1,5})(?:\{.{0,300}\})?$/.exec(written) ?? [];
  const isUnresolved = /resolve|lookup/i.test(message.slice(0, 1000));
  if (!isTargetName(target) || !isUnresolved) return unreadable(reasonWords(`not scanned: ${message}`));
  const place = { target, ip: null, connect_port: Number(port) };
  const endpoint = unknownEndpoint(place, { protocol: null, tls_mode: null }, nominal);
  if (endpoint === null) return unreadable(noMailPort(place.connect_port));
  const failure = { error_kind: 'name_not_resolved', error_detail: toolWords('sslyze', message) } as const;
  return { items: [{ kind: 'endpoint', record: { ...endpoint, ...failure } }], reason: null, offered: [] };
}

function unreadable(reason: string): ServerResult {
  return { items: [], reason, offered: [] };
}

/** Null for STARTTLS of another protocol than mail's. */
function serviceOf(result: JsonValue): Service | null {
  const said = textAt(result, 'network_configuration', 'tls_opportunistic_encryption');
  if (said === null) return { protocol: null, tls_mode: 'implicit' };
  const protocol = namedEntry(PROTOCOLS, said);
  return protocol === undefined ? null : { protocol, tls_mode: 'starttls' };
}

/** The name that it asked for, where it is one (--sni); sslyze asks for addresses too. */
function serverName(result: JsonValue): string | null {
  const name = textAt(result, 'network_configuration', 'tls_server_name_indication');
  return isTargetName(name) && isIP(name) === 0 ? name : null;
}

function withoutAnswers(endpoint: ForeignEndpoint, trace: string | null): ServerResult {
  const { starttls_offered, starttls_accepted, ...failure } = failureOf(trace);
  const said = endpoint.tls_mode === 'starttls' ? { starttls_offered, starttls_accepted } : {};
  const dialogue = { ...endpoint.dialogue, ...said };
  const record: ForeignEndpoint = { ...endpoint, ...failure, dialogue };
  if (failure.outcome === 'no_starttls') record.stop_reason = 'no_starttls';
  return { items: [{ kind: 'endpoint', record }], reason: null, offered: [] };
}

function withAnswers(endpoint: ForeignEndpoint, result: JsonValue): ServerResult {
  const scan = part(result, 'scan_result');
  const answers = allAnswers(scan);
  const shown = deployments(part(scan, 'certificate_info', 'result'));
  const record = answeredRecord(endpoint, result, answers, shown);
  const certificates = certificatesOf(allChains(shown));
  const items: ForeignItem[] = [
    ...certificates.map((der) => ({ kind: 'certificate', der }) as const),
    ...distinctGroups(answers).map(
      ({ prime, generator }) => ({ kind: 'dh_group', prime, generator }) as const,
    ),
    { kind: 'endpoint', record },
  ];
  return {
    items,
    reason: shown.unreadable.length > 0 ? 'a certificate that is no PEM' : null,
    offered: answers.map(({ counts, offered }) => [counts.version, offered]),
  };
}

function answeredRecord(
  endpoint: ForeignEndpoint,
  result: JsonValue,
  answers: readonly SuiteAnswers[],
  shown: Deployments,
): ForeignEndpoint {
  const scan = part(result, 'scan_result');
  const highest = versionNumber(textAt(result, 'connectivity_result', 'highest_tls_version_supported'));
  const suite = textAt(result, 'connectivity_result', 'cipher_suite_supported') ?? '';
  const record: ForeignEndpoint = {
    ...endpoint,
    ...handshakesOf(answers, shown),
    dialogue: dialogueOf(endpoint),
    chains: chainsOf(shown),
    groups: curves(scan, highest),
  };
  if (highest !== null) addProbe(record, highest, suiteNumber(suite, highest));
  const accepted = record.handshakes.filter(({ outcome }) => outcome === 'accepted');
  const accepting = new Set(accepted.map(({ version }) => version));
  const said = { ...facts(scan, highest, accepting), ...namelessChain(record, shown) };
  return { ...record, facts: { ...record.facts, ...said }, ...outcomeOf(record) };
}

/** Of each version that sslyze was told to ask about; a command that failed is an error of that version. */
function allAnswers(scan: JsonValue): SuiteAnswers[] {
  const isAlive = COMMANDS.some(
    ([command]) => listAt(scan, command, 'result', 'accepted_cipher_suites').length > 0,
  );
  return COMMANDS.flatMap(([command, version]) => {
    const status = textAt(scan, command, 'status');
    if (status === 'COMPLETED') return [suiteAnswers(version, part(scan, command, 'result'), isAlive)];
    return status === 'ERROR' ? [failedCommand(version, part(scan, command))] : [];
  });
}

function failedCommand(version: number, command: JsonValue): SuiteAnswers {
  const { error_kind, error_detail } = failureOf(textAt(command, 'error_trace'));
  const handshake = failedHandshake(version, null, {
    error_kind: error_kind ?? 'starttls_refused',
    error_detail,
  });
  return {
    ...{ counts: unknownCounts(version), handshakes: [handshake] },
    ...{ rejections: [], groups: [], offered: [] },
  };
}

function handshakesOf(
  answers: readonly SuiteAnswers[],
  { chains }: Deployments,
): Pick<ForeignEndpoint, 'versions' | 'handshakes' | 'rejections'> {
  const chainId = chainBySuite(chains);
  const handshakes = answers
    .flatMap((one) => one.handshakes)
    .map((handshake) => ({ ...handshake, chain_id: chainId(handshake) }));
  return {
    versions: answers.map(({ counts }) => counts),
    handshakes,
    rejections: answers.flatMap(({ rejections }) => rejections),
  };
}

/**
 * The handshake by which sslyze saw that there is TLS, where it was told to ask about none of its version's suites, or says that none
 * was accepted: then it contradicts itself, and no count of that version holds.
 */
function addProbe({ handshakes, versions }: ForeignEndpoint, version: number, suite: number | null): void {
  if (handshakes.some((one) => one.version === version && one.outcome === 'accepted')) return;
  const place = versions.findIndex((one) => one.version === version);
  versions.splice(place === -1 ? versions.length : place, 1, unknownCounts(version));
  handshakes.push(acceptedHandshake(version, suite));
}

function outcomeOf({
  handshakes,
  rejections,
}: ForeignEndpoint): Pick<ForeignEndpoint, 'outcome' | 'error_kind' | 'error_detail'> {
  const none = { error_kind: null, error_detail: null };
  if (handshakes.some(({ outcome }) => outcome === 'accepted')) return { outcome: 'tls', ...none };
  if (rejections.length > 0) return { outcome: 'tls_rejected', ...none };
  const first = handshakes[0];
  const error_kind = first?.error_kind ?? 'protocol_error';
  return { outcome: 'error', error_kind, error_detail: first?.error_detail ?? null };
}

function chainsOf(shown: Deployments): ForeignEndpoint['chains'] {
  const all = new Map(allChains(shown).map((chain) => [chain.chain_id, chain]));
  return [...all.values()].map(({ chain_id, certificates }) => ({ chain_id, certificates }));
}

function allChains({ chains, nameless }: Deployments): ShownChain[] {
  return nameless === null ? chains : [...chains, nameless];
}

/** Like the scanner: only where there is a name to leave away. */
function namelessChain(
  { host }: ForeignEndpoint,
  { nameless }: Deployments,
): Pick<ForeignEndpoint['facts'], 'chains_by_name'> {
  const isKnown = host !== null && nameless !== null;
  return { chains_by_name: isKnown ? [{ server_name: null, chain_id: nameless.chain_id }] : [] };
}

/** sslyze came as far as TLS. Whether STARTTLS was offered only sslyze 6 looks, and only with SMTP: it does not say so. */
function dialogueOf({ dialogue, tls_mode }: ForeignEndpoint): ForeignEndpoint['dialogue'] {
  return tls_mode === 'implicit' ? dialogue : { ...dialogue, starttls_accepted: true };
}

function distinctGroups(answers: readonly SuiteAnswers[]): DhGroup[] {
  const all = answers.flatMap(({ groups }) => groups);
  return [...new Map(all.map((group) => [group.dh_group_id, group])).values()];
}

const PROTOCOLS: Readonly<Record<string, 'smtp' | 'imap' | 'pop3'>> = {
  SMTP: 'smtp',
  IMAP: 'imap',
  POP3: 'pop3',
};

/** Highest first, as the scanner asks. */
const COMMANDS = [
  ['tls_1_2_cipher_suites', 771],
  ['tls_1_3_cipher_suites', TLS1_3],
  ['tls_1_1_cipher_suites', 770],
  ['tls_1_0_cipher_suites', 769],
  ['ssl_3_0_cipher_suites', 768],
  ['ssl_2_0_cipher_suites', 2],
] as const;
