/** Registers a lake on a Trino cluster as `census lake register` does. */
import { type Registered, registerLake } from '../../pipeline/lake/index.ts';
import { executeOnTrino, type TrinoOptions } from '../../pipeline/query/index.ts';

export function registerOn(lake: string, trino: TrinoOptions, location?: string): Promise<Registered> {
  const { catalog, schema } = trino;
  return registerLake(lake, { catalog, schema, location }, executeOnTrino(trino));
}
