/** What a bench measured, put into a page between its marks, with the machine, the date and the commit. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../pipeline/base/package-root.ts';

/** Writes `markdown` between the marks of `page`, a path in the clone. */
export function writeMeasured(page: string, markdown: string): void {
  const file = join(packageRoot, page);
  const parts = /^(.*<!-- measured -->\n)(.*)(<!-- end of measured -->.*)$/s.exec(readFileSync(file, 'utf8'));
  if (!parts) throw new Error(`${page} has no marks to write between`);
  writeFileSync(file, `${parts[1]}\n${markdown.trim()}\n\n${parts[3]}`);
}

/** Date, commit, cores, processor and Node of a measurement. */
export function machineLine(): string {
  const git = ['describe', '--always', '--dirty', '--abbrev=7'];
  const commit = execFileSync('git', git, { cwd: packageRoot, encoding: 'utf8' }).trim();
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}`;
  return `Measured ${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${machine}.`;
}
