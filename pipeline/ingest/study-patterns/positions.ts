/**
 * The position table of the study of 2015 → which version and suite each character of a pattern stands for.
 * CSV with the columns position, version, openssl_name; positions count from 0 without a gap.
 */
import { UsageError } from '../../base/errors.ts';
import { suiteByOpensslName, tlsVersions } from '../../formats/datasets.ts';
import { csvRows } from './csv-rows.ts';

export interface Position {
  version: number;
  cipher_suite: number;
}

/** Reads a position table. UsageError with file and line for anything that is not one. */
export function readPositions(path: string): Position[] {
  const versions = new Map(tlsVersions().map(({ name, code }) => [name, code]));
  const positions = csvRows(path, ['position', 'version', 'openssl_name']).map(({ line, values }, index) => {
    const [position, versionName, suiteName] = values as [string, string, string];
    if (position !== String(index)) {
      throw new UsageError(`${path}:${line}: position is ${position}, expected ${index}; nothing written`);
    }
    const version = versions.get(versionName);
    const suite = version === undefined ? undefined : suiteByOpensslName(version, suiteName);
    if (version === undefined || suite === undefined) {
      throw new UsageError(
        `${path}:${line}: no cipher suite ${suiteName} of ${versionName} is known; nothing written`,
      );
    }
    return { version, cipher_suite: suite.code };
  });
  if (positions.length === 0) throw new UsageError(`${path} has no positions; nothing written`);
  return positions;
}
