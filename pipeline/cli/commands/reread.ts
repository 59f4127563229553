/** `census reread`: the flights of a scan read again by this version of the program, and how far that says the same. */
import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import { type RereadCounts, reread } from '../../scan/index.ts';

interface RereadArgs {
  raw: string;
  out: string;
}

export const rereadCommand: CommandModule<object, RereadArgs> = {
  builder: (yargs) =>
    yargs
      .positional('raw', { type: 'string', demandOption: true, describe: RAW })
      .option('out', { type: 'string', demandOption: true, describe: OUT })
      .example('$0 reread raw/ --out raw-again/', 'See what this version reads otherwise') as never,
  handler: async ({ raw, out }: ArgumentsCamelCase<RereadArgs>) => {
    process.stdout.write(rereadSummary(await reread(raw, out)));
  },
};

/** For people: how many handshakes, how many say the same, and the fields in which others differ. */
export function rereadSummary({
  endpoints,
  handshakes,
  without_flight,
  agreed,
  differed,
  fields,
}: RereadCounts) {
  const number = (count: number) => count.toLocaleString('en');
  const byCount = [...fields].sort(([, left], [, right]) => right - left);
  return [
    `${number(endpoints)} endpoints, ${number(handshakes)} handshakes, ${number(without_flight)} without a flight`,
    `${number(agreed)} agree, ${number(differed)} differ`,
    ...byCount.map(([field, count]) => `  ${field} ${number(count)}`),
    '',
  ].join('\n');
}

const RAW = 'Folder that census scan --keep-flights wrote';
const OUT = 'Folder for the records as they are read now; must be empty';
