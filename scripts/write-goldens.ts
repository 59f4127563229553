/** `npm run goldens`: each published table over the sample scan → queries/NAME.golden.csv. Read them before a commit. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../pipeline/base/package-root.ts';
import { tableToCsv } from '../pipeline/formats/csv.ts';
import { ingest } from '../pipeline/ingest/index.ts';
import { queryAll } from '../pipeline/query/index.ts';

const lake = mkdtempSync(join(tmpdir(), 'census-goldens-'));
try {
  await ingest({ from: 'native', inputs: [join(packageRoot, 'datasets/samples/village')], lake });
  for (const table of await queryAll({ lake })) {
    writeFileSync(join(packageRoot, 'queries', `${table.name}.golden.csv`), tableToCsv(table));
  }
} finally {
  rmSync(lake, { recursive: true, force: true });
}
