/** Made certificates as another reader, Node's OpenSSL, sees them; and how many addresses show each. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readCertificate } from '../../x509/index.ts';
import { type CertificatePlan, certificatePlans, MALFORMATIONS } from './certificate-plan.ts';
import { makeChain } from './make-certificate.ts';
import { publishedCertificates } from './published-certificates.ts';
import { certificateOf, certificateSizes } from './sizes.ts';

const named = publishedCertificates();
const planOf = certificatePlans('seed', named);
const plans = Array.from({ length: 400 }, (_, certificate) => planOf(certificate));
const ofKind = (kind: CertificatePlan['kind']): CertificatePlan[] =>
  plans.filter((plan) => plan.kind === kind);

describe('certificates', () => {
  test('that sign themselves are verified by their own key', () => {
    for (const plan of ofKind('self_signed').slice(0, 40)) {
      const made = new X509Certificate(makeChain(plan).ders[0]![1]);
      expect(made.verify(made.publicKey)).toBe(true);
      expect(made.subject).toContain(plan.common_name);
    }
  });

  test('of authorities are verified by the certificate that is shown with them', () => {
    for (const plan of ofKind('by_authority').slice(0, 40)) {
      const [leaf, authority] = makeChain(plan).ders.map(([, der]) => new X509Certificate(der));
      expect(leaf!.verify(authority!.publicKey)).toBe(true);
      expect(leaf!.checkIssued(authority!)).toBe(true);
      expect(authority!.ca).toBe(true);
      expect(leaf!.serialNumber).toBe(plan.serial.toString('hex').toUpperCase());
      expect(new Date(leaf!.validTo).getTime()).toBe(plan.not_after);
    }
  });

  test.each(MALFORMATIONS)('that are malformed (%s) have a problem that our reader names', (kind) => {
    const [plan] = ofKind(kind);
    expect(readCertificate(makeChain(plan!).ders[0]![1]).problem).not.toBeNull();
  });

  test('are the same for the same seed, and others for another', () => {
    expect(makeChain(planOf(7))).toEqual(makeChain(certificatePlans('seed', named)(7)));
    expect(makeChain(planOf(77)).chain_id).not.toBe(makeChain(certificatePlans('other', named)(77)).chain_id);
  });

  test('have the published shares of kinds and keys', () => {
    const share = (isSo: (plan: CertificatePlan) => boolean): number => {
      const many = Array.from({ length: 20_000 }, (_, certificate) => planOf(named.length + certificate));
      return many.filter(isSo).length / many.length;
    };
    expect(share(({ kind }) => kind !== 'by_authority')).toBeGreaterThan(0.55);
    expect(share(({ kind }) => kind !== 'by_authority')).toBeLessThan(0.58);
    expect(share(({ key_kind }) => key_kind.startsWith('rsa'))).toBeCloseTo(0.99, 2);
    expect(share(({ key_kind }) => key_kind === 'rsa4096')).toBeLessThan(0.1);
  });
});

describe('addresses', () => {
  test('of the published certificates are as many as published, at the size of the study', () => {
    const sizes = certificateSizes(
      4_534_000,
      1,
      named.map(({ addresses }) => addresses),
    );
    expect(sizes.named).toEqual(named.map(({ addresses }) => addresses));
    const others = sizes.others.reduce((sum, size) => sum + size, 0);
    expect(others + sizes.named.reduce((sum, size) => sum + size, 0)).toBe(4_534_000);
    expect(sizes.others[0]).toBe(Math.min(...sizes.named));
    expect(sizes.others.at(-1)).toBe(1);
  });

  test('have each as many addresses as planned', () => {
    const hosts = 6000;
    const sizes = certificateSizes(
      hosts,
      0.0013,
      named.map(({ addresses }) => addresses),
    );
    const numberOf = certificateOf('seed', hosts, sizes);
    const counts = new Array(sizes.named.length + sizes.others.length).fill(0);
    for (let host = 0; host < hosts; host++) counts[numberOf(host)]++;
    expect(counts).toEqual([...sizes.named, ...sizes.others]);
  });
});
