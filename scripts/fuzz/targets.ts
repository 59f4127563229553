/** Everything that reads bytes from strangers. A decoder that isn't here is not fuzzed. */
import { certificateTargets } from './certificate-targets.ts';
import { fileTargets } from './file-targets.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { jsonReportTargets } from './json-report-targets.ts';
import { mailTargets } from './mail-targets.ts';
import { ndjsonTargets } from './ndjson-targets.ts';
import { rereadTarget } from './reread-target.ts';
import { tlsTargets } from './tls-targets.ts';

/** In a fixed order, with distinct names. */
export function fuzzTargets(): FuzzTarget[] {
  return [
    ...tlsTargets(),
    ...mailTargets(),
    ...certificateTargets(),
    rereadTarget(),
    ...fileTargets(),
    ...ndjsonTargets(),
    ...jsonReportTargets(),
  ];
}
