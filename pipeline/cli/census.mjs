#!/usr/bin/env node
// Starts the program: from the build where there is one only, from source in a clone.
import { existsSync } from 'node:fs';

const source = new URL('./main.ts', import.meta.url);
if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(source.href);
} else {
  await import(new URL('../../dist/pipeline/cli/main.js', import.meta.url).href);
}
