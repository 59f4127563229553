/**
 * Data that tests use where it is present and that is no part of this package: recorded peers, published results.
 * Looked for in the folder that CENSUS_SHARED names, else in `shared/` beside the package.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../pipeline/base/package-root.ts';
import { describeUnless } from './describe-unless.ts';

/** The folder (or file) `name` of the shared data, undefined where it isn't there. */
export function sharedFolder(name: string): string | undefined {
  const folder = join(sharedRoot(), name);
  return existsSync(folder) ? folder : undefined;
}

/** Like `describe`, for tests that need the shared data `name`; `body` gets its path. */
export function describeWithShared(name: string, title: string, body: (folder: string) => void): void {
  const folder = sharedFolder(name);
  const where = `${name} is not in ${sharedRoot()}: set CENSUS_SHARED to the folder that has it`;
  describeUnless(folder === undefined ? where : undefined, title, () => body(folder!));
}

function sharedRoot(): string {
  return process.env['CENSUS_SHARED'] || join(packageRoot, '..', 'shared');
}
