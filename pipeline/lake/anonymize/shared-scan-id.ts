/**
 * Names of scans in a lake for sharing. Those of our own scans are a time and chance; that of another tool's files holds
 * a hash of them, by which whoever has the files would know the scan, and with it the hosts: it becomes a pseudonym.
 */
import { createHmac } from 'node:crypto';
import type { LakeInput } from '../../formats/lake-manifest.ts';
import { pseudonymKey } from './key-file.ts';

/** `scan_id` where all its inputs are known not to have named it, and it holds no hash; else `scan-` and 20 hexadecimal digits. */
export function sharedScanId(key: Uint8Array, scan_id: string, inputs: readonly LakeInput[]): string {
  const own = inputs.filter((input) => input.scan_id === scan_id);
  const isOurs = own.length > 0 && own.every(({ source }) => OURS.has(source));
  if (isOurs && !/[0-9a-f]{16}/i.test(scan_id)) return scan_id;
  const digest = createHmac('sha256', pseudonymKey(key)).update(`scan:${scan_id}`).digest('hex');
  return `scan-${digest.slice(0, 20)}`;
}

const OURS: ReadonlySet<string> = new Set(['native', 'study-patterns']);
