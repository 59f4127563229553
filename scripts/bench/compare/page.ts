/** What the comparison found, as the generated part of docs/comparison.md. */
import { machineLine } from '../measured-page.ts';
import type { Compared, ComparedMany } from './compare.ts';
import type { Score } from './findings.ts';
import type { ComparedServer } from './servers.ts';
import type { Tool } from './tools/tool.ts';

export interface Results {
  tools: readonly Tool[];
  /** Tools that could not be had, and why. */
  absent: readonly string[];
  servers: readonly { server: ComparedServer; compared: readonly Compared[] }[];
  many: { server: ComparedServer; compared: readonly ComparedMany[] } | undefined;
}

export function comparisonPage({ tools, absent, servers, many }: Results): string {
  return [
    machineLine(),
    '',
    '| tool | version | called with |',
    '| --- | --- | --- |',
    ...tools.map((tool) => `| ${tool.name} | ${tool.version()} | ${tool.about} |`),
    '',
    ...absent.flatMap((line) => [line, '']),
    ...servers.flatMap(({ server, compared }) => serverPart(server, compared)),
    ...(many ? manyPart(many.server, many.compared) : []),
  ].join('\n');
}

function serverPart({ name, about }: ComparedServer, compared: readonly Compared[]): string[] {
  return [
    `### ${name}: ${about}`,
    '',
    '| tool | suites | groups | DH sizes | certificates | connections | seconds | CPU seconds |',
    '| --- | --: | --: | --: | --: | --: | --: | --: |',
    ...compared.map(({ tool, scores, connections, run }) => {
      const facts = [scores.suites, scores.groups, scores.dh_bits, scores.certificates].map(shown);
      const seconds = run.ended ? `ended after ${run.wall_seconds.toFixed(0)}` : run.wall_seconds.toFixed(2);
      return `| ${[tool.name, ...facts, connections, seconds, run.cpu_seconds?.toFixed(2) ?? ''].join(' | ')} |`;
    }),
    '',
  ];
}

function manyPart({ name }: ComparedServer, compared: readonly ComparedMany[]): string[] {
  return [
    `### ${name} at ${compared[0]?.endpoints} addresses, one process a tool`,
    '',
    '| tool | endpoints whole | connections | seconds | CPU seconds | CPU ms an endpoint |',
    '| --- | --: | --: | --: | --: | --: |',
    ...compared.map(({ tool, endpoints, whole, connections, run }) => {
      const { cpu_seconds, wall_seconds } = run;
      const each = cpu_seconds === null ? '' : ((cpu_seconds / endpoints) * 1000).toFixed(0);
      const cells = [whole, connections, wall_seconds.toFixed(1), cpu_seconds?.toFixed(2) ?? 'ended', each];
      return `| ${[tool.name, ...cells].join(' | ')} |`;
    }),
    '',
  ];
}

/** `124 of 126, 1 wrong`; a dash for a tool that says nothing of it. */
function shown(one: Score | null): string {
  if (!one) return '–';
  return `${one.right} of ${one.truth}${one.wrong > 0 ? `, ${one.wrong} wrong` : ''}`;
}
