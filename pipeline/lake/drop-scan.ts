/** Takes a scan out of a lake: the manifest without it is renamed into place, then its files and folders are removed. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { checkedLakeFiles, scanIds } from '../formats/checked-lake-files.ts';
import { LAKE_TABLES } from '../formats/lake-tables.ts';
import { LakeWriter } from './lake-writer.ts';

export interface Dropped {
  files: number;
  bytes: number;
}

/** UsageError for no lake, for a scan that is not there, and for a lake that is being written. */
export async function dropScan(lake: string, scan_id: string): Promise<Dropped> {
  checkedLakeFiles(lake);
  const writer = new LakeWriter(lake);
  try {
    const files = checkedLakeFiles(lake);
    const gone = files.filter((file) => file.scan_id === scan_id);
    if (gone.length === 0) {
      const there = scanIds(files).join(', ') || 'none';
      throw new UsageError(`${lake} has no scan ${JSON.stringify(scan_id)}; it has: ${there}`);
    }
    await writer.commit([{ scan_id }], []);
    // Empty folders of partitions would still be partitions to other engines.
    for (const name of [...LAKE_TABLES.map((table) => table.name), 'quarantine'])
      rmSync(join(lake, name, `scan_id=${scan_id}`), { recursive: true, force: true });
    return { files: gone.length, bytes: gone.reduce((total, { bytes }) => total + bytes, 0) };
  } finally {
    writer.close();
  }
}
