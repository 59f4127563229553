/**
 * Files of another tool as the operator names them → scans to bring into the lake. Each file is a scan of its own, named for the tool
 * and its content, so that the same file is the same scan; with a name given by the operator all files together are one.
 */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { fileSha256 } from '../../base/files.ts';
import type { LakeInput } from '../../formats/lake-manifest.ts';
import { mailPort } from '../../formats/ports.ts';
import type { ScanSource } from '../staged-scan.ts';
import type { Adapter } from './adapter.ts';
import { cannotRead, openInput } from './input/open-input.ts';
import { stageForeign } from './stage-foreign.ts';

export interface ForeignFilePath {
  /** As the operator named it, for messages and the quarantine. */
  name: string;
  /** Where it lies: standard input in a file. */
  path: string;
}

export interface ForeignSourceOptions {
  adapter: Adapter;
  files: readonly ForeignFilePath[];
  /** Null: a scan a file, named for its content. */
  scan_id: string | null;
  /** The operator's --port. UsageError for one that is no mail port. */
  port: number | null;
}

/** UsageError for files that can't be read, and for two with the same content. */
export async function foreignSources(options: ForeignSourceOptions): Promise<ScanSource[]> {
  const { adapter, files, scan_id, port } = options;
  if (port !== null && !mailPort(port))
    throw new UsageError(`--port ${port} is no mail port; give one of 25, 110, 143, 465, 587, 993, 995`);
  const hashed = await Promise.all(files.map(async (file) => ({ ...file, sha256: await hashOf(file) })));
  const twice = hashed.find(({ sha256 }, place) => hashed.findIndex((one) => one.sha256 === sha256) < place);
  if (twice)
    throw new UsageError(`${twice.name} is given twice, or holds what another file holds; nothing written`);
  const scans = scan_id === null ? hashed.map((file) => [file]) : [hashed];
  return scans.map((group) => sourceOf(adapter, scan_id ?? contentId(adapter, group), group, port));
}

type HashedFile = ForeignFilePath & { sha256: string };

function sourceOf(
  adapter: Adapter,
  scan_id: string,
  files: readonly HashedFile[],
  port: number | null,
): ScanSource {
  const inputs = files.map(({ name, path }) => ({ path: name, open: () => openInput(path, name) }));
  return {
    scan_id,
    source: adapter.name,
    inputs: async () => files.map((file) => lakeInput(scan_id, adapter, file, port)),
    stage: (folder) => stageForeign({ scan_id, adapter, inputs, port }, folder),
  };
}

function lakeInput(scan_id: string, adapter: Adapter, file: HashedFile, port: number | null): LakeInput {
  return {
    ...{ scan_id, source: adapter.name, name: basename(file.name), sha256: file.sha256 },
    ...{ bytes: statSync(file.path).size, ports: null },
    ...(port === null ? {} : { nominal_port: port }),
  };
}

/** Of a file as it lies there: compressed otherwise, it is another scan. */
function contentId({ name }: Adapter, [file]: readonly HashedFile[]): string {
  return `${name}-${file!.sha256.slice(0, 16)}`;
}

async function hashOf({ name, path }: ForeignFilePath): Promise<string> {
  try {
    return await fileSha256(path);
  } catch (error) {
    throw cannotRead(name, error);
  }
}
