/**
 * `datasets/published_2015.csv` to values: what the study of 2015 published, in words and numbers of its own
 * (Mayer et al. 2016 and its talks; the source stands beside each value).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { datasetsFolder } from '../formats/datasets.ts';

/** A row of the file; texts as they stand in it. */
export interface PublishedValue {
  table_name: string;
  /** A port, `retrieval` for 110, 143, 993 and 995 together, or empty for all. */
  port: string;
  item: string;
  /** A number, a range such as `0.32-0.37`, or a month. */
  value: string;
  /** `share` (0..1), or what is counted. */
  unit: string;
  status: string;
  source: string;
}

/** All values, in the order of the file. */
export function readPublishedValues(path = join(datasetsFolder, 'published_2015.csv')): PublishedValue[] {
  return parse(readFileSync(path), { columns: true });
}
