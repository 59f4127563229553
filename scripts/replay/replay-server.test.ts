/**
 * Real servers that no package of Debian's has any more, played from recordings: what a scan says of them is what
 * their owners' own clients found (`truth.json`), version by version and suite by suite.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EndpointRecord, HandshakeRecord } from '../../pipeline/formats/raw-record.ts';
import { acceptedAt, type LocalScan, local, scanLocal } from '../../pipeline/scan/testing/scan-local.ts';
import { SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { readCaptures } from '../testing/captures.ts';
import { describeWithShared } from '../testing/shared-data.ts';
import { suiteCode, suiteKeyExchange } from '../testing/suite-key-exchange.ts';
import { startReplayServer } from './replay-server.ts';

interface ServerTruth {
  suites: Record<string, Record<string, string>>;
  /** Suites for each kind of temporary key. */
  kx: Record<string, Record<string, number>>;
  groups: Record<string, string[]>;
  certs: Record<string, { cn: string; key: string; n: number }>;
  /** Suites that begin with a ServerHello and break off: no client could finish a handshake with them. */
  broken?: Readonly<Record<string, readonly number[]>>;
}

interface Replay {
  port: number;
  strategies: readonly ('adaptive' | 'exhaustive')[];
  probes: readonly string[];
  /** Its greeting; null with implicit TLS. */
  banner: string | null;
}

describeWithShared('captures', 'recorded servers, replayed', (folder) => {
  const truths: Record<string, ServerTruth> = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8'));

  for (const [name, { port, strategies, probes, banner }] of Object.entries(SERVERS)) {
    describe(name, () => {
      let server: Awaited<ReturnType<typeof startReplayServer>>;
      beforeAll(async () => {
        server = await startReplayServer(readCaptures(folder, name));
      });
      afterAll(() => server?.close());

      for (const strategy of strategies) {
        test(`${strategy}: versions, suites, temporary keys, certificates`, async () => {
          const scan = await scanLocal([local(port, server.port)], { strategy, probes });
          expectTruth(scan, name === 'jdk-17-imaps' ? jdkTruth(truths[name]!) : truths[name]!);
          expect(scan.records[0]!.dialogue.banner).toBe(banner);
          expect(scan.records[0]!.dialogue.starttls_accepted).toBe(banner === null ? null : true);
          if (probes.length > 0) expectGroups(scan.records[0]!, truths[name]!);
        });
      }
    });
  }
});

function expectTruth(scan: LocalScan, truth: ServerTruth): void {
  const record = scan.records[0]!;
  for (const { version, errors, not_tested } of record.versions) {
    expect({ errors, not_tested }, `${version}`).toEqual({ errors: 0, not_tested: 0 });
  }
  for (const [key, version] of Object.entries(VERSION_KEYS)) {
    const broken = truth.broken?.[key] ?? [];
    const complete = Object.keys(truth.suites[key] ?? {}).map(suiteCode);
    const codes = [...new Set([...complete, ...broken])].sort((left, right) => left - right);
    expect(acceptedAt(record, version), key).toEqual(codes);
    const kept = record.handshakes.filter((one) => one.version === version && one.outcome === 'accepted');
    const cut = kept.filter(({ flight_complete }) => flight_complete === false);
    expect(cut.map(({ cipher_suite }) => cipher_suite!).sort(ascending), key).toEqual([...broken]);
    expect(temporaryKeys(kept), key).toEqual(trueKeys(truth.kx[key] ?? {}));
  }
  expect(certificates(scan, record)).toEqual(trueCertificates(truth));
}

/** Of 23 suites of TLS 1.2 with a Diffie-Hellman key, the owner's client told 22 keys: `kx` is what was seen. */
function jdkTruth(truth: ServerTruth): ServerTruth {
  const { tls1_2, ...others } = truth.kx;
  return { ...truth, broken: JDK_BROKEN, kx: { ...others, tls1_2: { ...tls1_2, 'DH, 768 bits': 23 } } };
}

/** How many suites come with a Diffie-Hellman or a temporary RSA key, by its size. Curves depend on the client. */
function temporaryKeys(handshakes: readonly HandshakeRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { key_bits, dh_group_id, named_group } of handshakes) {
    if (key_bits === null || named_group !== null) continue;
    const kind = `${dh_group_id === null ? 'RSA' : 'DH'}, ${key_bits} bits`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function trueKeys(kx: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(kx).filter(([kind]) => /^(DH|RSA), /.test(kind)));
}

type Shown = Record<string, { cn: string; key: string; n: number }>;

/** The certificates shown with suites that are authenticated so. */
function certificates(scan: LocalScan, record: EndpointRecord): Shown {
  const shown: Shown = {};
  for (const { version, cipher_suite, chain_id } of record.handshakes) {
    const chain = record.chains.find((each) => each.chain_id === chain_id)?.certificates;
    if (!chain || version < SSL3 || version === TLS1_3) continue;
    const { der } = scan.certificates.find(({ sha256 }) => sha256 === chain[0])!;
    const { subject, publicKey } = new X509Certificate(Buffer.from(der, 'base64'));
    const bits = publicKey.asymmetricKeyDetails!.modulusLength ?? 256;
    const one = { cn: /CN=(.*)/.exec(subject)![1]!, key: `${bits}`, n: chain.length };
    const kind = keyKind(cipher_suite!);
    if (shown[kind]) expect(one).toEqual(shown[kind]);
    shown[kind] = one;
  }
  return shown;
}

/** OpenSSL's word for the certificate's key. Static ECDH_RSA is named for who signed it (RFC 8422, 2). */
function keyKind(suite: number): string {
  const { key_exchange, authentication } = suiteKeyExchange(suite)!;
  return key_exchange === 'ECDH' ? 'aECDSA' : `a${authentication}`;
}

function trueCertificates({ certs }: ServerTruth): Shown {
  const entries = Object.entries(certs).map(([kind, { cn, key, n }]) => [kind, { cn, key, n }] as const);
  return Object.fromEntries(entries);
}

function expectGroups({ groups }: EndpointRecord, truth: ServerTruth): void {
  const found = (version: number) =>
    groups.find((each) => each.version === version)?.accepted.toSorted(ascending);
  const known = (key: string) => truth.groups[key]!.map((name) => GROUPS[name]!).sort(ascending);
  expect(found(TLS1_3)).toEqual(known('tls1_3'));
  expect(found(TLS1_2)).toEqual(known('tls1_2'));
}

function ascending(left: number, right: number): number {
  return left - right;
}

/** Groups were all recorded of one server only. */
const SERVERS: Record<string, Replay> = {
  'openssl-1.0.2-imaps': { port: 993, strategies: ['adaptive', 'exhaustive'], probes: [], banner: null },
  'openssl-1.0.2-pop3': {
    ...{ port: 110, strategies: ['adaptive'], probes: [] },
    banner: '+OK Dovecot (Debian) ready. + stunnel',
  },
  'postfix-3.7-smtp': {
    ...{ port: 25, strategies: ['adaptive'], probes: [] },
    banner: '220 mx.peers.test ESMTP Postfix',
  },
  'dovecot-2.3-imap': {
    ...{ port: 143, strategies: ['adaptive'], probes: ['tls13-groups', 'tls12-groups'] },
    banner:
      '* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS LOGINDISABLED] ' +
      'Dovecot (Debian) ready.',
  },
  'jdk-17-imaps': { port: 993, strategies: ['adaptive', 'exhaustive'], probes: [], banner: null },
};

const VERSION_KEYS: Readonly<Record<string, number>> = {
  ssl2: SSL2,
  ssl3: SSL3,
  tls1: TLS1_0,
  tls1_1: TLS1_1,
  tls1_2: TLS1_2,
  tls1_3: TLS1_3,
};

/** JSSE can't sign with its DSA key below TLS 1.2: after ServerHello and Certificate it says internal_error. */
const JDK_BROKEN: Readonly<Record<string, readonly number[]>> = {
  ssl3: [0x11, 0x12, 0x13, 0x32, 0x38],
  tls1: [0x11, 0x12, 0x13, 0x32, 0x38],
  tls1_1: [0x12, 0x13, 0x32, 0x38],
};

const GROUPS: Readonly<Record<string, number>> = {
  ...{ 'P-256': 23, 'P-384': 24, 'P-521': 25, X25519: 29, X448: 30 },
  ...{ ffdhe2048: 256, ffdhe3072: 257, ffdhe4096: 258, ffdhe6144: 259, ffdhe8192: 260 },
};
