/** The Javas of this machine, by the `release` file that each has in its folder: none is started to find out. */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';

export interface Java {
  /** Path of the `java` command. */
  command: string;
  /** Feature release: 17, 25 … */
  feature: number;
  modules: string[];
}

/** The one that JAVA_HOME names first, then that of the PATH, then those of /usr/lib/jvm and of the cache, oldest first. */
export function findJava(): Java[] {
  const home = process.env['JAVA_HOME'];
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'java'))
    .find((command) => existsSync(command));
  const installed = [INSTALLED, cacheFolder('java')].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [],
  );
  const homes = new Set(
    [home, onPath && dirname(dirname(realpathSync(onPath))), ...installed]
      .filter((folder): folder is string => !!folder && existsSync(join(folder, 'bin', 'java')))
      .map((folder) => realpathSync(folder)),
  );
  const javas = [...homes].flatMap((folder) => javaIn(folder) ?? []);
  const [preferred, others] = [javas.slice(0, 1), javas.slice(1)];
  return [...preferred, ...others.sort((a, b) => a.feature - b.feature)];
}

function javaIn(folder: string): Java | undefined {
  const file = join(folder, 'release');
  if (!existsSync(file)) return undefined;
  const release = readFileSync(file, 'utf8');
  // JAVA_VERSION="25.0.1"; before 9 it was "1.8.0".
  const [, feature] = /^JAVA_VERSION="(\d+)/m.exec(release) ?? [];
  const [, modules = ''] = /^MODULES="([^"]*)"/m.exec(release) ?? [];
  if (feature === undefined) return undefined;
  return { command: join(folder, 'bin', 'java'), feature: Number(feature), modules: modules.split(' ') };
}

const INSTALLED = '/usr/lib/jvm';
