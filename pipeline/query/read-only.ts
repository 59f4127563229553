/**
 * A statement of the operator's own → the same without what ends it, where it can only read. The engines are asked to hold it
 * to that too: DuckDB by its kind of statement and without access to files, Trino by the rights of its user.
 */
import { UsageError } from '../base/errors.ts';

/** UsageError for a statement that is empty or could change something. */
export function readOnly(statement: string): string {
  const text = statement.trim().replace(/(?:;\s*)+$/, '');
  const bare = withoutComments(text);
  const [verb = ''] = /^[a-z]+|^\(/i.exec(bare) ?? [];
  if (verb === '')
    throw new UsageError('the statement is empty or does not begin with a word of SQL; give a select');
  if (!READING.has(verb.toLowerCase())) {
    throw new UsageError(`a statement that begins with ${verb} is not run: it may only read, as select does`);
  }
  if (/^explain\b/i.test(verb) && /\banalyze\b/i.test(bare)) {
    throw new UsageError(
      'explain analyze is not run, since it runs the statement behind it; leave analyze out',
    );
  }
  return text;
}

/** The comments before the first word hide it; those after it harm nobody. */
function withoutComments(text: string): string {
  return text.replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '');
}

const READING = new Set(['select', 'with', 'values', 'table', 'show', 'describe', 'explain', '(']);
