/** The recorded scan of the village, cut into shards as if machines had scanned it: what each would have written. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sha256Hex } from '../../pipeline/base/hex.ts';
import { villageSample } from './sample-lake.ts';

/** Folders of raw records below `folder`, one a shard. Endpoints keep their numbers. */
export function shardedSample(folder: string, of: number): string[] {
  const scan = JSON.parse(readFileSync(join(villageSample, 'scan.json'), 'utf8'));
  const [part] = scan.parts;
  const lines = gunzipSync(readFileSync(join(villageSample, part.endpoints)))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  return Array.from({ length: of }, (_, place) => {
    const raw = join(folder, `shard-${place + 1}`);
    cpSync(villageSample, raw, { recursive: true });
    const scan_id = `${scan.scan_id}-${place + 1}`;
    const own = lines
      .filter((_, line) => line % of === place)
      .map((line) => `${JSON.stringify({ ...JSON.parse(line), scan_id })}\n`);
    const bytes = gzipSync(own.join(''));
    writeFileSync(join(raw, part.endpoints), bytes);
    const sha256 = { ...part.sha256, endpoints: sha256Hex(bytes) };
    const parts = [{ ...part, records: own.length, sha256 }];
    const shard = { index: place + 1, of };
    writeFileSync(join(raw, 'scan.json'), JSON.stringify({ ...scan, scan_id, shard, parts }));
    return raw;
  });
}
