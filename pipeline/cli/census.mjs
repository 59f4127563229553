#!/usr/bin/env node
// Starts the program: from the build where there is one only, from source in a clone. A scan's workers start here too.
import { existsSync } from 'node:fs';

const part = process.env.CENSUS_PROCESS === 'scan-worker' ? 'scan/running/worker-process' : 'cli/main';
const source = new URL(`../${part}.ts`, import.meta.url);
if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(source.href);
} else {
  await import(new URL(`../../dist/pipeline/${part}.js`, import.meta.url).href);
}
