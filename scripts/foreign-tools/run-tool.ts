/** Other people's scanners, run on a server of ours: where they are, and the bytes that they write. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** What to do where sslyze's `version` is missing; undefined where it is there. */
export function missingSslyze(version: string): string | undefined {
  const program = sslyzeProgram(version);
  return existsSync(program)
    ? undefined
    : `sslyze ${version} is not installed, ${program} is missing (scripts/foreign-tools/install-sslyze.sh)`;
}

export function missingTestssl(): string | undefined {
  return existsSync(TESTSSL) ? undefined : 'testssl is not installed (apt-get install testssl.sh)';
}

/** Its JSON about `servers` (HOST:PORT); `starttls`: its name for the protocol, null for implicit TLS. */
export function runSslyze(
  version: string,
  servers: readonly string[],
  starttls: 'smtp' | 'pop3' | 'imap' | null,
): Promise<Buffer> {
  const commands = version.startsWith('5.') ? SSLYZE_COMMANDS : [...SSLYZE_COMMANDS, '--ems'];
  const how = starttls === null ? [] : ['--starttls', starttls];
  return outputOf(sslyzeProgram(version), (file) => ['--json_out', file, ...commands, ...how, ...servers]);
}

/** Its JSON about one server: `form` flat or pretty, `checks` its options. */
export function runTestssl(
  server: string,
  form: 'flat' | 'pretty',
  checks: readonly string[],
): Promise<Buffer> {
  const option = form === 'flat' ? '--jsonfile' : '--jsonfile-pretty';
  const quiet = ['--quiet', '--color', '0', '--warnings', 'off', '--ip', 'one'];
  return outputOf(TESTSSL, (file) => [...quiet, option, file, ...checks, server]);
}

/** What a program writes into the file that it is told to. Its exit code says what it found, not how it went. */
function outputOf(program: string, words: (file: string) => readonly string[]): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'census-tool-'));
  const file = join(folder, 'out.json');
  return new Promise((resolve, reject) => {
    const child = execFile(program, words(file), { maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => {
      const bytes = existsSync(file) ? readFileSync(file) : null;
      rmSync(folder, { recursive: true });
      if (bytes === null) reject(new Error(`${program} wrote nothing:\n${stdout}\n${stderr}`));
      else resolve(bytes);
    });
    child.stdin?.end();
  });
}

function sslyzeProgram(version: string): string {
  const own = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const cache = process.getuid!() === 0 ? '/var/cache' : own;
  const folder = process.env['CENSUS_SSLYZE'] || join(cache, 'mail-tls-census', 'sslyze');
  return join(folder, version, 'bin', 'sslyze');
}

/** Debian's. */
const TESTSSL = '/usr/bin/testssl';

const SSLYZE_COMMANDS = [
  ...['--sslv2', '--sslv3', '--tlsv1', '--tlsv1_1', '--tlsv1_2', '--tlsv1_3'],
  ...['--certinfo', '--compression', '--elliptic_curves', '--fallback', '--reneg', '--resum'],
];
