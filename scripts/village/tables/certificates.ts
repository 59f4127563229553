/** The tables top_certificates and certificate_keys, from the truth; facts of certificates are openssl's. */
import type { ResultValue } from '../../../pipeline/formats/result-table.ts';
import { certificateEntry } from '../certificates.ts';
import type { ScanFacts, TruthTable } from '../truth-tables.ts';
import { acceptedSuites, byBytes, distinct, share, type Villager } from './answers.ts';

/** The table's length. */
const TOP = 20;

export function certificateTables(
  villagers: readonly Villager[],
  scan: ScanFacts,
): Record<'top_certificates' | 'certificate_keys', TruthTable> {
  const leaves = villagers.flatMap((villager) =>
    leavesOf(villager, scan).map((leaf) => ({ villager, leaf })),
  );
  return {
    top_certificates: {
      columns: ['scan_id', 'rank', 'subject', 'key_bits', 'ips', 'endpoints', 'sha1'],
      rows: topRows(leaves, scan),
    },
    certificate_keys: {
      columns: ['scan_id', 'key_algorithm', 'key_bits', 'certificates', 'matching', 'share'],
      rows: keyRows(distinct(leaves.map(({ leaf }) => leaf)), scan),
    },
  };
}

function leavesOf(villager: Villager, scan: ScanFacts): string[] {
  return distinct(acceptedSuites(villager, scan).flatMap((suite) => suite.chain?.[0] ?? []));
}

function topRows(leaves: readonly { villager: Villager; leaf: string }[], scan: ScanFacts): ResultValue[][] {
  const counted = distinct(leaves.map(({ leaf }) => leaf)).map((leaf) => {
    const showing = leaves.filter((one) => one.leaf === leaf).map(({ villager }) => villager);
    const ips = distinct(showing.map(({ endpoint }) => endpoint.ip)).length;
    return { ...certificateEntry(leaf), ips, endpoints: showing.length };
  });
  return counted
    .sort((a, b) => b.ips - a.ips || b.endpoints - a.endpoints || byBytes(a.sha1, b.sha1))
    .slice(0, TOP)
    .map(({ subject, key_bits, ips, endpoints, sha1 }, index) => [
      ...[scan.scan_id, index + 1, subject, key_bits, ips, endpoints, sha1],
    ]);
}

function keyRows(leaves: readonly string[], scan: ScanFacts): ResultValue[][] {
  const kinds = leaves.map((leaf) => {
    const { key_algorithm, key_bits } = certificateEntry(leaf);
    return { key_algorithm, key_bits, id: `${key_algorithm} ${key_bits}` };
  });
  return distinct(kinds.map(({ id }) => id))
    .map((id) => kinds.filter((kind) => kind.id === id))
    .map((same) => ({ ...same[0]!, matching: same.length }))
    .sort((a, b) => byBytes(a.key_algorithm, b.key_algorithm) || a.key_bits - b.key_bits)
    .map(({ key_algorithm, key_bits, matching }) => [
      ...[scan.scan_id, key_algorithm, key_bits, leaves.length, matching],
      share(matching, leaves.length),
    ]);
}
