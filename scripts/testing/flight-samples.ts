/**
 * `pipeline/tls/samples/*.json`: a client's hello and what a real server said to it, up to the end of the flight.
 * Taken from recorded conversations on loopback; a file that is dropped in there is a test.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex } from '../../pipeline/base/hex.ts';
import { packageRoot } from '../../pipeline/base/package-root.ts';

export interface FlightSample {
  /** File name without its ending. */
  name: string;
  title: string;
  /** Which server said it. */
  peer: string;
  /** How the suite of its ServerHello exchanges keys; null where there is none. */
  suite: { key_exchange: string; authentication: string; export: boolean } | null;
  client: Uint8Array;
  server: Uint8Array;
}

/** All samples, by name. */
export function flightSamples(): FlightSample[] {
  const folder = join(packageRoot, 'pipeline', 'tls', 'samples');
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const json = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      return {
        ...json,
        name: file.replace(/\.json$/, ''),
        client: fromHex(json.client),
        server: fromHex(json.server),
      };
    });
}
