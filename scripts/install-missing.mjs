// Before `npm start` and `npm test`: installs the dependencies of package-lock.json where they are missing.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

main();

function main() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    return fail(`mail-tls-census needs Node 20.19 or later; this is ${process.version}`);
  }
  if (isComplete()) return;
  console.error('Installing the dependencies of package-lock.json …');
  // A registry that lacks a package of another platform makes `npm ci` refuse; `npm install` goes without it.
  if (npm('ci') || npm('install', '--no-save')) return;
  fail('npm could not install the dependencies: see above, then try npm install');
}

function npm(...words) {
  const all = [...words, '--no-audit', '--no-fund', '--loglevel=error'];
  return spawnSync('npm', all, { stdio: 'inherit', shell: process.platform === 'win32' }).status === 0;
}

function fail(message) {
  console.error(message);
  process.exitCode = 2;
}

/** Whether node_modules holds every package of the lockfile that this platform needs, in its version. */
function isComplete() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  return Object.entries(packages).every(([path, { version, optional }]) => {
    if (path === '' || optional) return true;
    const manifest = `${path}/package.json`;
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version;
  });
}
