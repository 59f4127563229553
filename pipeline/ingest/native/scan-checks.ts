/**
 * What must hold of a scan as a whole, once all its batches are read. A chain whose certificate is in no part, or a group
 * that is not described, is let be where such lines are in the quarantine: they may be the missing ones.
 */
import type { DuckDBConnection } from '@duckdb/node-api';

/** Kinds of lines that the quarantine holds some of. */
export interface SetAside {
  certificates: boolean;
  dh_groups: boolean;
}

/** The first thing that the scan contradicts itself in, in words; undefined where all holds. */
export async function findContradiction(
  connection: DuckDBConnection,
  aside: SetAside,
): Promise<string | undefined> {
  for (const [what, breaking] of checks(aside)) {
    const result = await connection.runAndReadAll(`select count(*) from (${breaking})`);
    const broken = Number(result.getRows()[0]?.[0]);
    if (broken > 0) return `${what} (${broken} times)`;
  }
  return undefined;
}

function checks(aside: SetAside): [what: string, breaking: string][] {
  return [
    [
      'a record shares its endpoint_id with another',
      'select endpoint_id from endpoint_ids group by endpoint_id having count(*) > 1',
    ],
    [
      'a chain is described in two ways',
      'select chain_id from chains_shown group by chain_id having count(distinct certificates) > 1',
    ],
    ...(aside.certificates ? [] : [MISSING_CERTIFICATE]),
    ...(aside.dh_groups ? [] : [MISSING_GROUP]),
  ];
}

const MISSING_CERTIFICATE: [string, string] = [
  'a certificate of a chain is in no part file',
  'select unnest(certificates) from chains_shown except select certificate_sha256 from certificate_facts',
];
const MISSING_GROUP: [string, string] = [
  'a Diffie-Hellman group of a handshake is in no part file',
  'select dh_group_id from groups_shown except select dh_group_id from dh_group_records',
];
