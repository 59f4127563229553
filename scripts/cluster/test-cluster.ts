/**
 * The cluster of `npm run test:cluster`: started once for all its tests, before the first (vitest's globalSetup), with HTTP for
 * anybody and HTTPS for whom it knows. Where it cannot be had, the tests say what is missing.
 */
import type { TestProject } from 'vitest/node';
import { fetchedTrino } from './fetch-trino.ts';
import { makeSecuredAccess } from './secured-access.ts';
import { type ClusterAddress, startTrinoCluster } from './trino-cluster.ts';
import { runnableTrino } from './trino-releases.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    cluster: ClusterAddress | { missing: string };
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runnable = runnableTrino();
  const server = 'missing' in runnable ? undefined : fetchedTrino(runnable.release);
  if ('missing' in runnable || server === undefined) {
    const missing =
      'missing' in runnable ? runnable.missing : 'Trino is not here; get it with: npm run cluster -- fetch';
    project.provide('cluster', { missing });
    return async () => {};
  }
  const { stop, ...address } = await startTrinoCluster({
    server,
    java: runnable.java,
    secure: makeSecuredAccess,
  });
  project.provide('cluster', address);
  return stop;
}
