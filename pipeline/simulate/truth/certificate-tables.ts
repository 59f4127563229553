/** Tables on certificates: from their plans and how many addresses and endpoints showed each. */
import { sha1Hex } from '../../base/hex.ts';
import type { CertificatePlan, KeyKind } from '../certificates/certificate-plan.ts';
import { makeChain } from '../certificates/make-certificate.ts';
import { certificateCount, planOfCertificates } from '../chains.ts';
import type { SimulationPlan } from '../plan.ts';
import type { CertificateTally } from '../tally.ts';
import { certificateFacts, type ShownLeaf } from './certificate-facts.ts';
import type { TruthRow } from './truth.ts';

export interface CertificateTruth {
  tables: Record<string, TruthRow[]>;
  /** Certificates that were shown at all, those of authorities with them. */
  distinct: number;
  by_kind: Record<string, number>;
}

export function certificateTables(plan: SimulationPlan, tally: CertificateTally): CertificateTruth {
  const planOf = planOfCertificates(plan);
  const kinds = new Map<string, number>();
  const keys = new Map<string, { algorithm: string | null; bits: number | null; matching: number }>();
  const authorities = new Set<number>();
  const leaves: ShownLeaf[] = [];
  for (let certificate = 0; certificate < certificateCount(plan); certificate++) {
    if (tally.addresses[certificate] === 0) continue;
    const planned = planOf(certificate);
    leaves.push({ plan: planned, endpoints: tally.endpoints[certificate]! });
    kinds.set(planned.kind, (kinds.get(planned.kind) ?? 0) + 1);
    if (planned.kind === 'by_authority') authorities.add(planned.authority);
    const { algorithm, bits } = keyOf(planned);
    const key = `${algorithm} ${bits}`;
    keys.set(key, { algorithm, bits, matching: (keys.get(key)?.matching ?? 0) + 1 });
  }
  const rows = [...keys.values()].sort((a, b) => order(a.algorithm, b.algorithm) || order(a.bits, b.bits));
  return {
    tables: {
      top_certificates: topCertificates(planOf, tally),
      certificate_facts: certificateFacts(leaves),
      certificate_keys: rows.map(({ algorithm, bits, matching }) => ({
        key_algorithm: algorithm,
        key_bits: bits,
        certificates: leaves.length,
        matching,
      })),
    },
    distinct: leaves.length + authorities.size,
    by_kind: Object.fromEntries([...kinds].sort(([left], [right]) => (left < right ? -1 : 1))),
  };
}

function order<T extends string | number>(left: T | null, right: T | null): number {
  if (left === right) return 0;
  if (left === null || right === null) return left === null ? 1 : -1;
  return left < right ? -1 : 1;
}

/** One that is cut short ends before its key. */
function keyOf({ kind, key_kind }: CertificatePlan): { algorithm: string | null; bits: number | null } {
  return kind === 'cut_short' ? { algorithm: null, bits: null } : KEYS[key_kind];
}

const KEYS: Record<KeyKind, { algorithm: string; bits: number }> = {
  rsa1024: { algorithm: 'RSA', bits: 1024 },
  rsa2048: { algorithm: 'RSA', bits: 2048 },
  rsa4096: { algorithm: 'RSA', bits: 4096 },
  p256: { algorithm: 'EC', bits: 256 },
};

const RANKS = 20;

/** Ties go by fingerprint, so that all that tie with the last one are made. */
function topCertificates(
  planOf: (certificate: number) => CertificatePlan,
  tally: CertificateTally,
): TruthRow[] {
  const count = (certificate: number) =>
    [tally.addresses[certificate]!, tally.endpoints[certificate]!] as const;
  const shown = [...tally.addresses.keys()].filter((certificate) => tally.addresses[certificate]! > 0);
  const least = shown.map(count).sort((a, b) => b[0] - a[0] || b[1] - a[1])[RANKS - 1] ?? [0, 0];
  const candidates = shown.filter((certificate) => {
    const [ips, endpoints] = count(certificate);
    return ips > least[0] || (ips === least[0] && endpoints >= least[1]);
  });
  return candidates
    .map((certificate) => {
      const planned = planOf(certificate);
      const [ips, endpoints] = count(certificate);
      const sha1 = sha1Hex(makeChain(planned).ders[0]![1]);
      return { key_bits: keyOf(planned).bits, ips, endpoints, sha1 };
    })
    .sort((a, b) => b.ips - a.ips || b.endpoints - a.endpoints || (a.sha1 < b.sha1 ? -1 : 1))
    .slice(0, RANKS)
    .map((row, index) => ({ rank: index + 1, ...row }));
}
