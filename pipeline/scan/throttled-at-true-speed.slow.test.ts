/**
 * Throttling as it is on the Internet: three connections a minute, waited out with the waits of SCAN_DEFAULTS, by scans
 * of a villager, of a Postfix with its own anvil(8), and of a villager with more suites than the waits are enough for.
 * Takes some ten minutes, nearly all of it asleep: `npm run test:slow`. throttled-servers.test.ts is the quick one.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { missingOpenssl, NEW_KEYS, selfSignedKey } from '../../scripts/peers/openssl.ts';
import {
  missingPostfix,
  postfixCertificates,
  postfixLog,
  startPostfix,
} from '../../scripts/peers/postfix.ts';
import type { RunningServer } from '../../scripts/peers/running-server.ts';
import { describeUnless } from '../../scripts/testing/describe-unless.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import type { EndpointSpec } from '../../scripts/village/endpoint-spec.ts';
import { P256 } from '../../scripts/village/groups.ts';
import { startVillage, type Village } from '../../scripts/village/index.ts';
import { postfix as postfixDialogue } from '../../scripts/village/profiles.ts';
import { type EndpointTruth, endpointTruth, type VersionTruth } from '../../scripts/village/truth.ts';
import type { EndpointRecord } from '../formats/raw-record.ts';
import { SCAN_DEFAULTS } from './index.ts';
import { acceptedAt, local, scanOne } from './testing/scan-local.ts';
import { sum } from './testing/scripted-tls.ts';

const [TLS1_0, TLS1_1, TLS1_2] = [0x0301, 0x0302, 0x0303];
const MINUTE_MS = 60_000;
const { throttle, rate, address_connections, address_pause_ms, max_handshakes, timeouts } = SCAN_DEFAULTS;
/** As an operator scans who sets nothing, but for the probes. */
const DEFAULT_PACE = { throttle, rate, address_connections, address_pause_ms, max_handshakes, timeouts };
/** More than the waits are enough for, which is some 27 connections. */
const MANY: readonly number[] = [
  ...[0xc030, 0xc028, 0xc014, 0x009d, 0x003d, 0x0035, 0xc02f, 0xc027, 0xc013, 0x009c, 0x003c, 0x002f, 0x0041],
  ...[0x0084, 0xcca8, 0xc010, 0x003b, 0x0001, 0x0002, 0xc050, 0xc09c, 0xc015, 0xc018, 0xc019],
];

const limited = (versions: number[], suites: readonly number[]): EndpointSpec => ({
  port: 587,
  what: 'Lets in three connections a minute',
  dialogue: {
    ...postfixDialogue('limit.village.example'),
    connection_limit: { connections: 3, window_ms: MINUTE_MS },
  },
  server: {
    ...{ kind: 'real', preference: 'server', chains: [['dovecot-localhost']], groups: [P256] },
    ...{ versions, suites },
  },
});

describeUnless(missingOpenssl() ?? missingPostfix(), 'three connections a minute', atTrueSpeed);

function atTrueSpeed(): void {
  const [folder, files] = [temporaryFolder('anvil'), temporaryFolder('anvil-files')];
  let village: Village;
  let postfix: RunningServer & { ports: number[] };
  let records: EndpointRecord[];

  beforeAll(async () => {
    village = await startVillage([
      limited([TLS1_0, TLS1_1, TLS1_2], [0xc030, 0xc02f, 0xc014, 0x0035]),
      limited([TLS1_1, TLS1_2], MANY),
    ]);
    postfix = await startPostfix(folder, [
      {
        ...postfixCertificates([selfSignedKey(files, 'mx', NEW_KEYS.rsa)]),
        smtpd_tls_security_level: 'may',
        smtpd_tls_protocols: '>=TLSv1.2, <=TLSv1.2',
        tls_medium_cipherlist: 'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA',
        smtpd_client_connection_rate_limit: '3',
        smtpd_client_event_limit_exceptions: '',
      },
    ]);
    // A scan each: ports of one host wait for each other.
    const ports = [...village.endpoints.map(({ connect_port }) => connect_port), ...postfix.ports];
    records = await Promise.all(ports.map((port) => scanOne(local(587, port), DEFAULT_PACE)));
    for (const record of records) console.info(figures(record));
  }, 20 * MINUTE_MS);
  afterAll(async () => {
    await Promise.all([village?.stop(), postfix?.stop()]);
  });

  test('the villager: every question has its true answer', () => {
    const [record] = records as [EndpointRecord];
    expectWhole(record);
    expect(acceptedAt(record, TLS1_2)).toEqual([0x0035, 0xc014, 0xc02f, 0xc030]);
    expect(acceptedAt(record, TLS1_1)).toEqual([0x0035, 0xc014]);
    expect(acceptedAt(record, TLS1_0)).toEqual([0x0035, 0xc014]);
    expect(sum(record, 'accepted')).toBe(8);
  });

  test('Postfix: every question has its true answer', () => {
    const record = records[2]!;
    expectWhole(record);
    expect(acceptedAt(record, TLS1_2)).toEqual([0x002f, 0xc02f, 0xc030]);
    expect(sum(record, 'accepted')).toBe(3);
    // It said so itself, and in its own words.
    expect(postfixLog(folder)).toMatch(/Connection rate limit exceeded/);
  });

  test('more than the waits are enough for: what was not asked is not tested, and nothing is false', () => {
    const record = records[1]!;
    expect(record).toMatchObject({ outcome: 'tls', stop_reason: 'throttled' });
    expect(record.stop_detail).toMatch(/^temporary_failure \(421 4\.7\.0 Error: too many connections/);
    expect(sum(record, 'errors')).toBe(0);
    expect(sum(record, 'not_tested')).toBeGreaterThan(0);
    const [, { versions: truth }] = village.endpoints.map(endpointTruth) as [EndpointTruth, EndpointTruth];
    for (const { version, rejected, not_tested } of record.versions) {
      const codes = acceptedCodes(truth.get(version)!);
      expect(codes).toEqual(expect.arrayContaining(acceptedAt(record, version)));
      // A refusal is of all that is left, or it was not heard.
      if (not_tested === 0) expect(acceptedAt(record, version)).toEqual(codes);
      else expect(rejected).toBe(0);
    }
    expect(acceptedAt(record, TLS1_2)).toEqual([...MANY].sort((left, right) => left - right));
  });
}

function expectWhole(record: EndpointRecord): void {
  expect(record).toMatchObject({ outcome: 'tls', stop_reason: null, error_kind: null });
  expect(sum(record, 'errors') + sum(record, 'not_tested')).toBe(0);
  expect(sum(record, 'accepted') + sum(record, 'rejected')).toBe(sum(record, 'offered'));
  expect(record.effort.throttle_waits).toBeGreaterThan(0);
  expect(record.effort.throttle_waited_ms).toBeLessThanOrEqual(throttle.budget_ms);
  // Three a minute: nobody is done sooner.
  expect(record.duration_ms).toBeGreaterThan((Math.ceil(record.effort.handshakes / 3) - 1) * MINUTE_MS);
}

function acceptedCodes(truth: VersionTruth): number[] {
  return 'accepted' in truth
    ? truth.accepted.map(({ code }) => code).sort((left, right) => left - right)
    : [];
}

function figures(record: EndpointRecord): string {
  const { effort, duration_ms, stop_reason } = record;
  const counts = ['accepted', 'rejected', 'errors', 'not_tested'] as const;
  const outcomes = counts.map((count) => `${sum(record, count)} ${count}`).join(', ');
  const waits = `${effort.throttle_waits} waits of ${Math.round(effort.throttle_waited_ms / 1000)} s in all`;
  const cost = `${effort.handshakes} handshakes on ${effort.connections} connections`;
  return `port ${record.connect_port}: ${outcomes}; ${cost}, ${waits}; ${Math.round(duration_ms / 1000)} s; ${stop_reason}`;
}
