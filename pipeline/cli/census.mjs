#!/usr/bin/env node
// Starts the program: from the build where there is one only, from source in a clone. Workers start here too.
import { existsSync } from 'node:fs';

const PARTS = {
  'scan-worker': 'scan/running/worker-process',
  'certificate-worker': 'ingest/native/certificates/certificate-worker-process',
  'simulate-worker': 'simulate/worker-process',
};
const part = PARTS[process.env.CENSUS_PROCESS] ?? 'cli/main';
const source = new URL(`../${part}.ts`, import.meta.url);
if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(source.href);
} else {
  await import(new URL(`../../dist/pipeline/${part}.js`, import.meta.url).href);
}
