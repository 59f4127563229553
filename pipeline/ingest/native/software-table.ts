/** Banners of the loaded records → the table `software`: each known one with the software that it names. */
import { type DuckDBConnection, VARCHAR } from '@duckdb/node-api';
import { mailSoftware } from '../../formats/mail-software.ts';
import type { MailProtocol } from '../../formats/raw-record.ts';

/** Reads the table `endpoint_rows`; every distinct banner is looked at once. */
export async function loadSoftware(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    'create or replace table software (protocol varchar, banner varchar, software varchar, software_version varchar)',
  );
  const appender = await connection.createAppender('software');
  const banners = await connection.run(DISTINCT_BANNERS);
  for await (const rows of banners.yieldRows()) {
    for (const [protocol, banner] of rows as [MailProtocol, string][]) {
      const found = mailSoftware(banner, protocol);
      if (!found) continue;
      for (const value of [protocol, banner, found.software, found.version]) {
        if (value === null) appender.appendNull();
        else appender.appendValue(value, VARCHAR);
      }
      appender.endRow();
    }
  }
  appender.closeSync();
}

const DISTINCT_BANNERS = `
  select distinct protocol, coalesce(dialogue.banner, secured_dialogue.banner) as banner from endpoint_rows
  where coalesce(dialogue.banner, secured_dialogue.banner) is not null`;
