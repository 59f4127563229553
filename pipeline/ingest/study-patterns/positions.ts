/**
 * The position table of the study of 2015 → which version and suite each character of a pattern stands for.
 * CSV with the columns position, version, openssl_name; positions count from 0 without a gap.
 */
import { UsageError } from '../../base/errors.ts';
import { type CipherSuite, cipherSuites } from '../../formats/datasets.ts';
import { SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2 } from '../../tls/versions.ts';
import { csvRows } from './csv-rows.ts';

export interface Position {
  version: number;
  cipher_suite: number;
}

const VERSION_NAMES = new Map([
  ['SSLv2', SSL2],
  ['SSLv3', SSL3],
  ['TLSv1.0', TLS1_0],
  ['TLSv1.1', TLS1_1],
  ['TLSv1.2', TLS1_2],
]);

/** Reads a position table. UsageError with file and line for anything that is not one. */
export function readPositions(path: string): Position[] {
  const codes = new Map(cipherSuites().map((suite) => [suiteKey(suite.max_version, suite), suite.code]));
  const positions = csvRows(path, ['position', 'version', 'openssl_name']).map(({ line, values }, index) => {
    const [position, versionName, openssl_name] = values as [string, string, string];
    if (position !== String(index)) {
      throw new UsageError(`${path}:${line}: position is ${position}, expected ${index}; nothing written`);
    }
    const version = VERSION_NAMES.get(versionName) ?? Number.NaN;
    const cipher_suite = codes.get(suiteKey(version, { openssl_name }));
    if (Number.isNaN(version) || cipher_suite === undefined) {
      throw new UsageError(
        `${path}:${line}: no cipher suite ${openssl_name} of ${versionName} is known; nothing written`,
      );
    }
    return { version, cipher_suite };
  });
  if (positions.length === 0) throw new UsageError(`${path} has no positions; nothing written`);
  return positions;
}

/** SSLv2's cipher kinds share OpenSSL names with suites of later versions. */
function suiteKey(version: number, suite: Pick<CipherSuite, 'openssl_name'>): string {
  return `${version === SSL2 ? 'SSLv2' : ''} ${suite.openssl_name}`;
}
