/** What a tool says of its version; undefined where it is not there. */
import { spawnSync } from 'node:child_process';

export function said(command: readonly string[], pattern: RegExp): string | undefined {
  const { error, stdout, stderr } = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8' });
  return error ? undefined : (pattern.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown');
}
