import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that take minutes, asleep: `npm run test:slow`; and those on a Trino cluster: `npm run test:cluster`. */
const SLOW = '**/*.slow.test.ts';
const CLUSTER = '**/*.cluster.test.ts';
const isSlow = process.env['CENSUS_SLOW'] === '1';
const isCluster = process.env['CENSUS_CLUSTER'] === '1';
const isApart = isSlow || isCluster;

export default defineConfig({
  test: {
    include: isSlow ? [SLOW] : isCluster ? [CLUSTER] : ['pipeline/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: isApart ? configDefaults.exclude : [...configDefaults.exclude, SLOW, CLUSTER],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Of tests that say they may run at a time: each waits for a scan, which waits for a server.
    maxConcurrency: 16,
    // One cluster for all, and one query at a time on it.
    ...(isCluster && {
      globalSetup: 'scripts/cluster/test-cluster.ts',
      fileParallelism: false,
      testTimeout: 120_000,
      hookTimeout: 300_000,
    }),
  },
});
