import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that take minutes, asleep: `npm run test:slow`. */
const SLOW = '**/*.slow.test.ts';
const isSlow = process.env['CENSUS_SLOW'] === '1';

export default defineConfig({
  test: {
    include: isSlow ? [SLOW] : ['pipeline/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: isSlow ? configDefaults.exclude : [...configDefaults.exclude, SLOW],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
