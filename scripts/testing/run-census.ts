/** Runs `census` as a user would, in a process of its own, and gives what it said and how it ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { packageRoot } from '../../pipeline/base/package-root.ts';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export const censusProgram = join(packageRoot, 'pipeline/cli/census.mjs');

/** `input` goes to standard input, which is closed after it; `env` is added to this process's environment. */
export async function runCensus(
  words: readonly string[],
  input = '',
  env: Record<string, string> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [censusProgram, ...words], {
    stdio: 'pipe',
    env: { ...process.env, ...env },
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, stdout, stderr };
}
