/**
 * What the operator names → files and folders sorted by what they are: as `from` says, or by their content. `-` is standard input, kept
 * in a file meanwhile. Scans of our own, the study's patterns and other tools' files go different ways from here.
 */
import type { Readable } from 'node:stream';
import { UsageError } from '../base/errors.ts';
import type { LakeSource } from '../formats/lake-manifest.ts';
import type { Adapter } from './adapters/adapter.ts';
import { ADAPTERS } from './adapters/all-adapters.ts';
import type { ForeignFilePath } from './adapters/foreign-source.ts';
import { type SpooledInput, spooledInput } from './adapters/input/spooled-input.ts';
import { detectFormat } from './detect-format.ts';

export interface GivenInputs {
  native: string[];
  study: string[];
  foreign: { adapter: Adapter; files: ForeignFilePath[] }[];
  /** Removes what was kept of standard input. */
  remove(): void;
}

/** `from` undefined: told by content. UsageError for what can't be told, and for standard input twice. */
export async function givenInputs(
  inputs: readonly string[],
  from: LakeSource | undefined,
  stdin: Readable,
): Promise<GivenInputs> {
  if (inputs.filter((input) => STDIN.has(input)).length > 1)
    throw new UsageError('- is given twice: there is one standard input; nothing written');
  const spooled = inputs.some((input) => STDIN.has(input)) ? await spooledInput(stdin) : undefined;
  try {
    const files = inputs.map((input) => fileOf(input, spooled));
    const told: [LakeSource, ForeignFilePath][] = [];
    for (const file of files) told.push([from ?? (await detectFormat(file.path, file.name)), file]);
    return { ...sorted(told), remove: () => spooled?.remove() };
  } catch (error) {
    spooled?.remove();
    throw error;
  }
}

function fileOf(input: string, spooled: SpooledInput | undefined): ForeignFilePath {
  return STDIN.has(input) ? { name: 'stdin', path: spooled!.path } : { name: input, path: input };
}

function sorted(told: readonly [LakeSource, ForeignFilePath][]): Omit<GivenInputs, 'remove'> {
  const of = (wanted: LakeSource) => told.flatMap(([source, file]) => (source === wanted ? [file] : []));
  const foreign = ADAPTERS.map((adapter) => ({ adapter, files: of(adapter.name) }));
  return {
    native: of('native').map(({ path }) => path),
    study: of('study-patterns').map(({ path }) => path),
    foreign: foreign.filter(({ files }) => files.length > 0),
  };
}

/** The second is what the command line makes of the first, and what people write. */
const STDIN: ReadonlySet<string> = new Set(['-', '/dev/stdin']);
