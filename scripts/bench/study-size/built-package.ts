/**
 * The package as it is published, without its documents: bundled, with its data, in a folder of its own, so that workers
 * too run JavaScript. `dist/` of the clone is not ours to write.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../pipeline/base/package-root.ts';

/** Makes it in `folder`, anew; gives the path of the program. */
export function buildPackage(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const words = [join(packageRoot, 'scripts/build.mjs'), '--out', join(folder, 'dist')];
  execFileSync(process.execPath, words, { stdio: 'inherit' });
  for (const path of SHIPPED) {
    if (existsSync(join(packageRoot, path)))
      cpSync(join(packageRoot, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'pipeline/cli/census.mjs');
}

const SHIPPED = [
  'package.json',
  'pipeline/cli/census.mjs',
  'pipeline/formats/raw-record.schema.json',
  'queries',
  'datasets',
  'reports',
];
