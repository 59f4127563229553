/**
 * One endpoint from first connection to record: its versions one after the other, controls for silent refusals, then
 * the probes. Common versions come first, so that a dead endpoint costs few connections.
 */
import type { DhGroupRecord, EndpointRecord, ErrorKind } from '../formats/raw-record.ts';
import { makeRecord, type Probed } from './endpoint-record.ts';
import { predict } from './predictive/predictive-probe.ts';
import { noFindings, noteLongHellos, observeFacts, runProbe } from './probes/index.ts';
import type { HostBudget, ScanContext } from './scan-context.ts';
import { EndpointSession } from './session.ts';
import { standardGroups } from './standard-hello.ts';
import type { Endpoint } from './targets/endpoints.ts';
import { VersionProbe } from './version-probe.ts';
import { VersionTally } from './version-tally.ts';

/** What goes into the part files for one endpoint. */
export interface EndpointResult {
  record: EndpointRecord;
  /** DER by SHA-256. */
  certificates: ReadonlyMap<string, Uint8Array>;
  dhGroups: ReadonlyMap<string, DhGroupRecord>;
  /** What the server sent, by SHA-256; empty where that is not kept. */
  flights: ReadonlyMap<string, Uint8Array>;
}

/** After so many versions in a row without any answer the rest is not asked. */
const DEAD_VERSIONS = 2;

export async function probeEndpoint(
  endpoint: Endpoint,
  context: ScanContext,
  scanId: string,
  budget: HostBudget,
): Promise<EndpointResult> {
  const { clock } = context.world;
  const [startedAt, started] = [clock.now(), clock.monotonic()];
  const session = new EndpointSession(endpoint, context, budget);
  const tallies = [...context.suites].map(([version, suites]) => new VersionTally(version, suites));
  const probed: Probed = { session, tallies, findings: noFindings(), inference_checks: [] };
  if (endpoint.refused) session.refuse(endpoint.refused);
  else await probe(probed, `${scanId} ${endpoint.endpoint_id}`);
  const record = makeRecord(probed, {
    scan_id: scanId,
    started_at: new Date(startedAt).toISOString(),
    duration_ms: Math.round(clock.monotonic() - started),
  });
  const { certificates, dhGroups, flights } = session.evidence;
  return { record, certificates, dhGroups, flights };
}

async function probe(probed: Probed, seed: string): Promise<void> {
  const { session, tallies, findings } = probed;
  session.listen(observeFacts(findings.facts));
  const { predictions } = session.context;
  const predicted = predictions && (await predict(session, tallies, predictions, seed));
  if (predicted) probed.inference_checks = predicted.checks;
  await probeVersions(session, tallies, predicted?.left);
  noteLongHellos(findings.facts, tallies);
  for (const probe of session.context.probes) {
    if (session.hasAccepted && !session.stopped) await runProbe(probe, session, tallies, findings);
  }
}

/** `left`: suites of each version that nothing is known of yet; all of them by default. */
async function probeVersions(
  session: EndpointSession,
  tallies: readonly VersionTally[],
  left?: ReadonlyMap<number, readonly number[]>,
): Promise<void> {
  let dead = 0;
  const probes: VersionProbe[] = [];
  for (const tally of tallies) {
    if (session.stopped) break;
    const probe = new VersionProbe(
      session,
      tally,
      standardGroups(tally.version, session.context.world.randomBytes),
    );
    if (session.context.options.strategy === 'exhaustive') await probe.exhaustive();
    else await probe.adaptive(left?.get(tally.version));
    probes.push(probe);
    if (session.hasAccepted) await settle(probes, false);
    dead = tally.answered ? 0 : dead + deathsIn(session, tally);
    if (dead >= DEAD_VERSIONS) session.stop('unresponsive', lastError(tally));
  }
  await settle(probes, true);
}

/** Before anything was accepted there is no control: silences wait. The newest come first, their control is due. */
async function settle(probes: readonly VersionProbe[], end: boolean): Promise<void> {
  for (const probe of probes.filter(({ isOpen }) => isOpen).reverse()) await probe.settle(end);
}

/** A version without any answer is one death; nonsense instead of TLS counts for two: it won't get better. */
function deathsIn(session: EndpointSession, tally: VersionTally): number {
  const kind = tally.handshakeRecords.at(-1)?.error_kind;
  if (kind === 'protocol_error' && !session.hasAccepted) return DEAD_VERSIONS;
  return kind?.endsWith('_timeout') ? 1 : 0;
}

function lastError(tally: VersionTally): string {
  const { error_kind, error_detail } = tally.handshakeRecords.at(-1)!;
  return `${error_kind as ErrorKind}: ${error_detail ?? ''}`;
}
