/**
 * A lake on a Trino cluster, as `census lake register` made it known there. A lake may change after that, and files may vanish
 * under a query without an error: so after each answer the cluster is asked again what is registered, and how many rows the
 * tables have that were read, and an answer that does not stand on all of them is none.
 */
import { UsageError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import { sqlText } from '../../base/sql-text.ts';
import type { RegisteredPart, Registration } from '../../formats/lake-registration.ts';
import { LAKE_TABLES } from '../../formats/lake-tables.ts';
import type { ResultValue } from '../../formats/result-table.ts';
import type { EngineRows, LakeEngine } from '../engine.ts';
import { connectTrino, type TrinoConnection, type TrinoOptions } from './connection.ts';
import { statementFailure, TrinoFailure } from './failure.ts';
import { checkedRegistration, checkScans, REGISTER, registrationQuery } from './registered-lake.ts';
import { checkBareNames, overScans } from './scan-filter.ts';
import { executeStatement, runStatement, type StatementWatch } from './statement.ts';

export interface TrinoLakeOptions extends StatementWatch {
  trino: TrinoOptions;
  /** Where its folder can be seen from here: then it is compared with what is registered. */
  lake?: string | undefined;
  scans?: readonly string[] | undefined;
}

/** UsageError for a cluster that cannot be asked, and for a lake that is not registered there as it is now. */
export async function openTrinoLake(options: TrinoLakeOptions): Promise<LakeEngine> {
  const connection = connectTrino(options.trino);
  const registration = await registered(connection, options);
  checkScans(registration.parts, nameOf(options), options.scans);
  const lake = new TrinoLake(connection, options, registration);
  await lake.findSyntheticScans();
  return lake;
}

class TrinoLake implements LakeEngine {
  readonly #connection: TrinoConnection;
  readonly #options: TrinoLakeOptions;
  readonly #registration: Registration;
  syntheticScans: readonly string[] = [];

  constructor(connection: TrinoConnection, options: TrinoLakeOptions, registration: Registration) {
    this.#connection = connection;
    this.#options = options;
    this.#registration = registration;
  }

  async findSyntheticScans(): Promise<void> {
    const { batches } = await this.query('select scan_id from scans where synthetic order by scan_id', [
      'scans',
    ]);
    const scans: string[] = [];
    for await (const rows of batches) scans.push(...rows.map(([scan]) => String(scan)));
    this.syntheticScans = scans;
  }

  async query(statement: string, tables: readonly string[]): Promise<EngineRows> {
    const ofLake = tables.filter((name) => LAKE_TABLES.some((table) => table.name === name));
    return this.#answer(statement, ofLake, (failure) => statementFailure(this.#connection, failure));
  }

  /** Which tables it reads is told by the words in it: one too many is counted in vain. */
  async ask(statement: string): Promise<EngineRows> {
    if (this.#options.scans) checkBareNames(statement, this.#options.trino.schema);
    const names = LAKE_TABLES.map(({ name }) => name);
    const tables = names.filter((name) => new RegExp(`\\b${name}\\b`, 'i').test(statement));
    return this.#answer(statement, tables, (failure) => {
      if (failure.errorType !== 'USER_ERROR') return statementFailure(this.#connection, failure);
      return new UsageError(`Trino refuses the statement: ${printable(failure.message, 300)}`);
    });
  }

  close(): void {}

  async #answer(
    statement: string,
    tables: readonly string[],
    explain: (failure: TrinoFailure) => Error,
  ): Promise<EngineRows> {
    const explained = (error: unknown): unknown => (error instanceof TrinoFailure ? explain(error) : error);
    const { scans, trino } = this.#options;
    const text = scans ? overScans(statement, tables, scans, trino) : statement;
    const answer = await runStatement(this.#connection, text, this.#options).catch((error: unknown) => {
      throw explained(error);
    });
    return { columns: answer.columns, batches: this.#checked(answer.batches, tables, explained) };
  }

  async *#checked(
    batches: EngineRows['batches'],
    tables: readonly string[],
    explained: (error: unknown) => unknown,
  ): AsyncGenerator<ResultValue[][]> {
    try {
      yield* batches;
    } catch (error) {
      throw explained(error);
    }
    await this.#checkStillWhole(tables);
  }

  async #checkStillWhole(tables: readonly string[]): Promise<void> {
    const name = nameOf(this.#options);
    const now = await registered(this.#connection, this.#options);
    if (now.lake_sha256 !== this.#registration.lake_sha256) {
      throw new UsageError(`${name} was registered anew while it was read; run it again`);
    }
    const { scans } = this.#options;
    const read = now.parts.filter(
      ({ table, scan_id }) => tables.includes(table) && (scans?.includes(scan_id) ?? true),
    );
    const fault = await this.#rowFault(read);
    if (fault) throw new UsageError(`${name} is not the lake that was registered: ${fault}; ${REGISTER}`);
  }

  /** A table of which rows are missing; undefined where all are there. */
  async #rowFault(expected: readonly RegisteredPart[]): Promise<string | undefined> {
    const tables = [...new Set(expected.map(({ table }) => table))];
    if (tables.length === 0) return undefined;
    const { scans } = this.#options;
    const chosen = scans ? `where scan_id in (${scans.map(sqlText).join(', ')})` : '';
    const counts = tables.map(
      (table) => `select ${sqlText(table)}, scan_id, count(*) from ${table} ${chosen} group by scan_id`,
    );
    const found = new Map<string, ResultValue>();
    const { signal } = this.#options;
    const rows = await executeStatement(this.#connection, counts.join('\nunion all\n'), { signal });
    for (const [table, scan, count] of rows) found.set(`${table}/${scan}`, count!);
    const wrong = expected.find((part) => found.get(`${part.table}/${part.scan_id}`) !== part.rows);
    if (!wrong) return undefined;
    const { table, scan_id } = wrong;
    return `${table} of ${scan_id} has ${found.get(`${table}/${scan_id}`) ?? 0} rows, registered were ${wrong.rows}`;
  }
}

async function registered(connection: TrinoConnection, options: TrinoLakeOptions): Promise<Registration> {
  const rows = await executeStatement(connection, registrationQuery, { signal: options.signal });
  return checkedRegistration(rows, nameOf(options), options.lake);
}

function nameOf({ trino }: TrinoLakeOptions): string {
  return `${trino.catalog}.${trino.schema}`;
}
