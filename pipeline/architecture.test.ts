/** Keeps true which room may import which (ARCHITECTURE.md), and that stages are entered by their index.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from './base/package-root.ts';

const MAY_IMPORT: Record<string, string[]> = {
  base: [],
  tls: ['base'],
  mail: ['base'],
  x509: ['base'],
  formats: ['base', 'tls/versions.ts'],
  scan: ['base', 'tls', 'mail', 'formats'],
  lake: ['base', 'formats'],
  ingest: ['base', 'x509', 'tls', 'mail', 'lake', 'formats'],
  prior: ['base', 'formats'],
  simulate: ['base', 'formats', 'tls/versions.ts'],
  query: ['base', 'formats'],
  report: ['base', 'formats'],
  cli: [
    'base',
    'formats',
    'scan/index.ts',
    'ingest/index.ts',
    'lake/index.ts',
    'prior/index.ts',
    'query/index.ts',
    'query/render/index.ts',
    'report/index.ts',
    'simulate/index.ts',
  ],
};

const pipeline = join(packageRoot, 'pipeline');

describe('rooms', () => {
  test('every folder of pipeline/ is a room of the table', () => {
    const folders = readdirSync(pipeline, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  test.each(Object.keys(MAY_IMPORT))('%s imports only what it may', (room) => {
    const files = sources(join(pipeline, room));
    expect(files.length).toBeGreaterThan(0);
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => !allowed(room, target))
        .map((target) => `${relative(pipeline, file)} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('the village does not know our wire codec', () => {
    const village = sources(join(packageRoot, 'scripts/village')).flatMap(importsOf);
    const known = village.filter((target) => /^(tls|mail|x509|scan|ingest|query|report|cli)\//.test(target));
    expect(known).toEqual([]);
  });

  test('nor do the fronts of defective servers', () => {
    const fronts = sources(join(packageRoot, 'scripts/defects/front')).flatMap(importsOf);
    expect(fronts.length).toBeGreaterThan(0);
    expect(fronts.filter((target) => !target.startsWith('../scripts/defects/front/'))).toEqual([]);
  });
});

function allowed(room: string, target: string): boolean {
  if (target.startsWith(`${room}/`)) return true;
  return MAY_IMPORT[room]!.some((entry) => target === entry || target.startsWith(`${entry}/`));
}

/** Source files without tests: a test may reach for whatever it needs. */
function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(file))
    .map((file) => join(folder, file));
}

/** Our own files that a source imports, as paths from pipeline/. */
function importsOf(file: string): string[] {
  const matches = readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g);
  return [...matches].map(([, path]) => relative(pipeline, join(dirname(file), path!)).replaceAll('\\', '/'));
}
