/** The generated parts of docs/ are in step with the code, and every command has an example. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../pipeline/base/package-root.ts';
import { COMMANDS, GENERATED, replaceGenerated } from './generated-docs.ts';

describe.each(GENERATED)('$marker in $file', ({ file, marker, text }) => {
  test('is what npm run docs writes', async () => {
    const document = readFileSync(join(packageRoot, file), 'utf8');
    expect(document).toBe(replaceGenerated(document, marker, await text()));
  }, 180_000);
});

test('every command is documented, with an example in its help or in the README', () => {
  const help = readFileSync(join(packageRoot, 'docs/commands.md'), 'utf8');
  const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');
  const listed = [...help.matchAll(/^ {2}census ([\w-]+)/gm)].map(([, name]) => name!);
  expect([...new Set(listed)].sort()).toEqual([...COMMANDS].sort());
  for (const command of COMMANDS) {
    expect(`${help}${readme}`, `an example of ${command}`).toMatch(
      new RegExp(`npx census ${command}\\b|Examples:[^#]*census ${command}\\b`),
    );
  }
});
