/** Tests on the Trino cluster of `npm run test:cluster` (scripts/cluster/test-cluster.ts). */
import { inject } from 'vitest';
import type { TrinoOptions } from '../../pipeline/query/index.ts';
import type { ClusterAddress } from '../cluster/trino-cluster.ts';
import { describeUnless } from './describe-unless.ts';

/** Like `describe`; `body` gets the cluster's addresses. */
export function describeWithCluster(title: string, body: (cluster: ClusterAddress) => void): void {
  const cluster = inject('cluster');
  describeUnless('missing' in cluster ? cluster.missing : undefined, title, () =>
    body(cluster as ClusterAddress),
  );
}

/** How a test speaks to the cluster, by a schema of its own. */
export function trinoOn({ url, catalog }: ClusterAddress, schema: string): TrinoOptions {
  return { url, catalog, schema, user: 'census' };
}
