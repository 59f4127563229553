/**
 * The Trino server from Maven Central into a cache, checked by its hash and unpacked; of its 57 plugins the two are kept that
 * the cluster loads.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileSha256 } from '../../pipeline/base/files.ts';
import { cacheFolder } from './cache-folder.ts';
import type { TrinoRelease } from './trino-releases.ts';

export const TRINO_PLUGINS = ['hive', 'password-authenticators'];

/** The folder of the unpacked server; undefined where it was not fetched. */
export function fetchedTrino({ version }: TrinoRelease): string | undefined {
  const folder = cacheFolder(version);
  return existsSync(folder) ? folder : undefined;
}

/** Fetches what is not there, and gives its folder. Throws with what Maven says, and for bytes that are not the known ones. */
export async function fetchTrino(release: TrinoRelease): Promise<string> {
  const there = fetchedTrino(release);
  if (there) return there;
  mkdirSync(cacheFolder('.'), { recursive: true });
  const scratch = mkdtempSync(cacheFolder('.fetch-'));
  try {
    const tarball = download(release, scratch);
    const sha256 = await fileSha256(tarball);
    if (sha256 !== release.sha256) {
      throw new Error(`${tarball} has the SHA-256 ${sha256}, expected ${release.sha256}`);
    }
    const unpacked = unpack(tarball, scratch);
    const folder = cacheFolder(release.version);
    renameSync(unpacked, folder);
    return folder;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Into a repository of its own, so that 800 MB do not stay in the user's. */
function download({ version }: TrinoRelease, scratch: string): string {
  const repository = join(scratch, 'repository');
  run('mvn', [
    ...['--batch-mode', '--quiet', 'dependency:get', `-Dmaven.repo.local=${repository}`],
    ...[`-Dartifact=io.trino:trino-server:${version}:tar.gz`, '-Dtransitive=false'],
  ]);
  return join(repository, 'io/trino/trino-server', version, `trino-server-${version}.tar.gz`);
}

/** Plugins share their jars by hard links within the archive: all is unpacked, then the others are removed. */
function unpack(tarball: string, scratch: string): string {
  const folder = join(scratch, 'server');
  mkdirSync(folder);
  run('tar', ['--extract', '--gzip', '--file', tarball, '--directory', folder, '--strip-components=1']);
  const plugins = join(folder, 'plugin');
  for (const plugin of readdirSync(plugins)) {
    if (!TRINO_PLUGINS.includes(plugin)) rmSync(join(plugins, plugin), { recursive: true });
  }
  return folder;
}

function run(command: string, words: readonly string[]): void {
  const { status, error, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status === 0) return;
  throw new Error(`${command} ${words.join(' ')}: ${error?.message ?? `${stdout}${stderr}`.slice(0, 2000)}`);
}
