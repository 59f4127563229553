/**
 * A lake on a Trino cluster, as `census lake register` made it known there. A lake may change after that, and files may vanish
 * under a query without an error: so after each answer the cluster is asked again what is registered, and how many rows the
 * tables have that were read, and an answer that does not stand on all of them is none.
 */
import { UsageError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import { sqlText } from '../../base/sql-text.ts';
import {
  formSha256,
  lakeSha256,
  REGISTRATION_VIEW,
  type RegisteredPart,
  type Registration,
  type RegistrationState,
} from '../../formats/lake-registration.ts';
import { LAKE_TABLES } from '../../formats/lake-tables.ts';
import type { ResultValue } from '../../formats/result-table.ts';
import type { EngineRows, LakeEngine } from '../engine.ts';
import { connectTrino, type TrinoConnection, type TrinoOptions } from './connection.ts';
import { statementFailure, TrinoFailure } from './failure.ts';
import { overScans } from './scan-filter.ts';
import { executeStatement, runStatement, type StatementWatch } from './statement.ts';

export interface TrinoLakeOptions extends StatementWatch {
  trino: TrinoOptions;
  /** Where its folder can be seen from here: then it is compared with what is registered. */
  lake?: string | undefined;
  scans?: readonly string[] | undefined;
}

/** UsageError for a cluster that cannot be asked, and for a lake that is not registered there as it is now. */
export async function openTrinoLake(options: TrinoLakeOptions): Promise<LakeEngine> {
  const lake = new TrinoLake(options);
  await lake.open();
  return lake;
}

class TrinoLake implements LakeEngine {
  readonly #connection: TrinoConnection;
  readonly #options: TrinoLakeOptions;
  #registration: Registration | undefined;
  syntheticScans: readonly string[] = [];

  constructor(options: TrinoLakeOptions) {
    this.#connection = connectTrino(options.trino);
    this.#options = options;
  }

  async open(): Promise<void> {
    this.#registration = await this.#currentRegistration();
    this.#checkScans(this.#registration.parts);
    const made = await this.#rows(
      this.#filtered('select scan_id from scans where synthetic order by scan_id', ['scans']),
    );
    await this.#checkStillWhole(['scans']);
    this.syntheticScans = made.map(([scan]) => String(scan));
  }

  async query(statement: string, tables: readonly string[]): Promise<EngineRows> {
    return this.#answer(statement, tables.filter(isLakeTable), (failure) =>
      statementFailure(this.#connection, failure),
    );
  }

  async ask(statement: string): Promise<EngineRows> {
    const tables = LAKE_TABLES.map(({ name }) => name).filter((name) =>
      new RegExp(`\\b${name}\\b`, 'i').test(statement),
    );
    return this.#answer(statement, tables, (failure) => {
      if (failure.errorType !== 'USER_ERROR') return statementFailure(this.#connection, failure);
      return new UsageError(`Trino refuses the statement: ${printable(failure.message, 300)}`);
    });
  }

  close(): void {}

  async #answer(
    statement: string,
    tables: readonly string[],
    explained: (failure: TrinoFailure) => Error,
  ): Promise<EngineRows> {
    const rethrow = (error: unknown): never => {
      throw error instanceof TrinoFailure ? explained(error) : error;
    };
    const text = this.#filtered(statement, tables);
    const { columns, batches } = await runStatement(this.#connection, text, this.#options).catch(rethrow);
    const check = (): Promise<void> => this.#checkStillWhole(tables);
    async function* checked(): AsyncGenerator<ResultValue[][]> {
      try {
        yield* batches;
      } catch (error) {
        rethrow(error);
      }
      await check();
    }
    return { columns, batches: checked() };
  }

  #filtered(statement: string, tables: readonly string[]): string {
    const { scans, trino } = this.#options;
    return scans ? overScans(statement, tables, scans, trino) : statement;
  }

  async #checkStillWhole(tables: readonly string[]): Promise<void> {
    const { lake_sha256 } = await this.#currentRegistration();
    const { trino } = this.#options;
    const name = `${trino.catalog}.${trino.schema}`;
    if (lake_sha256 !== this.#registration!.lake_sha256) {
      throw new UsageError(`${name} was registered anew while it was read; run it again`);
    }
    const expected = this.#registration!.parts.filter(
      ({ table, scan_id }) => tables.includes(table) && this.#isChosen(scan_id),
    );
    const fault = await this.#rowFault(expected);
    if (fault) throw new UsageError(`${name} is not the lake that was registered: ${fault}; ${REGISTER}`);
  }

  /** A table of which rows are missing or too many; undefined where all is as registered. */
  async #rowFault(expected: readonly RegisteredPart[]): Promise<string | undefined> {
    const tables = [...new Set(expected.map(({ table }) => table))];
    if (tables.length === 0) return undefined;
    const { scans } = this.#options;
    const chosen = scans ? `where scan_id in (${scans.map(sqlText).join(', ')})` : '';
    const counts = tables.map(
      (table) => `select ${sqlText(table)}, scan_id, count(*) from ${table} ${chosen} group by scan_id`,
    );
    const found = new Map<string, ResultValue>();
    for (const [table, scan, rows] of await this.#rows(counts.join('\nunion all\n')))
      found.set(`${table}/${scan}`, rows!);
    const wrong = expected.find(({ table, scan_id, rows }) => found.get(`${table}/${scan_id}`) !== rows);
    if (!wrong) return undefined;
    const { table, scan_id, rows } = wrong;
    return `${table} of ${scan_id} has ${found.get(`${table}/${scan_id}`) ?? 0} rows, registered were ${rows}`;
  }

  async #currentRegistration(): Promise<Registration> {
    const rows = await this.#rows(
      `select state, lake_sha256, form_sha256, table_name, scan_id, row_count from ${REGISTRATION_VIEW}`,
    );
    const { trino, lake } = this.#options;
    const name = `${trino.catalog}.${trino.schema}`;
    const [state, lake_sha256, form_sha256] = rows[0] ?? [];
    if ((state as RegistrationState) !== 'whole') {
      throw new UsageError(`${name} is being registered, or that was broken off; ${REGISTER}`);
    }
    if (form_sha256 !== formSha256()) {
      throw new UsageError(`${name} was registered by another version of this program; ${REGISTER}`);
    }
    if (lake !== undefined && lakeSha256(lake) !== lake_sha256) {
      throw new UsageError(`${lake} has changed since it was registered as ${name}; ${REGISTER}`);
    }
    const parts = rows.flatMap(([, , , table, scan_id, count]) =>
      table === null ? [] : { table: String(table), scan_id: String(scan_id), rows: Number(count) },
    );
    return { state: 'whole', lake_sha256: String(lake_sha256), form_sha256: String(form_sha256), parts };
  }

  #checkScans(parts: readonly RegisteredPart[]): void {
    const { trino, scans } = this.#options;
    const name = `${trino.catalog}.${trino.schema}`;
    const present = [...new Set(parts.map(({ scan_id }) => scan_id))].sort();
    if (present.length === 0)
      throw new UsageError(`${name} is an empty lake; ingest something, then ${REGISTER}`);
    const unknown = scans?.find((scan) => !present.includes(scan));
    if (unknown === undefined) return;
    throw new UsageError(`${name} has no scan ${JSON.stringify(unknown)}; it has: ${present.join(', ')}`);
  }

  #isChosen(scan: string): boolean {
    return this.#options.scans?.includes(scan) ?? true;
  }

  #rows(statement: string): Promise<ResultValue[][]> {
    return executeStatement(this.#connection, statement, { signal: this.#options.signal });
  }
}

function isLakeTable(name: string): boolean {
  return LAKE_TABLES.some((table) => table.name === name);
}

const REGISTER = 'give census lake register --engine trino again';
