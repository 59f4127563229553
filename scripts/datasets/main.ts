/**
 * `npx tsx scripts/datasets/main.ts NAME SOURCE…` makes `datasets/NAME.csv` anew from files given on the command
 * line. datasets/README.md says where each source comes from. Nothing is fetched.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../pipeline/base/errors.ts';
import { datasetsFolder } from '../../pipeline/formats/datasets.ts';
import { makeCipherSuites } from './cipher-suites.ts';
import { makeDhPrimes } from './dh-primes.ts';
import { makeNamedGroups } from './named-groups.ts';
import { makePublished2015 } from './published-2015.ts';
import { makeSignatureSchemes } from './signature-schemes.ts';

interface Maker {
  /** Names of the source files, in the order of the command line. */
  sources: string[];
  make(...texts: string[]): string;
}

const MAKERS: Record<string, Maker> = {
  cipher_suites: {
    sources: ['tls-parameters-4.csv', 'ssl3.h', 'tls1.h', 'positions.csv'],
    make: (iana, ssl3, tls1, positions) => makeCipherSuites(iana!, `${ssl3}\n${tls1}`, positions!),
  },
  named_groups: { sources: ['tls-parameters-8.csv'], make: (iana) => makeNamedGroups(iana!) },
  signature_schemes: { sources: ['tls-signaturescheme.csv'], make: (iana) => makeSignatureSchemes(iana!) },
  dh_primes: { sources: ['known-dh-primes.csv'], make: (source) => makeDhPrimes(source!) },
  published_2015: { sources: ['published-2015.csv'], make: (source) => makePublished2015(source!) },
};

try {
  const [name = '', ...files] = process.argv.slice(2);
  const maker = MAKERS[name];
  if (!maker || files.length !== maker.sources.length) throw new UsageError(usage());
  const target = join(datasetsFolder, `${name}.csv`);
  writeFileSync(target, maker.make(...files.map((file) => readFileSync(file, 'utf8'))));
  process.stdout.write(`${target}\n`);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

function usage(): string {
  const lines = Object.entries(MAKERS).map(([name, { sources }]) => `  ${name} ${sources.join(' ')}`);
  return `say which dataset to make, and from which files:\n${lines.join('\n')}`;
}
