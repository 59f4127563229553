/**
 * One endpoint from first connection to record: its versions one after the other, controls for silent refusals, then
 * the probes. Common versions come first, so that a dead endpoint costs few connections.
 */
import type { DhGroupRecord, EndpointRecord } from '../formats/raw-record.ts';
import { attemptClassical } from './classical-attempt.ts';
import { makeRecord, type Probed } from './endpoint-record.ts';
import { predict } from './predictive/predictive-probe.ts';
import { noFindings, noteChainNotAsked, noteLongHellos, observeFacts, runProbe } from './probes/index.ts';
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

/** After so many versions in a row without any answer the rest is asked in one more form, then not at all. */
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
  const { predictions, world } = session.context;
  const probes = tallies.map(
    (tally) => new VersionProbe(session, tally, standardGroups(tally.version, world.randomBytes)),
  );
  const predicted = predictions && (await predict(session, probes, predictions, seed));
  if (predicted) probed.inference_checks = predicted.checks;
  await probeVersions(session, probes, predicted?.left);
  noteLongHellos(findings.facts, session.tolerance);
  noteChainNotAsked(findings.facts, tallies);
  for (const probe of session.context.probes) {
    if (session.hasAccepted && !session.stopped) await runProbe(probe, session, tallies, findings);
  }
  // What probes were accepted shows that the server is still there.
  for (const probe of probes) await probe.finish();
}

/** `left`: suites of each version that nothing is known of yet; all of them by default. */
async function probeVersions(
  session: EndpointSession,
  probes: readonly VersionProbe[],
  left?: ReadonlyMap<number, readonly number[]>,
): Promise<void> {
  let dead = 0;
  let isAttempted = false;
  const attempt = async (): Promise<boolean> => {
    if (isAttempted) return false;
    isAttempted = true;
    return attemptClassical(session, probes);
  };
  for (const probe of probes) {
    if (session.stopped) break;
    if (probe.isDone) continue;
    if (session.context.options.strategy === 'exhaustive') await probe.exhaustive();
    else await probe.adaptive(left?.get(probe.tally.version));
    if (session.hasAccepted) await settle(probes);
    dead = probe.answered ? 0 : dead + (await deathsIn(session, probe));
    if (dead < DEAD_VERSIONS || session.stopped) continue;
    if (session.hasAccepted || isNonsense(probe) || !(await attempt())) {
      session.stop('unresponsive', lastFailure(probe));
    }
    dead = 0;
  }
  if (!session.hasAccepted && !session.stopped) await attempt();
  await settle(probes);
}

/** The newest come first: their control is due. */
async function settle(probes: readonly VersionProbe[]): Promise<void> {
  for (const probe of probes.toReversed()) await probe.settle();
}

/** A version without any answer is one death, if the server takes no control either; nonsense instead of TLS won't get better. */
async function deathsIn(session: EndpointSession, probe: VersionProbe): Promise<number> {
  if (isNonsense(probe)) return session.hasAccepted ? 0 : DEAD_VERSIONS;
  if (!probe.failure?.error_kind.endsWith('_timeout')) return 0;
  if (!session.hasAccepted) return 1;
  return (await session.control(() => probe.tally.handshakes++)) ? 0 : DEAD_VERSIONS;
}

function isNonsense({ failure }: VersionProbe): boolean {
  return failure?.error_kind === 'protocol_error';
}

function lastFailure({ failure }: VersionProbe): string {
  return failure ? `${failure.error_kind}: ${failure.error_detail}` : 'no answer';
}
