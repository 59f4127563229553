/**
 * What files of the operator's know of addresses: origin AS and country. They are read once for an ingest; another file
 * changes what is ingested, so that each stands among the inputs of the lake.
 */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { fileSha256 } from '../../base/files.ts';
import type { LakeInput } from '../../formats/lake-manifest.ts';
import type { Countries } from './countries.ts';
import { readCountries } from './read-countries.ts';
import { type Origins, readPfx2as } from './read-pfx2as.ts';

export { beginEnrichment, type EnrichAddresses } from './enrich-addresses.ts';

export interface EnrichmentFiles {
  /** Prefix to origin AS, as CAIDA publishes it. */
  pfx2as?: string | undefined;
  /** CSV of address ranges with country codes, or a MaxMind DB. */
  country?: string | undefined;
}

export interface Enrichment {
  origins: Origins | undefined;
  countries: Countries | undefined;
  /** The files, as inputs of a scan. */
  inputs(scan_id: string, source: LakeInput['source']): LakeInput[];
}

/** Reads the files that are given. UsageError, with file and line, for what cannot be read. */
export async function readEnrichment({ pfx2as, country }: EnrichmentFiles): Promise<Enrichment> {
  const described = [
    ...(pfx2as === undefined ? [] : [await describe(pfx2as, 'origin-as')]),
    ...(country === undefined ? [] : [await describe(country, 'country')]),
  ];
  return {
    origins: pfx2as === undefined ? undefined : await readPfx2as(pfx2as),
    countries: country === undefined ? undefined : await readCountries(country),
    inputs: (scan_id, source) => described.map((input) => ({ scan_id, source, ...input })),
  };
}

type Described = Omit<LakeInput, 'scan_id' | 'source'>;

async function describe(path: string, tells: NonNullable<LakeInput['tells']>): Promise<Described> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) throw new UsageError(`cannot read ${path}: no such file; nothing written`);
  return { name: basename(path), sha256: await fileSha256(path), bytes: found.size, ports: null, tells };
}
