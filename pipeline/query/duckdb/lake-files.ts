/** A lake's manifest → the files that stand behind its tables: of the chosen scans, and there. */
import { UsageError } from '../../base/errors.ts';
import { checkedLakeFiles, lakeFileFault, scanIds } from '../../formats/checked-lake-files.ts';
import type { LakeFile } from '../../formats/lake-manifest.ts';

/** Files of the chosen scans (all by default), that are there. UsageError for an unknown scan or a broken manifest. */
export function lakeFiles(lake: string, scans: readonly string[] | undefined): LakeFile[] {
  const files = checkedLakeFiles(lake);
  const chosen = chooseScans(lake, files, scans);
  const wanted = files.filter((file) => chosen.has(file.scan_id));
  for (const file of wanted) {
    const fault = lakeFileFault(lake, file);
    if (fault) throw new UsageError(fault);
  }
  return wanted;
}

function chooseScans(
  lake: string,
  files: readonly LakeFile[],
  wanted: readonly string[] | undefined,
): Set<string> {
  const present = scanIds(files);
  if (present.length === 0) {
    throw new UsageError(`${lake} is an empty lake; fill it with: census ingest RAW --lake ${lake}`);
  }
  const unknown = wanted?.find((scan) => !present.includes(scan));
  if (unknown !== undefined) {
    throw new UsageError(`${lake} has no scan ${JSON.stringify(unknown)}; it has: ${present.join(', ')}`);
  }
  return new Set(wanted ?? present);
}
