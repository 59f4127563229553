/** The whole village, scanned for real: what the records say is what the village's configuration says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificateEntry } from '../../scripts/village/certificates.ts';
import { startVillage, type Village, type VillageEndpoint } from '../../scripts/village/index.ts';
import { type AcceptedSuite, endpointTruth } from '../../scripts/village/truth.ts';
import { sha256Hex } from '../base/hex.ts';
import type { DhGroupRecord, EndpointRecord, HandshakeRecord } from '../formats/raw-record.ts';
import { readTargets, SCAN_DEFAULTS } from './index.ts';
import { acceptedAt, type LocalScan, scanLocal } from './testing/scan-local.ts';

let village: Village;
let adaptive: LocalScan;

beforeAll(async () => {
  village = await startVillage();
  const targets = await readTargets(village.targetsCsv().split('\n'), {
    source: 'village',
    allow_reserved: true,
  });
  const timeouts = { connect_ms: 2000, read_ms: 2500, endpoint_ms: 60_000 };
  adaptive = await scanLocal(targets, { timeouts, probes: SCAN_DEFAULTS.probes });
}, 60_000);

afterAll(() => village.stop());

test('every endpoint has its record, and the counts of scan.json are theirs', () => {
  const { records, file } = adaptive;
  expect(records.map((record) => record.endpoint_id)).toEqual(village.endpoints.map((_, index) => index));
  expect(records.map((record) => record.connect_port)).toEqual(
    village.endpoints.map((one) => one.connect_port),
  );
  const handshakes = records.reduce((sum, { effort }) => sum + effort.handshakes, 0);
  expect(file.counts).toMatchObject({ endpoints: records.length, handshakes });
  expect(file.finished_at).not.toBeNull();
});

test('what is said of an endpoint is what its configuration says', () => {
  const said = adaptive.records.map((record) => summary(record));
  const truth = village.endpoints.map((endpoint) => trueSummary(endpoint));
  expect(said).toEqual(truth);
});

test('every suite ends in exactly one count, and the books agree with the handshakes', () => {
  for (const record of adaptive.records) {
    for (const counts of record.versions) {
      const { offered, accepted, rejected, errors, not_tested, version } = counts;
      expect(accepted + rejected + errors + not_tested).toBe(offered);
      expect(acceptedAt(record, version)).toHaveLength(accepted);
      expect(refusedAt(record, version, true)).toBe(rejected);
      // What nothing confirms is among the errors.
      expect(refusedAt(record, version, false)).toBeLessThanOrEqual(errors);
    }
  }
});

describe('what handshakes show', () => {
  test('keys and chains are those of the configuration', () => {
    const primes = new Map(adaptive.dhGroups.map((group) => [group.dh_group_id, group]));
    let compared = 0;
    for (const [index, record] of adaptive.records.entries()) {
      for (const [version, suites] of acceptedSuites(village.endpoints[index]!)) {
        for (const suite of suites) {
          const shown = record.handshakes.find(
            (one) => one.version === version && one.cipher_suite === suite.code,
          )!;
          expect(shownKey(shown, primes), `${record.port} ${version} ${suite.code}`).toEqual(trueKey(suite));
          if (version !== 0x0304) expect(shown.chain_id).toBe(chainId(suite));
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(600);
  });

  test('TLS 1.3 shows the chain of one finished handshake, and all groups', () => {
    let seen = 0;
    for (const [index, record] of adaptive.records.entries()) {
      const truth = endpointTruth(village.endpoints[index]!);
      const first = record.handshakes.find((one) => one.version === 0x0304 && one.outcome === 'accepted');
      if (!first) continue;
      const suite = acceptedSuites(village.endpoints[index]!)
        .get(0x0304)!
        .find((one) => one.code === first.cipher_suite)!;
      expect(first.chain_id).toBe(chainId(suite));
      expect([...record.groups[0]!.accepted].sort()).toEqual([...truth.tls13_groups].sort());
      expect(record.groups[0]!.errors).toBe(0);
      seen++;
    }
    expect(seen).toBeGreaterThan(5);
  });

  test('each certificate is its hash, and each chain is there', () => {
    const known = new Set(adaptive.certificates.map(({ sha256 }) => sha256));
    for (const { sha256, der } of adaptive.certificates)
      expect(sha256Hex(Buffer.from(der, 'base64'))).toBe(sha256);
    expect(known.size).toBe(adaptive.certificates.length);
    const used = adaptive.records.flatMap(({ chains }) => chains.flatMap(({ certificates }) => certificates));
    expect(new Set(used)).toEqual(known);
  });
});

test('one suite a handshake finds the same as elimination', async () => {
  const chosen = village.endpoints.filter((one) => EXHAUSTIVE.some((what) => one.what.startsWith(what)));
  const rows = chosen.map((one) => `${one.ip},${one.port},${one.connect_port}`);
  const targets = await readTargets(['ip,port,connect_port', ...rows], {
    source: 'village',
    allow_reserved: true,
  });
  const { records } = await scanLocal(targets, { strategy: 'exhaustive' });
  const before = chosen.map(
    (one) => adaptive.records.find((record) => record.connect_port === one.connect_port)!,
  );
  expect(records.map((record) => summary(record))).toEqual(before.map((record) => summary(record)));
  expect(chosen).toHaveLength(EXHAUSTIVE.length);
}, 60_000);

function refusedAt(record: EndpointRecord, version: number, confirmed: boolean): number {
  const refused = record.rejections.filter((one) => one.version === version && one.confirmed === confirmed);
  return refused.reduce((sum, one) => sum + one.cipher_suites, 0);
}

const EXHAUSTIVE = [
  'Postfix of 2008',
  'Exim: TLS 1.0 to 1.3 side by side',
  'SSLv2 alone',
  'Speaks TLS 1.0 and 1.2, but',
];

function summary(record: EndpointRecord) {
  return {
    endpoint: `${record.port} ${record.connect_port}`,
    outcome: record.outcome,
    error_kind: record.error_kind,
    plaintext_auth: record.dialogue.plaintext_auth_offered ?? false,
    versions: Object.fromEntries(
      record.versions.map(({ version, errors, not_tested }) => [
        version,
        errors > 0 ? 'errors' : not_tested > 0 ? 'not_tested' : acceptedAt(record, version),
      ]),
    ),
  };
}

function trueSummary(endpoint: VillageEndpoint) {
  const { outcome, error_kind, plaintext_auth, versions } = endpointTruth(endpoint);
  return {
    endpoint: `${endpoint.port} ${endpoint.connect_port}`,
    outcome,
    error_kind,
    plaintext_auth,
    versions: Object.fromEntries(
      [...versions].map(([version, truth]) => [
        version,
        'unanswered' in truth
          ? truth.unanswered
          : truth.accepted.map(({ code }) => code).sort((a, b) => a - b),
      ]),
    ),
  };
}

function acceptedSuites(endpoint: VillageEndpoint): Map<number, AcceptedSuite[]> {
  const versions = [...endpointTruth(endpoint).versions];
  return new Map(versions.map(([version, truth]) => [version, 'accepted' in truth ? truth.accepted : []]));
}

function shownKey(shown: HandshakeRecord, primes: Map<string, DhGroupRecord>) {
  const prime = shown.dh_group_id === null ? null : primes.get(shown.dh_group_id)!.prime_hex;
  const curve = shown.named_group === null;
  return { prime, named_group: shown.named_group, rsa_bits: curve && prime === null ? shown.key_bits : null };
}

function trueKey({ dh, named_group, temporary_rsa_bits }: AcceptedSuite) {
  return { prime: dh?.hex ?? null, named_group, rsa_bits: temporary_rsa_bits };
}

function chainId({ chain }: AcceptedSuite): string | null {
  return chain && sha256Hex(chain.map((name) => certificateEntry(name).sha256).join('\n'));
}
