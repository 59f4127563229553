/** A probe: questions beside the suites, asked once they are known; what it finds out goes into the endpoint's record. */
import { noFacts } from '../../formats/no-facts.ts';
import type { EndpointFacts, GroupCounts, SchemeCounts, SecuredDialogue } from '../../formats/raw-record.ts';
import type { VersionTally } from '../version-tally.ts';
import type { ProbeSession } from './probe-session.ts';

export interface Findings {
  readonly facts: EndpointFacts;
  readonly groups: GroupCounts[];
  readonly signature_schemes: SchemeCounts[];
  secured_dialogue: SecuredDialogue | null;
}

export interface Probe {
  /** As in `--probes` and in scan.json. */
  readonly name: string;
  /** Asks nothing where `session.isOver`. `tallies`: what is known of the suites, one a version that was offered. */
  run(session: ProbeSession, tallies: readonly VersionTally[], findings: Findings): Promise<void>;
}

/** Suites accepted at `version`, in the order of the server's choice; none where it was not offered. */
export function acceptedAt(tallies: readonly VersionTally[], version: number): readonly number[] {
  return tallies.find((tally) => tally.version === version)?.acceptedSuites ?? [];
}

export function noFindings(): Findings {
  return { facts: noFacts(), groups: [], signature_schemes: [], secured_dialogue: null };
}
