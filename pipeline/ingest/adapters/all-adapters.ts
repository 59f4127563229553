/** The readers of other tools' files, by name and by what the begin of a file looks like. */
import type { Adapter } from './adapter.ts';
import { sslyze } from './sslyze/sslyze.ts';
import { testssl } from './testssl/testssl.ts';
import { tlsScan } from './tls-scan/tls-scan.ts';
import { tlsx } from './tlsx/tlsx.ts';
import { zgrab2 } from './zgrab2/zgrab2.ts';

export const ADAPTERS: readonly Adapter[] = [zgrab2, sslyze, testssl, tlsx, tlsScan];

/** The one that takes the file for its own; undefined where none does, or several do. */
export function adapterFor(head: string): Adapter | undefined {
  const taking = ADAPTERS.filter((adapter) => adapter.detects(head));
  return taking.length === 1 ? taking[0] : undefined;
}
