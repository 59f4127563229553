/** The newest release of Trino that a Java of the machine runs, and what is said where none does. */
import { expect, test } from 'vitest';
import type { Java } from './java.ts';
import { runnableTrino, TRINO_RELEASES } from './trino-releases.ts';

const java = (feature: number): Java => ({ command: `/jvm/${feature}/bin/java`, feature, modules: [] });

test('releases stand newest first, and each needs what the one before it needs, or less', () => {
  const versions = TRINO_RELEASES.map(({ version }) => Number(version));
  expect(versions).toEqual([...versions].sort((a, b) => b - a));
  const least = TRINO_RELEASES.map(({ leastJava }) => leastJava);
  expect(least).toEqual([...least].sort((a, b) => b - a));
});

test('the newest one that runs, on the first Java that runs it', () => {
  const [newest] = TRINO_RELEASES;
  expect(runnableTrino([java(17), java(25), java(26)])).toEqual({ release: newest, java: java(25) });
});

test('what is there, and what is needed', () => {
  expect(runnableTrino([java(17)])).toEqual({
    missing: expect.stringMatching(
      /^Trino \d+ needs Java \d+ or later, found: 17; install one, or name it with JAVA_HOME$/,
    ),
  });
});
