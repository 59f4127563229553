/** What npm pack gives is a package that runs: installed in an empty folder, without this clone. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { packageRoot, packageVersion } from '../pipeline/base/package-root.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const folder = temporaryFolder('package');
const installed = join(folder, 'node_modules/mail-tls-census');
let files: string[];

/** The package as npm would lay it out, with the dependencies (not the development ones) of this clone. */
beforeAll(() => {
  const [packed] = JSON.parse(npm('pack', '--json', '--pack-destination', folder).replace(/^[^[]*/, ''));
  files = packed.files.map((file: { path: string }) => file.path);
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '-C', installed, '--strip-components=1']);
  const lock = JSON.parse(readFileSync(join(packageRoot, 'package-lock.json'), 'utf8'));
  for (const [path, entry] of Object.entries<{ dev?: boolean; optional?: boolean }>(lock.packages)) {
    const name = path.slice('node_modules/'.length);
    if (path === '' || entry.dev || name.includes('node_modules/')) continue;
    mkdirSync(join(folder, 'node_modules', name, '..'), { recursive: true });
    symlinkSync(join(packageRoot, path), join(folder, 'node_modules', name));
  }
}, 180_000);

test('holds the program, its data and its documents, and no test', () => {
  for (const file of [
    'pipeline/cli/census.mjs',
    'dist/pipeline/cli/main.js',
    'queries/version_support.sql',
    'datasets/cipher_suites.csv',
    'reports/figures/version_support.vl.json',
    'docs/lake.md',
    'pipeline/formats/raw-record.schema.json',
    'LICENSE',
    'README.md',
  ]) {
    expect(files).toContain(file);
  }
  expect(files.filter((file) => /\.test\.|\.fixture\.|(^|\/)samples\//.test(file))).toEqual([]);
});

test('says its version and its queries', () => {
  expect(census('--version').trim()).toBe(packageVersion);
  expect(census('queries')).toMatch(/^version_support /m);
});

test('ingests, queries and reports', () => {
  writeFileSync(join(folder, 'patterns.csv'), 'count,ratio,port,pattern\n3,1,25,ra\n');
  writeFileSync(
    join(folder, 'positions.csv'),
    'position,version,openssl_name\n0,SSLv3,RC4-MD5\n1,TLSv1.0,RC4-MD5\n',
  );
  census('ingest', '--from', 'study-patterns', 'patterns.csv', '--lake', 'lake');
  expect(census('query', 'version_support', '--lake', 'lake', '--format', 'csv')).toContain(
    'study-2015,25,TLSv1.0,3,3,0,,0,0,0,0,1,\n',
  );
  census('report', '--lake', 'lake', '--out', 'report');
  expect(readFileSync(join(folder, 'report/index.html'), 'utf8')).toContain('TLSv1.0');
});

test('simulates, with workers of its own', () => {
  const said = census('simulate', '--endpoints', '200', '--workers', '2', '--out', 'raw');
  expect(said).toMatch(/^synthetic-200-[\da-f]{8} in raw is a made population, no server was asked: 200 /);
  expect(JSON.parse(readFileSync(join(folder, 'raw/scan.json'), 'utf8'))).toMatchObject({ synthetic: true });
});

function census(...words: string[]): string {
  return execFileSync(process.execPath, [join(installed, 'pipeline/cli/census.mjs'), ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
}

function npm(...words: string[]): string {
  return execFileSync('npm', words, {
    cwd: packageRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  });
}
