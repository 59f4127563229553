// `npm run build [-- --out FOLDER]`: dist/, the JavaScript that is published. A command is a few files: a process that asks
// one host lives half a second, and 150 small modules take a third of it. yargs and csv-parse, which are many files, too,
// are bundled with their licences beside them; what has native parts or data of its own stays a dependency.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const clone = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { out: { type: 'string', default: join(clone, 'dist') } } });
const { dependencies } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8'));

/** What is started: pipeline/cli/census.mjs names them. */
const PROCESSES = [
  'pipeline/cli/main.ts',
  'pipeline/scan/running/worker-process.ts',
  'pipeline/ingest/native/certificates/certificate-worker-process.ts',
  'pipeline/simulate/worker-process.ts',
];

rmSync(values.out, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: clone,
  entryPoints: PROCESSES,
  outbase: '.',
  outdir: values.out,
  chunkNames: 'pipeline/chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  alias: { 'string-width': join(clone, 'scripts/string-width.mjs') },
  external: Object.keys(dependencies).flatMap((name) => [name, `${name}/*`]),
  // Read where somebody asks for it: NODE_OPTIONS=--enable-source-maps census …
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
});
writeFileSync(join(values.out, 'LICENSES-OF-BUNDLED-PACKAGES.txt'), licences(metafile.inputs));

/** The licence of each package of which something is in the bundle. */
function licences(inputs) {
  const folders = Object.keys(inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [],
  );
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(clone, folder, 'package.json'), 'utf8'));
    return `${name} ${version}\n\n${licenceIn(join(clone, folder))}`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/** A package without the text of its licence can't be given on. */
function licenceIn(folder) {
  const names = ['LICENSE', 'LICENSE.txt', 'LICENSE.md', 'license', 'LICENSE-MIT.txt'];
  for (const name of names) {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch {}
  }
  throw new Error(`${folder} has no licence`);
}
