/** `census export`: a lake that can be given away, and the key that its pseudonyms are made with. */
import type { Argv, CommandModule } from 'yargs';
import { UsageError } from '../../base/errors.ts';
import { anonymizeLake, writeNewKey } from '../../lake/index.ts';

interface ExportArgs {
  anonymize: boolean;
  key: string | undefined;
  lake: string | undefined;
  out: string | undefined;
  newKey: string | undefined;
  dropCountry: boolean;
}

export const exportCommand: CommandModule<object, ExportArgs> = {
  builder: (yargs) =>
    yargs
      .option('anonymize', {
        describe: 'Pseudonyms in place of what tells a host (docs/sharing.md)',
        type: 'boolean',
        default: false,
      })
      .option('key', {
        describe: 'File with the secret key; the same key gives the same pseudonyms',
        type: 'string',
      })
      .option('lake', { describe: 'Folder of the lake', type: 'string' })
      .option('out', { describe: 'Folder of the new lake: none, or an empty one', type: 'string' })
      .option('drop-country', { describe: 'Leave countries out', type: 'boolean', default: false })
      .option('new-key', { describe: 'Make a key in this file, and nothing else', type: 'string' })
      .example('$0 export --new-key census.key', 'Make a key; keep it to yourself')
      .example(
        '$0 export --anonymize --key census.key --lake lake/ --out shared/',
        'Make a lake for others',
      ) as unknown as Argv<ExportArgs>,
  handler: async ({ newKey, ...args }) => {
    if (newKey !== undefined) return makeKey(newKey, args);
    const { anonymize, key, lake, out, dropCountry } = args;
    if (!anonymize)
      throw new UsageError('say how: --anonymize is the one way there is; a lake as it is can be copied');
    if (key === undefined || lake === undefined || out === undefined) {
      throw new UsageError('--anonymize needs --key FILE, --lake LAKE and --out NEWLAKE');
    }
    const { scans, files, bytes } = await anonymizeLake({ lake, key, out, drop_country: dropCountry });
    process.stdout.write(
      `${out}: ${scans} scan${scans === 1 ? '' : 's'}, ${files} files, ${(bytes / 1_000_000).toFixed(1)} MB; what others can still learn from it is in docs/sharing.md\n`,
    );
  },
};

function makeKey(path: string, { anonymize, key, lake, out }: Omit<ExportArgs, 'newKey'>): void {
  if (anonymize || [key, lake, out].some((option) => option !== undefined)) {
    throw new UsageError('--new-key makes a key and nothing else; give it alone');
  }
  writeNewKey(path);
  process.stdout.write(`${path}: a new key; whoever has it can undo the pseudonyms made with it\n`);
}
