/**
 * Data that tests use where it is present and that is no part of this package: recorded peers, published results.
 * Looked for in the folder that CENSUS_SHARED names, else in `shared/` beside the package. Where it is missing a test
 * says so and is skipped; under CENSUS_REQUIRE_PEERS=1 it fails.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../pipeline/base/package-root.ts';

/** The folder (or file) `name` of the shared data, undefined where it isn't there. */
export function sharedFolder(name: string): string | undefined {
  const folder = join(sharedRoot(), name);
  return existsSync(folder) ? folder : undefined;
}

/** Like `describe`, for tests that need the shared data `name`; `body` gets its path. */
export function describeWithShared(name: string, title: string, body: (folder: string) => void): void {
  const folder = sharedFolder(name);
  if (folder !== undefined) {
    describe(title, () => body(folder));
    return;
  }
  const missing = `${name} is not in ${sharedRoot()}: set CENSUS_SHARED to the folder that has it`;
  test(title, (context) => {
    if (process.env['CENSUS_REQUIRE_PEERS'] === '1') expect.fail(missing);
    context.skip(missing);
  });
}

function sharedRoot(): string {
  return process.env['CENSUS_SHARED'] || join(packageRoot, '..', 'shared');
}
