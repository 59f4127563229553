// Before `npm start` and `npm test`: installs the dependencies of package-lock.json where they are missing.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`mail-tls-census needs Node 20.19 or later; this is ${process.version}`);
  process.exit(2);
}
if (!isComplete()) {
  console.error('Installing the dependencies of package-lock.json (npm ci) …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
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
