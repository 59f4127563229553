/** This program, as built: `census scan` in a process of its own; the raw record says what it found. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { packageVersion } from '../../../../pipeline/base/package-root.ts';
import { type PackedRecord, unpackRecord } from '../../../../pipeline/formats/packed-record.ts';
import type { DhGroupRecord, EndpointRecord } from '../../../../pipeline/formats/raw-record.ts';
import { addSuite, type Findings } from '../findings.ts';
import type { Tool } from './tool.ts';

/** `main` is the program as it is published; `words` are its options beside those that loopback needs. */
export function census(name: string, main: string, words: readonly string[], about: string): Tool {
  return {
    name,
    version: () => packageVersion,
    about,
    command: ({ hosts, port, patient }, folder) => {
      const targets = join(folder, 'targets.txt');
      writeFileSync(targets, hosts.map((host) => `${host}\n`).join(''));
      return [
        ...[process.execPath, main, 'scan', targets, '--ports', `${port}`, '--out', join(folder, 'raw')],
        ...[...LOOPBACK, ...words],
        ...(patient ? ['--timeout-ms', '15000'] : []),
      ];
    },
    read: (_output, folder) => {
      const raw = join(folder, 'raw');
      const primes = new Map(
        lines<DhGroupRecord>(raw, 'dh-groups').map((one) => [one.dh_group_id, one.bits]),
      );
      return new Map(
        lines<PackedRecord>(raw, 'endpoints')
          .map(unpackRecord)
          .map((one) => [one.ip!, findings(one, primes)]),
      );
    },
  };
}

function findings(record: EndpointRecord, primes: ReadonlyMap<string, number>): Findings {
  const suites = new Map<number, Set<number>>();
  const [groups, dh_bits] = [new Set<number>(), new Set<number>()];
  for (const one of record.handshakes.filter(({ outcome }) => outcome === 'accepted')) {
    addSuite(suites, one.version, one.cipher_suite!);
    if (one.named_group !== null) groups.add(one.named_group);
    if (one.dh_group_id !== null) dh_bits.add(primes.get(one.dh_group_id)!);
  }
  for (const { version, cipher_suites } of record.inferred_suites) {
    for (const suite of cipher_suites) addSuite(suites, version, suite);
  }
  for (const { accepted } of record.groups) for (const group of accepted) groups.add(group);
  return {
    suites,
    groups,
    dh_bits,
    certificates: new Set(record.chains.flatMap((chain) => chain.certificates)),
  };
}

function lines<T>(folder: string, kind: string): T[] {
  const files = readdirSync(folder).filter((name) => name.startsWith(`${kind}-`));
  const text = files.map((name) => gunzipSync(readFileSync(join(folder, name))).toString('utf8')).join('');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** What no other tool does is switched off: no pace, no pauses. */
const LOOPBACK = ['--allow-reserved', '--rate', '0', '--address-pause-ms', '0'];
