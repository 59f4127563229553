/** `npm run docs`: writes the generated parts of docs/ anew: the lake's tables, the published tables, the commands. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../pipeline/base/package-root.ts';
import { GENERATED, replaceGenerated } from './generated-docs.ts';

for (const { file, marker, text } of GENERATED) {
  const path = join(packageRoot, file);
  writeFileSync(path, replaceGenerated(readFileSync(path, 'utf8'), marker, await text()));
}
