/** A file that was written for a lake → on the disk, with what the manifest says of it: bytes, hash, and a path that carries it. */
import { open } from 'node:fs/promises';
import { fileSha256 } from '../base/files.ts';
import type { LakeFile } from '../formats/lake-manifest.ts';

/** `staged`: where the file lies until it is part of the lake. */
export type Staged = LakeFile & { staged: string };

/** Brings a staged file to the disk, and fills in what the manifest says of it. */
export async function settle(slot: Staged): Promise<void> {
  const file = await open(slot.staged, 'r+');
  try {
    await file.sync();
    slot.bytes = (await file.stat()).size;
  } finally {
    await file.close();
  }
  slot.sha256 = await fileSha256(slot.staged);
  const port = slot.port === null ? '' : `/port=${slot.port}`;
  slot.path = `${slot.table}/scan_id=${slot.scan_id}${port}/part-${slot.sha256.slice(0, 16)}.parquet`;
}
