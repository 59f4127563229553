/** `npm run sample`: records a scan of the village into datasets/samples/village, for the goldens and the tests. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../pipeline/base/package-root.ts';
import { MAIL_PORTS } from '../pipeline/formats/ports.ts';
import { readTargets, realWorld, SCAN_DEFAULTS, scan } from '../pipeline/scan/index.ts';
import { startVillage } from './village/index.ts';
import { VILLAGE_PACE } from './village/pace.ts';

const out = join(packageRoot, 'datasets/samples/village');
rmSync(out, { recursive: true, force: true });
const village = await startVillage();
try {
  const lines = village.targetsCsv().split('\n');
  const targets = await readTargets(lines, { source: 'village', allow_reserved: true });
  await scan(
    {
      ...SCAN_DEFAULTS,
      ...VILLAGE_PACE,
      targets,
      ports: MAIL_PORTS.map(({ port }) => port),
      out,
      timeouts: { ...SCAN_DEFAULTS.timeouts, connect_ms: 3000, greeting_ms: 3000, read_ms: 3000 },
      allow_reserved: true,
    },
    realWorld(),
  );
} finally {
  await village.stop();
}
