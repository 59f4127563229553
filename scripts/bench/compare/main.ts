/**
 * `npx tsx scripts/bench/compare/main.ts [--sslyze PROGRAM] [--prior FILE] [--servers NAME,…] [--tools NAME,…]
 * [--without NAME]…`:
 * this program beside the tools that people use, on the same real servers, each held to the server's configuration.
 * Writes the generated part of docs/comparison.md. Needs root, Debian's postfix, dovecot-imapd, stunnel4, sslscan,
 * nmap and testssl.sh; sslyze from PyPI where it is named. Takes half an hour, most of it testssl's.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../../pipeline/base/package-root.ts';
import { writeMeasured } from '../measured-page.ts';
import { buildPackage } from '../study-size/built-package.ts';
import { type Compared, type ComparedMany, compareMany, compareOne } from './compare.ts';
import { comparisonPage, type Results } from './page.ts';
import { type ComparedServer, startServers } from './servers.ts';
import { census } from './tools/census.ts';
import { nmap } from './tools/nmap.ts';
import { sslscan } from './tools/sslscan.ts';
import { sslyze } from './tools/sslyze.ts';
import { testssl } from './tools/testssl.ts';
import type { Tool } from './tools/tool.ts';

const { values } = parseArgs({
  options: {
    sslyze: { type: 'string', default: 'sslyze' },
    /** A prior of `census learn-prior`: with it, `--strategy predictive` is compared too. */
    prior: { type: 'string' },
    servers: { type: 'string' },
    tools: { type: 'string' },
    /** These are left out: names have commas, too. */
    without: { type: 'string', multiple: true, default: [] },
    'limit-seconds': { type: 'string', default: '400' },
    endpoints: { type: 'string', default: '50' },
    /** Print instead of writing the page. */
    print: { type: 'boolean', default: false },
  },
});
const limit_seconds = Number(values['limit-seconds']);

async function main(): Promise<void> {
  const all = tools();
  const there = all.filter((tool) => tool.version() !== undefined);
  const absent = all.filter((tool) => !there.includes(tool)).map(({ name }) => `Not there: ${name}.`);
  const { servers, missing, stop } = await startServers(values.servers?.split(','));
  try {
    // A modest configuration, as most servers have it.
    const modest = servers.find(({ name }) => name === 'Dovecot') ?? servers[0];
    const results: Results = {
      tools: there,
      absent: [...missing, ...absent, NO_ZGRAB2],
      servers: await inTurn(servers, async (server) => ({ server, compared: await onServer(server, there) })),
      many: values.endpoints !== '0' && modest ? await onMany(modest, there) : undefined,
    };
    if (values.print) process.stdout.write(comparisonPage(results));
    else writeMeasured('docs/comparison.md', comparisonPage(results));
  } finally {
    await stop();
  }
}

async function onServer(server: ComparedServer, there: readonly Tool[]): Promise<Compared[]> {
  return inTurn(there, async (tool) => {
    const compared = await compareOne(tool, server, limit_seconds);
    const { suites } = compared.scores;
    const { wall_seconds, cpu_seconds } = compared.run;
    const took = `${compared.connections} connections, ${wall_seconds.toFixed(1)} s, CPU ${cpu_seconds?.toFixed(2)} s`;
    process.stderr.write(
      `${server.name}, ${tool.name}: ${suites?.right} of ${suites?.truth} suites, ${took}\n`,
    );
    return compared;
  });
}

async function onMany(server: ComparedServer, there: readonly Tool[]): Promise<Results['many']> {
  const compared: (ComparedMany | undefined)[] = await inTurn(there, (tool) =>
    compareMany(tool, server, Number(values.endpoints), limit_seconds),
  );
  return { server, compared: compared.filter((one) => one !== undefined) };
}

function tools(): Tool[] {
  const main = buildPackage(join(packageRoot, 'node_modules/.cache/census-compare'));
  const all = [
    census('census', main, [], 'defaults: adaptive, with all probes'),
    census(
      'census, suites only',
      main,
      ['--probes', 'none'],
      '`--probes none`: what the other tools are asked for',
    ),
    ...(values.prior ? [predictive(main, values.prior)] : []),
    sslscan,
    nmap,
    sslyze(values.sslyze),
    testssl,
  ];
  return all.filter(({ name }) => isNamed(values.tools, name) && !values.without.includes(name));
}

function predictive(main: string, prior: string): Tool {
  const words = ['--probes', 'none', '--strategy', 'predictive', '--prior', resolve(prior)];
  const about =
    '`--strategy predictive --probes none`, with a prior learnt from the study of 2015; what it infers counts';
  return census('census, predictive', main, words, about);
}

function isNamed(names: string | undefined, name: string): boolean {
  return names === undefined || names.split(',').includes(name);
}

async function inTurn<T, R>(list: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const one of list) results.push(await work(one));
  return results;
}

const NO_ZGRAB2 =
  'Not there: zgrab2, whose module the Go module proxy did not give out when this was measured.';

await main();
