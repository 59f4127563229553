/**
 * The nested lists of a batch, made rows once: checks and tables of all ports read flat tables, where a column that is not asked
 * for is passed over. Each is filled by one thread, in the order of the scan, so that the engine cuts it into the same pieces on
 * any number of cores; several are filled at a time. `place` is the number of a row in `records`.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Database } from '../../base/duckdb.ts';
import { inParallel } from '../../base/in-parallel.ts';

/**
 * Rows of `from` (what may stand after `from`) by one thread in their order: a running number can't be given by several. The
 * engine would read a larger table by several, and cut what they write by who was done when.
 */
export function inOrder(from: string): string {
  return `(select * exclude (nth) from (select *, row_number() over () as nth from ${from}) where nth > 0)`;
}

/** From the table `records` makes the tables of this file, in place of those of the batch before. */
export async function spreadRecords(database: Database, connection: DuckDBConnection): Promise<void> {
  await connection.run(ONE_WAY_TO_WRITE);
  await inParallel(database, Object.entries(FLAT_TABLES), async (worker, [table, select]) => {
    await worker.run(`create or replace table ${table} as ${select}`);
  });
  await connection.run(VERSION_TALLIES);
}

/** With several threads the engine would write what stays in order in another way, which cuts row groups elsewhere. */
const ONE_WAY_TO_WRITE = 'set preserve_insertion_order = false';
/** For reading parts by several threads. */
export const ORDER_OF_LINES = 'set preserve_insertion_order = true';

const PLACED = (columns: string): string =>
  `(select row_number() over () - 1 as place, port, endpoint_id, ${columns} from records)`;

const FLAT_TABLES: Record<string, string> = {
  /** Of a group of handshakes that is null, all is null but its place. */
  handshake_groups: `
    select place, port, endpoint_id, ordinal, g.version as version, g.outcome as outcome, g.error_kind as error_kind,
      g.flight_complete as flight_complete, chains[g.chain + 1].chain_id as chain_id,
      g.chain < 0 or g.chain >= coalesce(len(chains), 0) as lacks_chain, g.dh_group_id as dh_group_id,
      g.named_group as named_group, g.key_bits as key_bits, g.signature_scheme as signature_scheme,
      g.cipher_suites as cipher_suites
    from (
      select place, port, endpoint_id, chains, unnest(handshakes) as g, generate_subscripts(handshakes, 1) as ordinal
      from ${PLACED('handshakes, chains')})`,
  /** Without what the other tables hold. */
  endpoint_rows: `
    select * exclude (versions, handshakes, chains) from (select row_number() over () - 1 as place, * from records)`,
  /** Inferred suites are null in records of format 1, whose scans inferred nothing. */
  version_rows: `
    select place, port, endpoint_id, v.version as version, v.offered as offered, v.accepted as accepted,
      v.rejected as rejected, v.errors as errors, v.not_tested as not_tested, v.handshakes as handshakes,
      coalesce(v.inferred_accepted, 0) as inferred_accepted, coalesce(v.inferred_rejected, 0) as inferred_rejected
    from (select place, port, endpoint_id, unnest(versions) as v from ${PLACED('versions')})`,
};

/** Of each version of a record: how many times it is described, what it counts as accepted, and what its handshakes show. */
const VERSION_TALLIES = `
  create or replace table version_tallies as
  select place, version, sum(described) as described, sum(counted) as counted, sum(shown) as shown from (
    select place, version, 1::smallint as described, accepted as counted, 0 as shown from version_rows
    union all
    select place, version, 0::smallint, null, len(cipher_suites)::integer from handshake_groups where outcome = 'accepted'
  ) group by place, version`;

/** Makes room for the next batch. */
export const FORGET_SPREAD = [...Object.keys(FLAT_TABLES), 'version_tallies']
  .map((table) => `drop table ${table}`)
  .join('; ');
