/** One endpoint's record and its flights → the record as today's reader makes it, and what that differs in. */
import type { DhGroupRecord, EndpointRecord } from '../../formats/raw-record.ts';
import { Evidence } from '../evidence.ts';
import { rereadHandshake } from './reread-handshake.ts';

/** What was read again, summed up. */
export interface RereadCounts {
  endpoints: number;
  handshakes: number;
  /** Without a flight: passed through as they were. */
  without_flight: number;
  agreed: number;
  differed: number;
  /** How many handshakes differ in a field. */
  fields: Map<string, number>;
}

export interface RereadEndpoint {
  record: EndpointRecord;
  /** DER by SHA-256: those in the flights. */
  certificates: ReadonlyMap<string, Uint8Array>;
  dhGroups: ReadonlyMap<string, DhGroupRecord>;
}

export function noRereadCounts(): RereadCounts {
  return { endpoints: 0, handshakes: 0, without_flight: 0, agreed: 0, differed: 0, fields: new Map() };
}

/**
 * `flightOf` gives the bytes of a flight by its SHA-256, undefined where they are not there: that differs, as other
 * bytes would. Adds to `counts`.
 */
export function rereadEndpoint(
  record: EndpointRecord,
  flightOf: (sha256: string) => Uint8Array | undefined,
  counts: RereadCounts,
): RereadEndpoint {
  const evidence = new Evidence();
  counts.endpoints++;
  const handshakes = record.handshakes.map((before) => {
    counts.handshakes++;
    if (before.flight_sha256 === null) {
      counts.without_flight++;
      return before;
    }
    const bytes = flightOf(before.flight_sha256) ?? NOTHING;
    const { record: after, differing } = rereadHandshake(before, bytes, evidence);
    count(counts, differing);
    return after;
  });
  const chains = chainsOf(record, handshakes, evidence);
  const { certificates, dhGroups } = evidence;
  return { record: { ...record, handshakes, chains }, certificates, dhGroups };
}

function count(counts: RereadCounts, differing: readonly string[]): void {
  if (differing.length === 0) counts.agreed++;
  else counts.differed++;
  for (const field of differing) counts.fields.set(field, (counts.fields.get(field) ?? 0) + 1);
}

/** Those that were known, in their order, without those that no handshake shows any more; then new ones. */
function chainsOf(
  before: EndpointRecord,
  handshakes: EndpointRecord['handshakes'],
  evidence: Evidence,
): EndpointRecord['chains'] {
  const shownBefore = new Set(before.handshakes.map((one) => one.chain_id));
  const shown = new Set(handshakes.map((one) => one.chain_id));
  const kept = before.chains.filter(({ chain_id }) => shown.has(chain_id) || !shownBefore.has(chain_id));
  const known = new Set(kept.map(({ chain_id }) => chain_id));
  const fresh = [...evidence.chains].filter(([chain_id]) => shown.has(chain_id) && !known.has(chain_id));
  return [...kept, ...fresh.map(([chain_id, certificates]) => ({ chain_id, certificates }))];
}

const NOTHING = new Uint8Array(0);
