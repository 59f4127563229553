/**
 * One endpoint from first connection to record: its versions one after the other, controls for silent refusals,
 * TLS 1.3 groups and chain. Common versions come first, so that a dead endpoint costs few connections.
 */
import type {
  DhGroupRecord,
  EndpointOutcome,
  EndpointRecord,
  ErrorKind,
  GroupCounts,
} from '../formats/raw-record.ts';
import { RAW_FORMAT_VERSION } from '../formats/raw-record.ts';
import { SSL2, SSL3, TLS1_3 } from '../tls/index.ts';
import type { Endpoint } from './endpoints.ts';
import { probeGroups, x25519Share } from './group-probe.ts';
import { ECDH_GROUPS, GROUPS_1_3 } from './offer-lists.ts';
import { EndpointSession, type Question, type ScanContext } from './session.ts';
import { fetchChain } from './tls13-chain.ts';
import { VersionProbe } from './version-probe.ts';
import { VersionTally } from './version-tally.ts';

/** What goes into the part files for one endpoint. */
export interface EndpointResult {
  record: EndpointRecord;
  /** DER by SHA-256. */
  certificates: ReadonlyMap<string, Uint8Array>;
  dhGroups: ReadonlyMap<string, DhGroupRecord>;
}

/** After so many versions in a row without any answer the rest is not asked. */
const DEAD_VERSIONS = 2;

export async function probeEndpoint(
  endpoint: Endpoint,
  context: ScanContext,
  scanId: string,
): Promise<EndpointResult> {
  const { clock } = context.world;
  const [startedAt, started] = [clock.now(), clock.monotonic()];
  const session = new EndpointSession(endpoint, context);
  const tallies = [...context.suites].map(([version, suites]) => new VersionTally(version, suites));
  const groups: GroupCounts[] = [];
  if (endpoint.refused) session.stop(endpoint.refused.error_kind, endpoint.refused.error_detail);
  else await probeVersions(session, tallies, groups);
  const times = {
    started_at: new Date(startedAt).toISOString(),
    duration_ms: Math.round(clock.monotonic() - started),
  };
  const record = makeRecord(session, tallies, groups, { scan_id: scanId, ...times });
  return { record, certificates: session.evidence.certificates, dhGroups: session.evidence.dhGroups };
}

async function probeVersions(
  session: EndpointSession,
  tallies: VersionTally[],
  groups: GroupCounts[],
): Promise<void> {
  let dead = 0;
  const probes: VersionProbe[] = [];
  for (const tally of tallies) {
    if (session.stopped) break;
    const probe = new VersionProbe(session, tally, extensionsOf(tally.version, session));
    if (session.context.options.strategy === 'exhaustive') await probe.exhaustive();
    else await probe.adaptive();
    probes.push(probe);
    if (session.hasAccepted) await settle(probes);
    dead = tally.answered ? 0 : dead + deathsIn(session, tally);
    if (dead >= DEAD_VERSIONS) session.stop(...lastError(tally));
    if (tally.version === TLS1_3 && tally.acceptedSuites.length > 0) await probeTls13(session, tally, groups);
  }
  await settle(probes);
}

/** Before anything was accepted there is no control: silences wait. The newest come first, their control is due. */
async function settle(probes: readonly VersionProbe[]): Promise<void> {
  for (const probe of [...probes].reverse()) await probe.settle();
}

function extensionsOf(
  version: number,
  session: EndpointSession,
): Pick<Question, 'named_groups' | 'key_shares'> {
  if (version === TLS1_3) {
    return { named_groups: GROUPS_1_3, key_shares: x25519Share(session.context.world.randomBytes) };
  }
  return { named_groups: version === SSL2 || version === SSL3 ? [] : ECDH_GROUPS };
}

/** A version without any answer is one death; nonsense instead of TLS counts for two: it won't get better. */
function deathsIn(session: EndpointSession, tally: VersionTally): number {
  const kind = tally.handshakeRecords.at(-1)?.error_kind;
  if (kind === 'protocol_error' && !session.hasAccepted) return DEAD_VERSIONS;
  return kind?.endsWith('_timeout') ? 1 : 0;
}

function lastError(tally: VersionTally): Parameters<EndpointSession['stop']> {
  const { error_kind, error_detail } = tally.handshakeRecords.at(-1)!;
  return [error_kind!, error_detail ?? ''];
}

async function probeTls13(
  session: EndpointSession,
  tally: VersionTally,
  groups: GroupCounts[],
): Promise<void> {
  const onHello = () => tally.handshakes++;
  groups.push(await probeGroups(session, tally.acceptedSuites, GROUPS_1_3, onHello));
  const suite = tally.acceptedSuites[0]!;
  const certificates = await fetchChain(session, suite, onHello);
  if (!certificates) return;
  const record = tally.handshakeRecords.find((one) => one.cipher_suite === suite)!;
  record.chain_id = session.evidence.chain(certificates, (what) => {
    record.error_detail = [record.error_detail, what].filter((text) => text !== null).join('; ');
  });
}

type Times = Pick<EndpointRecord, 'scan_id' | 'started_at' | 'duration_ms'>;

function makeRecord(
  session: EndpointSession,
  tallies: VersionTally[],
  groups: GroupCounts[],
  times: Times,
): EndpointRecord {
  const { endpoint, evidence } = session;
  const { port, protocol, tls_mode } = endpoint.service;
  return {
    format_version: RAW_FORMAT_VERSION,
    scan_id: times.scan_id,
    endpoint_id: endpoint.endpoint_id,
    target: endpoint.target,
    host: endpoint.host,
    ip: endpoint.ip,
    port,
    connect_port: endpoint.connect_port,
    protocol,
    tls_mode,
    started_at: times.started_at,
    duration_ms: times.duration_ms,
    ...judgeEndpoint(session, tallies),
    dialogue: session.dialogue,
    versions: tallies.map((tally) => tally.counts()),
    handshakes: tallies.flatMap((tally) => tally.handshakeRecords),
    rejections: tallies.flatMap((tally) => tally.rejections),
    groups,
    chains: [...evidence.chains].map(([chain_id, certificates]) => ({ chain_id, certificates })),
  };
}

type Outcome = Pick<EndpointRecord, 'outcome' | 'error_kind' | 'error_detail'>;

function judgeEndpoint(session: EndpointSession, tallies: VersionTally[]): Outcome {
  const { hasAccepted, stopped } = session;
  if (hasAccepted) return outcome('tls');
  if (tallies.some((tally) => tally.answered)) return outcome('tls_rejected');
  if (stopped?.error_kind === 'no_starttls') return outcome('no_starttls', stopped.error_detail);
  const first = tallies.flatMap((tally) => tally.handshakeRecords)[0];
  const { error_kind, error_detail } = stopped ?? first!;
  return { outcome: 'error', error_kind: error_kind as ErrorKind, error_detail };
}

function outcome(outcome: EndpointOutcome, error_detail: string | null = null): Outcome {
  return { outcome, error_kind: null, error_detail };
}
