/** Villagers that are scanned by ourselves and by others. */
import { type LocalScan, local, scanLocal } from '../../pipeline/scan/testing/scan-local.ts';
import { ENDPOINTS } from '../village/endpoints/index.ts';
import { type EndpointSpec, startVillage, type Village, type VillageEndpoint } from '../village/index.ts';

export interface SameServers {
  endpoints: VillageEndpoint[];
  /** Our scan's records are in the order of `endpoints`. */
  own: LocalScan;
  stop: Village['stop'];
}

/** Starts the villagers whose nominal port and description begin with these, and scans them. */
export async function startSameServers(whom: readonly (readonly [number, string])[]): Promise<SameServers> {
  const village = await startVillage(whom.map(([port, what]) => villager(port, what)));
  const targets = village.endpoints.map(({ port, connect_port }) => local(port, connect_port));
  const own = await scanLocal(targets, { probes: ['secured-session', 'resumption', 'fallback-scsv'] });
  return { endpoints: village.endpoints, own, stop: village.stop };
}

/** The groups that a villager has; none where its stack is not a real one. */
export function groupsOf({ server }: VillageEndpoint): number[] {
  return server.kind === 'real' ? server.groups.map(({ code }) => code) : [];
}

function villager(port: number, what: string): EndpointSpec {
  const found = ENDPOINTS.filter((spec) => spec.port === port && spec.what.startsWith(what));
  if (found.length === 0) throw new Error(`no villager on ${port} is ${what}`);
  return found[0]!;
}
