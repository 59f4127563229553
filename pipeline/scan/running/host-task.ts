/** What is scheduled: the endpoints that one target has at one address. */
import type { HostBudget } from '../scan-context.ts';
import type { Endpoint } from '../targets/endpoints.ts';

export interface HostTask {
  /** Index of the target's slot. */
  slot: number;
  /** Null where there is nothing to connect to. */
  ip: string | null;
  /** At least one. */
  endpoints: readonly Endpoint[];
  /** Of all these endpoints together. */
  budget: HostBudget;
}
