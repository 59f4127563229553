/** The parts of docs/ that are made from the code, so that they cannot fall behind it. A test holds them to it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../pipeline/base/package-root.ts';
import { LAKE_TABLES, type LakeTable } from '../pipeline/formats/lake-tables.ts';
import { columnRule } from '../pipeline/lake/index.ts';
import { readModules, type SqlModule } from '../pipeline/query/index.ts';

export const COMMANDS = [
  'run',
  'scan',
  'reread',
  'learn-prior',
  'ingest',
  'simulate',
  'queries',
  'query',
  'sql',
  'report',
  'lake',
  'export',
  'doctor',
] as const;

/** Commands with words of their own, each with a help of its own. */
const SUBCOMMANDS: Record<string, readonly string[]> = {
  lake: ['info', 'verify', 'compact', 'drop-scan', 'export-ddl', 'register'],
};

/** File, marker of the part, and what stands in it. */
export const GENERATED: readonly { file: string; marker: string; text: () => Promise<string> | string }[] = [
  { file: 'docs/lake.md', marker: 'lake tables', text: () => LAKE_TABLES.map(lakeTable).join('\n') },
  { file: 'docs/sharing.md', marker: 'sharing columns', text: () => LAKE_TABLES.map(sharedTable).join('\n') },
  {
    file: 'docs/tables.md',
    marker: 'published tables',
    text: () => readModules().map(publishedTable).join('\n'),
  },
  {
    file: 'docs/commands.md',
    marker: 'commands',
    text: allHelp,
  },
];

/** `document` with the part between its two marker comments replaced. Throws where it has no such part. */
export function replaceGenerated(document: string, marker: string, text: string): string {
  const [start, end] = [`<!-- begin ${marker}: written by npm run docs -->`, `<!-- end ${marker} -->`];
  const from = document.indexOf(start);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`no part "${marker}" in the document`);
  return `${document.slice(0, from)}${start}\n\n${text}\n${document.slice(to)}`;
}

function lakeTable({ name, grain, partitioned_by, columns }: LakeTable): string {
  return [
    `### ${name}`,
    '',
    `${sentence(grain)} Partitioned by ${partitioned_by.map((column) => `\`${column}\``).join(', ')}.`,
    '',
    '| column | type | |',
    '| --- | --- | --- |',
    ...columns.map((column) => `| \`${column.name}\` | ${column.type} | ${column.description} |`),
    '',
  ].join('\n');
}

function sharedTable({ name, columns }: LakeTable): string {
  return [
    `### ${name}`,
    '',
    '| column | in the lake for sharing |',
    '| --- | --- |',
    ...columns.map((column) => `| \`${column.name}\` | ${columnRule(name, column.name).says} |`),
    '',
  ].join('\n');
}

function publishedTable({ name, title, grain, source, reads, columns, empty }: SqlModule): string {
  return [
    `### ${name}`,
    '',
    `${sentence(title)} ${sentence(grain)} Source of the question: ${source}.`,
    `Reads ${reads.map((table) => `\`${table}\``).join(', ')}. Empty where ${empty}.`,
    '',
    '| column | type | |',
    '| --- | --- | --- |',
    ...columns.map((column) => `| \`${column.name}\` | ${column.type} | ${column.description} |`),
    '',
  ].join('\n');
}

function withSubcommands(command: string): string[] {
  return [command, ...(SUBCOMMANDS[command] ?? []).map((word) => `${command} ${word}`)];
}

async function allHelp(): Promise<string> {
  return (await Promise.all(['', ...COMMANDS].flatMap(withSubcommands).map(commandHelp))).join('\n');
}

async function commandHelp(command: string): Promise<string> {
  const words = command === '' ? [] : command.split(' ');
  const census = join(packageRoot, 'pipeline/cli/census.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [census, ...words, '--help'], {
    env: { ...process.env, LC_ALL: 'C' },
  });
  return [`### census ${command}`.trimEnd(), '', '```', stdout.trimEnd(), '```', ''].join('\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
