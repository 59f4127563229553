/**
 * The program and the bench as JavaScript, compiled the way `npm run build` does it, into a cache folder of the clone:
 * what tsx makes of the sources is slower (it names every closure when it is made), and dist/ is not ours to write.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../pipeline/base/package-root.ts';

const FOLDER = join(packageRoot, 'node_modules/.cache/census-bench');

/** Compiles everything; returns a function from a source's path in the clone to its JavaScript. */
export function buildProgram(): (source: string) => string {
  rmSync(FOLDER, { recursive: true, force: true });
  const compiler = join(packageRoot, 'node_modules/typescript/bin/tsc');
  const options = ['-p', 'tsconfig.json', '--noEmit', 'false', '--outDir', FOLDER, '--sourceMap', 'false'];
  try {
    execFileSync(process.execPath, [compiler, ...options], { cwd: packageRoot, stdio: 'pipe' });
  } catch (error) {
    // Faults of types don't keep it from being written; what is missing then fails when it is run.
    process.stderr.write(`${(error as { stdout?: Buffer }).stdout ?? ''}`);
  }
  return (source) => join(FOLDER, source.replace(/\.ts$/, '.js'));
}
