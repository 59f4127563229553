/** Rows of an engine → a result table: of a module, whose head says what it is, or of a statement of the operator's own. */
import type { ResultTable, ResultValue } from '../formats/result-table.ts';
import type { EngineRows, LakeEngine } from './engine.ts';
import type { SqlModule } from './sql-module.ts';

export async function moduleTable(engine: LakeEngine, module: SqlModule): Promise<ResultTable> {
  const answer = await engine.query(module.sql, module.reads);
  checkColumns(module, answer);
  const rows = await allRows(answer);
  const { name, title, grain, source, columns, empty } = module;
  return {
    name,
    title,
    grain,
    source,
    columns,
    rows,
    empty_because: rows.length === 0 ? empty : null,
    ...synthetic(engine),
  };
}

/** Whatever made scans the engine looks at are behind it: which rows are theirs nobody can tell of a free statement. */
export async function answerTable(engine: LakeEngine, statement: string): Promise<ResultTable> {
  const answer = await engine.ask(statement);
  return {
    name: 'answer',
    title: 'Answer',
    grain: 'one row as the statement gives it',
    source: statement,
    columns: answer.columns.map((column) => ({ ...column, description: '' })),
    rows: await allRows(answer),
    empty_because: null,
    ...synthetic(engine),
  };
}

/** A module whose head tells of other columns than the engine gives is a bug of ours. */
function checkColumns({ name, columns }: SqlModule, answer: EngineRows): void {
  const [said, given] = [columns, answer.columns].map((list) =>
    list.map((column) => `${column.name} ${column.type}`).join(', '),
  );
  if (said !== given) throw new Error(`queries/${name}.sql says ${said}, the engine gives ${given}`);
}

function synthetic({ syntheticScans }: LakeEngine): Pick<ResultTable, 'synthetic' | 'synthetic_scans'> {
  return { synthetic: syntheticScans.length > 0, synthetic_scans: [...syntheticScans] };
}

async function allRows({ batches }: EngineRows): Promise<ResultValue[][]> {
  const rows: ResultValue[][] = [];
  for await (const batch of batches) for (const row of batch) rows.push(row);
  return rows;
}
