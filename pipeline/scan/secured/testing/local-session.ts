/** For tests: a session with one server on loopback, and a probe after the suites of some versions, without a whole scan. */
import { mailPort } from '../../../formats/ports.ts';
import { AddressGate } from '../../address-gate.ts';
import { suitesToOffer } from '../../offer-lists.ts';
import { realWorld, type ScanOptions } from '../../options.ts';
import { type Findings, noFindings, type Probe } from '../../probes/probe.ts';
import { runProbe } from '../../probes/probe-session.ts';
import { Pacer, pause } from '../../rate.ts';
import type { ScanContext } from '../../scan-context.ts';
import { EndpointSession } from '../../session.ts';
import { standardGroups } from '../../standard-hello.ts';
import { VersionProbe } from '../../version-probe.ts';
import { VersionTally } from '../../version-tally.ts';

export interface LocalProbe {
  session: EndpointSession;
  findings: Findings;
  tallies: VersionTally[];
}

/** `port` is nominal. */
export function localSession(port: number, connect_port: number, read_ms = 5000): EndpointSession {
  const timeouts = { connect_ms: 5000, read_ms, endpoint_ms: 60_000 };
  const throttle = { first_wait_ms: 20, longest_wait_ms: 80, budget_ms: 200 };
  const own = { timeouts, throttle, helo: 'census.test', keep_flights: false, max_handshakes: 4000 };
  const world = realWorld();
  const context: ScanContext = {
    options: own as Partial<ScanOptions> as ScanOptions,
    world,
    pacer: new Pacer(0, world.clock),
    gate: new AddressGate(64, 0, world.clock),
    live: new Set(),
    suites: suitesToOffer('iana'),
    probes: [],
    predictions: null,
    rest: (milliseconds) => pause(milliseconds),
  };
  const names = { endpoint_id: 0, target: '127.0.0.1', host: 'mx.example', ip: '127.0.0.1', refused: null };
  const endpoint = { ...names, service: mailPort(port)!, connect_port };
  return new EndpointSession(endpoint, context, { handshakes: own.max_handshakes });
}

/** Asks for the suites of `versions`, then what `probe` asks. */
export async function probeLocal(
  session: EndpointSession,
  probe: Probe,
  versions: readonly number[],
): Promise<LocalProbe> {
  const { suites, world } = session.context;
  const tallies = versions.map((version) => new VersionTally(version, suites.get(version)!));
  for (const tally of tallies) {
    await new VersionProbe(session, tally, standardGroups(tally.version, world.randomBytes)).adaptive();
  }
  const findings = noFindings();
  await runProbe(probe, session, tallies, findings);
  return { session, findings, tallies };
}
