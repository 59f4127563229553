/** That the village's configurations are sound: what they promise, their servers can keep. */
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../pipeline/base/hex.ts';
import { cipherSuites, dhPrimes, namedGroups } from '../../../pipeline/formats/datasets.ts';
import { MAIL_PORTS } from '../../../pipeline/formats/ports.ts';
import { certificateEntry } from '../certificates.ts';
import type { EndpointSpec, LegacySpec, RealTlsSpec } from '../endpoint-spec.ts';
import { carries, villageSuite } from '../suites.ts';
import { ENDPOINTS } from './index.ts';

const titled = (one: EndpointSpec) => `${one.port} ${one.what}`;
const real = ENDPOINTS.flatMap((one): [string, RealTlsSpec][] =>
  one.server.kind === 'real' ? [[titled(one), one.server]] : [],
);
const legacy = ENDPOINTS.flatMap((one): [string, LegacySpec][] =>
  one.server.kind === 'legacy' ? [[titled(one), one.server]] : [],
);
const keyExchanges = (suites: readonly number[]) => suites.map((code) => villageSuite(code).key_exchange);

test('at least 45 endpoints, on all seven ports, of all kinds', () => {
  expect(ENDPOINTS.length).toBeGreaterThanOrEqual(45);
  for (const { port } of MAIL_PORTS) {
    const there = ENDPOINTS.filter((one) => one.port === port);
    expect(there.length, `port ${port}`).toBeGreaterThanOrEqual(5);
    expect(new Set(there.map((one) => one.server.kind))).toEqual(new Set(['real', 'legacy', 'neighbour']));
  }
  expect(new Set(ENDPOINTS.map(titled)).size).toBe(ENDPOINTS.length);
});

test('every version, key exchange and kind of bad neighbour lives here', () => {
  const versions = new Set([...real, ...legacy].flatMap(([, server]) => server.versions));
  expect([...versions].sort()).toEqual([0x0300, 0x0301, 0x0302, 0x0303, 0x0304]);
  expect(legacy.some(([, server]) => server.versions.length === 0)).toBe(true);
  expect(new Set(real.flatMap(([, server]) => keyExchanges(server.suites)))).toEqual(
    new Set(['RSA', 'DHE', 'ECDHE', 'DH_anon', 'ECDH_anon', 'TLS13']),
  );
  const behaviours = ENDPOINTS.flatMap(({ server }) => (server.kind === 'neighbour' ? server.behaviour : []));
  expect(new Set(behaviours).size).toBe(8);
});

describe.each(real)('%s', (_, server) => {
  test('each suite has a key to sign with, and a version that carries it', () => {
    const algorithms = server.chains.map((chain) => certificateEntry(chain[0]!).key_algorithm);
    for (const code of server.suites) {
      const { authentication } = villageSuite(code);
      if (authentication === 'RSA') expect(algorithms).toContain('RSA');
      if (authentication === 'ECDSA') expect(algorithms.some((name) => name !== 'RSA')).toBe(true);
      expect(server.versions.some((version) => carries(version, code))).toBe(true);
    }
    // RFC 8422: EdDSA signs ServerKeyExchange in TLS 1.2 only.
    if (algorithms.includes('Ed25519')) expect(server.versions[0]).toBe(0x0303);
  });

  test('each version has suites', () => {
    for (const version of server.versions) {
      expect(server.suites.some((code) => carries(version, code))).toBe(true);
    }
    expect(new Set(server.suites).size).toBe(server.suites.length);
  });

  test('a prime just where one is used', () => {
    const uses = keyExchanges(server.suites).some((name) => name === 'DHE' || name === 'DH_anon');
    expect(server.dh !== undefined).toBe(uses);
  });

  test('the group that is picked does not depend on the client', () => {
    const groups = server.groups.map((group) => group.code);
    if (groups.length > 1) expect(server.preference).toBe('server');
    // In TLS 1.3 an x25519 share is in the first hello, and servers take it.
    if (groups.length > 1 && server.versions.includes(0x0304)) expect(groups).toContain(29);
  });
});

describe.each(legacy)('%s', (_, server) => {
  test('has what its suites need', () => {
    const suites = server.suites.map(villageSuite);
    const used = (name: string, grade: boolean) =>
      suites.some(({ key_exchange, export: graded }) => key_exchange.startsWith(name) && graded === grade);
    expect(server.dh !== undefined).toBe(used('DH', false));
    expect(server.export_dh !== undefined).toBe(used('DH', true));
    expect(server.temporary_rsa_bits !== undefined).toBe(used('RSA', true));
    for (const { authentication } of suites) expect(['RSA', 'anon']).toContain(authentication);
    expect(certificateEntry(server.chain[0]!).key_algorithm).toBe('RSA');
    expect(keyExchanges(server.suites).some((name) => name.startsWith('EC'))).toBe(false);
  });

  test('each version has suites, and each suite a version', () => {
    for (const version of server.versions) {
      expect(server.suites.some((code) => carries(version, code))).toBe(true);
    }
    for (const code of server.suites) {
      expect(server.versions.some((version) => carries(version, code))).toBe(true);
    }
  });
});

describe('beside the datasets', () => {
  const codes = new Set([...real, ...legacy].flatMap(([, server]) => server.suites));

  test.each([...codes])('suite %i', (code) => {
    const known = cipherSuites().find((suite) => suite.code === code)!;
    const { key_exchange, authentication, export: grade, min_version } = villageSuite(code);
    expect(known).toMatchObject({ key_exchange, authentication, export: grade, min_version });
  });

  test('SSLv2 kinds, groups and primes are known', () => {
    for (const [, { ssl2_kinds = [] }] of legacy) {
      for (const code of ssl2_kinds) {
        expect(cipherSuites().find((suite) => suite.code === code)).toMatchObject({ max_version: 2 });
      }
    }
    for (const group of real.flatMap(([, server]) => server.groups)) {
      expect(namedGroups().some(({ code }) => code === group.code)).toBe(true);
    }
    const primes = [...real, ...legacy].flatMap(([, server]) => server.dh ?? []);
    for (const { hex, bits } of [...primes, ...legacy.flatMap(([, server]) => server.export_dh ?? [])]) {
      const hash = sha256Hex(Buffer.from(hex, 'hex'));
      expect(dhPrimes().find((known) => known.prime_sha256 === hash)).toMatchObject({ bits });
    }
  });
});
