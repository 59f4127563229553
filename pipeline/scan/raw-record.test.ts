/** The three descriptions of the raw record stay one: the schema, docs/raw-record.md, and the records themselves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../base/package-root.ts';
import { type PackedRecord, packRecord } from '../formats/packed-record.ts';
import type { EndpointRecord } from '../formats/raw-record.ts';
import { expectRaw, rawSchema } from './testing/raw-schema.ts';
import { IMPATIENT, local, scanOne } from './testing/scan-local.ts';
import { tcpServer, withServer } from './testing/servers.ts';

const page = readFileSync(join(packageRoot, 'docs/raw-record.md'), 'utf8');

const SECTIONS: Record<string, string> = {
  endpoint: '## Endpoint',
  dialogue: '## `dialogue`',
  secured_dialogue: '## `secured_dialogue`',
  version_counts: '## `versions`',
  handshake_group: '## `handshakes`',
  rejection: '## `rejections`',
  hello_tolerance: '## `hello_tolerance`',
  refused_feature: '## `refused`',
  contradiction: '## `contradictions`',
  inferred_suites: '## `inferred_suites`',
  inference_check: '## `inference_checks`',
  group_counts: '## `groups`',
  facts: '## `facts`',
  suite_preference: '## `suite_preferences`',
  chain_by_name: '## `chains_by_name`',
  chain_by_scheme: '## `chains_by_scheme`',
  fingerprint: '## `fingerprint`',
  chain: '## `chains`',
  effort: '## `effort`',
  certificate: '## Certificate',
  dh_group: '## Diffie-Hellman group',
  flight: '## Flight',
  scan_file: '## `scan.json`',
};

describe('docs/raw-record.md', () => {
  test.each(Object.entries(SECTIONS))(
    'explains each field of %s, in order, and no other',
    (name, heading) => {
      const section = page.split(`${heading}\n`)[1]!.split('\n## ')[0]!;
      const explained = [...section.matchAll(/^\| `([a-z_\d]+)` \|/gm)].map((match) => match[1]);
      expect(explained).toEqual(Object.keys(rawSchema.$defs[name].properties));
    },
  );

  test('explains each error kind, and each value of by and outcome', () => {
    const { error_kind, outcome, rejection } = rawSchema.$defs;
    const section = page.split('## Error kinds\n')[1]!.split('\n## ')[0]!;
    expect([...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map((match) => match[1])).toEqual(error_kind.enum);
    for (const value of [...outcome.enum, ...rejection.properties.by.enum])
      expect(page).toContain(`\`${value}\``);
  });
});

describe('the schema', () => {
  const silent = () =>
    withServer(
      tcpServer(() => {}),
      (server) => scanOne(local(25, server.port), IMPATIENT),
    );

  test('takes a real record and refuses it when anything is changed', async () => {
    const record = packRecord(await silent());
    expectRaw('endpoint', record);
    for (const [field, wrong] of Object.entries(WRONG)) {
      expect(() => expectRaw('endpoint', { ...record, [field]: wrong }), field).toThrow(field);
    }
    for (const field of rawSchema.$defs.endpoint.required) {
      const { [field as keyof PackedRecord]: _gone, ...rest } = record;
      expect(() => expectRaw('endpoint', rest), field).toThrow(field);
    }
    expect(() => expectRaw('endpoint', { ...record, more: 1 })).toThrow('additional');
  });
});

const WRONG: Partial<Record<keyof EndpointRecord, unknown>> = {
  format_version: 1,
  endpoint_id: -1,
  ip: 'localhost',
  port: 26,
  protocol: 'http',
  started_at: 'today',
  duration_ms: 1.5,
  error_kind: 'other',
  outcome: 'no_tls',
  dialogue: { said: 'hello' },
  versions: [{}],
};
