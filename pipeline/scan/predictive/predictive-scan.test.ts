/** Whole scans of a real TLS stack on loopback: what predictive says is what adaptive finds, with fewer handshakes. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { certificateEntry, certificatePem, keyPem } from '../../../scripts/village/certificates.ts';
import { UsageError } from '../../base/errors.ts';
import { fileSha256 } from '../../base/files.ts';
import { makePrior, writePrior } from '../../formats/prior.ts';
import type { EndpointRecord, ErrorKind } from '../../formats/raw-record.ts';
import { SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../tls/index.ts';
import { realWorld, type ScanOptions, type ScanWorld } from '../index.ts';
import { suitesToOffer } from '../offer-lists.ts';
import { acceptedAt, local, scanLocal, scanOne } from '../testing/scan-local.ts';
import { tlsServer, withServer } from '../testing/servers.ts';

const folder = temporaryFolder('predictive-scan');
const KNOWN = [SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2];

const server = (ciphers: string) =>
  tlsServer({
    cert: certificatePem('imap-example'),
    key: keyPem(certificateEntry('imap-example').key),
    ciphers: `${ciphers}:@SECLEVEL=0`,
    dhparam: 'auto',
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.3',
  });

/** A prior of 10,000 endpoints that answered as `record` did, and some that refused everything. */
function priorLike(record: EndpointRecord, name: string, tls13_endpoints = 10_000): string {
  const questions = KNOWN.map((version) => ({
    version,
    cipher_suites: [...suitesToOffer('iana').get(version)!],
  }));
  const accepted = questions.flatMap(({ version, cipher_suites }) => {
    const here = new Set(acceptedAt(record, version));
    return cipher_suites.map((suite) => here.has(suite));
  });
  const source = { kind: 'lake' as const, names: ['made'], first_at: null, last_at: null };
  const patterns = [
    { accepted, counts: [10_000] },
    { accepted: accepted.map(() => false), counts: [500] },
  ];
  const path = join(folder, `${name}.json.gz`);
  writePrior(path, makePrior({ source, ports: [993], questions, tls13_endpoints }, patterns));
  return path;
}

/** Suites that are said to be accepted at `version`, ascending. */
function saidAt(record: EndpointRecord, version: number): number[] {
  const inferred = record.inferred_suites.filter((one) => one.version === version);
  const all = [...acceptedAt(record, version), ...inferred.flatMap((one) => one.cipher_suites)];
  return all.sort((left, right) => left - right);
}

const sum = (
  record: EndpointRecord,
  field: 'inferred_accepted' | 'inferred_rejected' | 'not_tested' | 'errors',
) => record.versions.reduce((total, counts) => total + counts[field], 0);

const USUAL = 'ALL';
const LESS = 'ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA:AES256-SHA:DHE-RSA-AES256-SHA';

describe('a scan of strategy predictive', () => {
  const predictive = (prior: string, check_share = 0) => ({
    strategy: 'predictive' as const,
    prediction: { prior, confidence: 0.99, check_share, max_error: 1 },
  });

  test('says what adaptive finds, marks what it infers, and asks what the prior does not know', async () => {
    await withServer(server(USUAL), async ({ port }) => {
      const target = local(993, port);
      const adaptive = await scanOne(target, { strategy: 'adaptive' });
      const prior = priorLike(adaptive, 'usual');
      const { records, file } = await scanLocal([target], predictive(prior));
      const [record] = records as [EndpointRecord];
      for (const version of [...KNOWN, TLS1_3])
        expect(saidAt(record, version)).toEqual(acceptedAt(adaptive, version));
      expect(sum(record, 'inferred_accepted')).toBeGreaterThan(20);
      expect(sum(record, 'inferred_rejected') + sum(record, 'not_tested') + sum(record, 'errors')).toBe(0);
      expect(record.inference_checks).toEqual([]);
      expect(record.effort.handshakes).toBeLessThan(adaptive.effort.handshakes / 2);
      for (const version of [TLS1_0, TLS1_1, TLS1_2])
        expect(acceptedAt(record, version).length).toBeGreaterThan(0);
      expect(file.prior).toEqual({
        sha256: await fileSha256(prior),
        confidence: 0.99,
        check_share: 0,
        max_error: 1,
      });
    });
  });

  test('a server unlike the prior is found as it is', async () => {
    await withServer(server(USUAL), async (usual) => {
      const prior = priorLike(await scanOne(local(993, usual.port), { strategy: 'adaptive' }), 'other');
      await withServer(server(LESS), async ({ port }) => {
        const target = local(993, port);
        const adaptive = await scanOne(target, { strategy: 'adaptive' });
        const record = await scanOne(target, predictive(prior, 1));
        for (const version of [...KNOWN, TLS1_3]) {
          expect(acceptedAt(record, version)).toEqual(acceptedAt(adaptive, version));
        }
        expect(sum(record, 'inferred_accepted')).toBe(0);
        expect(record.inferred_suites).toEqual([]);
      });
    });
  });

  test.each<[string, Partial<ScanOptions>, string, EndpointRecord['stop_reason'], ErrorKind]>([
    ['the way to it is gone', {}, 'EHOSTUNREACH', 'unreachable', 'unreachable'],
    ['no handshake is left', { max_handshakes: 3 }, 'ECONNRESET', 'handshake_budget', 'reset'],
  ])(
    '%s in the middle of a question: its error, whatever the strategy',
    async (_what, more, code, ...ends) => {
      await withServer(server(USUAL), async ({ port }) => {
        const target = local(993, port);
        const prior = priorLike(await scanOne(target, { strategy: 'adaptive' }), 'cut');
        for (const options of [{ strategy: 'adaptive' as const }, predictive(prior)]) {
          const { records } = await scanLocal([target], { ...options, ...more }, brokenFrom(3, code));
          const [record] = records as [EndpointRecord];
          // What was refused before could not be confirmed any more.
          const errors = record.handshakes.filter(
            ({ outcome, error_kind }) => outcome === 'error' && error_kind !== 'unconfirmed',
          );
          expect([record.stop_reason, ...errors.map(({ error_kind }) => error_kind)]).toEqual(ends);
          expect(sum(record, 'errors')).toBeGreaterThan(0);
          expect(sum(record, 'inferred_accepted') + sum(record, 'inferred_rejected')).toBe(0);
          expect(record.effort.handshakes).toBe(3);
        }
      });
    },
  );

  test('without a prior it is refused, as is a prior without it', async () => {
    const { prediction } = predictive('none.json.gz');
    await expect(scanOne(local(993, 1), { strategy: 'predictive' })).rejects.toThrow(/needs a prior/);
    await expect(scanOne(local(993, 1), { prediction })).rejects.toThrow(/goes with strategy predictive/);
  });

  test('a file that is no prior is refused before anything is asked', async () => {
    await withServer(server(USUAL), async ({ port, connections }) => {
      const nothing = join(folder, 'none.json.gz');
      await expect(scanOne(local(993, port), predictive(nothing))).rejects.toThrow(UsageError);
      expect(connections()).toBe(0);
    });
  });
});

/** From the `first` connection on, each breaks with `code` as soon as it stands. */
function brokenFrom(first: number, code: string): Partial<ScanWorld> {
  const { connect } = realWorld();
  let count = 0;
  return {
    connect: (...to) => {
      const socket = connect(...to);
      const broken = () => socket.destroy(Object.assign(new Error(code), { code }));
      // Until then nothing is heard.
      if (++count >= first) socket.once('connect', () => setTimeout(broken, 20) && socket.pause());
      return socket;
    },
  };
}
