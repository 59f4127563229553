/** What was found out about an endpoint, as the record of it (docs/raw-record.md); what became of it as a whole. */
import {
  type EndpointOutcome,
  type EndpointRecord,
  type ErrorKind,
  RAW_FORMAT_VERSION,
} from '../formats/raw-record.ts';
import type { Findings } from './probes/index.ts';
import type { EndpointSession } from './session.ts';
import type { VersionTally } from './version-tally.ts';

export interface Probed {
  session: EndpointSession;
  tallies: readonly VersionTally[];
  findings: Findings;
  inference_checks: EndpointRecord['inference_checks'];
}

export function makeRecord(
  { session, tallies, findings, inference_checks }: Probed,
  when: Pick<EndpointRecord, 'scan_id' | 'started_at' | 'duration_ms'>,
): EndpointRecord {
  const { endpoint, evidence, stopped, skipped } = session;
  const { port, protocol, tls_mode } = endpoint.service;
  return {
    format_version: RAW_FORMAT_VERSION,
    scan_id: when.scan_id,
    endpoint_id: endpoint.endpoint_id,
    target: endpoint.target,
    host: endpoint.host,
    ip: endpoint.ip,
    port,
    connect_port: endpoint.connect_port,
    protocol,
    tls_mode,
    started_at: when.started_at,
    duration_ms: when.duration_ms,
    ...judgeEndpoint(session, tallies),
    stop_reason: (stopped ?? skipped)?.reason ?? null,
    stop_detail: (stopped ?? skipped)?.detail ?? null,
    dialogue: session.dialogue,
    secured_dialogue: findings.secured_dialogue,
    versions: tallies.map((tally) => tally.counts()),
    handshakes: tallies.flatMap((tally) => tally.handshakeRecords),
    rejections: tallies.flatMap((tally) => tally.rejections),
    hello_tolerance: session.reachedTls ? session.tolerance.record() : null,
    contradictions: [...session.contradictions],
    inferred_suites: tallies.flatMap((tally) => tally.inferred),
    inference_checks,
    groups: findings.groups,
    signature_schemes: findings.signature_schemes,
    facts: findings.facts,
    effort: session.effort,
    chains: [...evidence.chains].map(([chain_id, certificates]) => ({ chain_id, certificates })),
  };
}

type Outcome = Pick<EndpointRecord, 'outcome' | 'error_kind' | 'error_detail'>;

function judgeEndpoint(session: EndpointSession, tallies: readonly VersionTally[]): Outcome {
  const { hasAccepted, stopped, gone, lastFailure } = session;
  if (hasAccepted) return outcome('tls');
  if (tallies.some((tally) => tally.answered)) return outcome('tls_rejected');
  if (gone?.error_kind === 'no_starttls') return outcome('no_starttls', gone.error_detail);
  const first = tallies.flatMap((tally) => tally.handshakeRecords)[0];
  const cause = gone ?? first ?? lastFailure;
  if (cause) {
    return { outcome: 'error', error_kind: cause.error_kind as ErrorKind, error_detail: cause.error_detail };
  }
  // A budget was used up before its first question.
  return { outcome: 'error', error_kind: 'local_failure', error_detail: stopped?.detail ?? null };
}

function outcome(outcome: EndpointOutcome, error_detail: string | null = null): Outcome {
  return { outcome, error_kind: null, error_detail };
}
