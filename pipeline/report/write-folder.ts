/**
 * Files of a report to its folder, so that a reader never finds half of one: all is written beside, in
 * `.report-part`, then renamed into place, the page last. `figures/` and `tables/` of an earlier report are
 * replaced whole; other files in the folder are left alone.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../base/errors.ts';

/** What every page of ours carries, and by which a folder is known to be an earlier report. */
export const GENERATOR_MARK = '<meta name="generator" content="mail-tls-census';

const PART = '.report-part';
const OWNED = ['figures', 'tables', 'index.html'];

/** Throws UsageError where `folder` is no folder, or holds files of the same names that are not ours. */
export function checkReportFolder(folder: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) {
    throw new UsageError(`${folder} is a file; give --out the name of a folder`);
  }
  const taken = readdirSync(folder).filter((name) => OWNED.includes(name));
  if (taken.length > 0 && !isReport(folder)) {
    throw new UsageError(
      `${folder} has ${taken.join(', ')} that no report of ours wrote; give --out another folder`,
    );
  }
}

/** Writes `files`, by path below `folder`. */
export function writeReportFolder(folder: string, files: Map<string, string | Uint8Array>): void {
  checkReportFolder(folder);
  const part = join(folder, PART);
  for (const name of ['new', 'old']) rmSync(join(part, name), { recursive: true, force: true });
  for (const [path, content] of files) {
    const target = join(part, 'new', path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  mkdirSync(join(part, 'old'), { recursive: true });
  for (const name of OWNED) replace(folder, part, name);
  rmSync(part, { recursive: true });
}

function replace(folder: string, part: string, name: string): void {
  const made = join(part, 'new', name);
  const place = join(folder, name);
  // index.html stays until its successor is there: it is what marks the folder as ours
  if (existsSync(place) && name !== 'index.html') renameSync(place, join(part, 'old', name));
  if (existsSync(made)) renameSync(made, place);
}

/** Also where a first report was interrupted between the renaming of its parts. */
function isReport(folder: string): boolean {
  if (existsSync(join(folder, PART))) return true;
  const page = join(folder, 'index.html');
  return existsSync(page) && readFileSync(page, 'utf8').includes(GENERATOR_MARK);
}
