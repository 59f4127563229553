/** The tables certificate_facts and tls13_chains, from the truth; facts of certificates are those of Node's X509Certificate. */
import { X509Certificate } from 'node:crypto';
import type { ResultValue } from '../../../pipeline/formats/result-table.ts';
import { certificateDer } from '../certificates.ts';
import type { ScanFacts, TruthTable } from '../truth-tables.ts';
import {
  acceptedIn,
  acceptedSuites,
  byPort,
  distinct,
  share,
  type Villager,
  versionsAsked,
} from './answers.ts';

export function certificateFactTables(
  villagers: readonly Villager[],
  scan: ScanFacts,
): Record<'certificate_facts' | 'tls13_chains', TruthTable> {
  const shown = villagers.flatMap((villager) => firstLeaf(villager, scan) ?? []);
  const accepting = villagers.filter((villager) => acceptedSuites(villager, scan).length > 0).length;
  const leaves = distinct(
    villagers.flatMap((villager) =>
      acceptedSuites(villager, scan).flatMap((suite) => suite.chain?.[0] ?? []),
    ),
  );
  const rows = Object.entries(PROPERTIES).map(([property, has]): ResultValue[] => {
    const having = (names: readonly string[]) => names.filter((name) => has(x509(name), scan)).length;
    return [
      ...[scan.scan_id, property],
      ...[leaves.length, having(leaves), share(having(leaves), leaves.length)],
      ...[shown.length, having(shown), accepting - shown.length, share(having(shown), shown.length)],
    ];
  });
  return {
    certificate_facts: { columns: COLUMNS, rows },
    tls13_chains: { columns: CHAIN_COLUMNS, rows: chainRows(villagers, scan) },
  };
}

/** The chain of a real stack that accepts TLS 1.3 is known. */
function chainRows(villagers: readonly Villager[], scan: ScanFacts): ResultValue[][] {
  const accepting = villagers.filter((villager) => acceptedIn(villager, TLS1_3, scan).length > 0);
  return byPort(accepting).map(([port, there]) => [
    ...[scan.scan_id, port, 'known', there.length, there.length],
    share(there.length, there.length),
  ]);
}

/** The leaf in the highest version. Villagers with two show two of a kind, which have the same properties. */
function firstLeaf(villager: Villager, scan: ScanFacts): string | undefined {
  return versionsAsked(scan)
    .toReversed()
    .flatMap((version) => acceptedIn(villager, version, scan))
    .find((suite) => suite.chain?.[0] !== undefined)?.chain?.[0];
}

function x509(name: string): X509Certificate {
  return new X509Certificate(certificateDer(name));
}

type Property = (leaf: X509Certificate, scan: ScanFacts) => boolean;

const selfSigned: Property = (leaf) => leaf.checkIssued(leaf) && leaf.verify(leaf.publicKey);
/** None of the villagers' is, and openssl made them all: it puts no SCT into any. */
const never: Property = () => false;

/** By their names, in the order of the table. */
const PROPERTIES: Record<string, Property> = {
  ca: (leaf) => leaf.ca,
  expired: (leaf, scan) => new Date(leaf.validTo) < new Date(scan.started_at),
  malformed: never,
  not_yet_valid: (leaf, scan) => new Date(leaf.validFrom) > new Date(scan.started_at),
  self_signed: selfSigned,
  self_signed_or_malformed: selfSigned,
  with_sct: never,
};

const COLUMNS = [
  ...['scan_id', 'property', 'certificates', 'matching', 'share'],
  ...['endpoints', 'endpoints_matching', 'endpoints_unknown', 'endpoints_share'],
];
const CHAIN_COLUMNS = ['scan_id', 'port', 'chain', 'endpoints', 'matching', 'share'];
const TLS1_3 = 0x0304;
