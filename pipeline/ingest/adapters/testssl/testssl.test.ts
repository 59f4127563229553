/** What testssl 3.0.8 wrote about a villager in both forms (samples/), and files made by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../base/hex.ts';
import { acceptedAt, endpointsOf, itemsOf, scanOf, unreadableOf } from '../items-of.fixture.ts';
import { derOfPem } from '../shown-chain.ts';
import { EC_PEM } from '../sslyze/made-output.fixture.ts';
import { flatFile, type MadeFinding, type MadeHost, prettyFile } from './made-output.fixture.ts';
import { testssl } from './testssl.ts';

const FORMS = [
  ['flat', flatFile],
  ['pretty', prettyFile],
] as const;

const SMTP: MadeFinding = ['service', 'INFO', 'smtp'];
const ENDPOINT: readonly MadeFinding[] = [
  SMTP,
  ['SSLv2', 'OK', 'not offered'],
  ['SSLv3', 'OK', 'not offered'],
  ['TLS1', 'LOW', 'offered (deprecated)'],
  ['TLS1_2', 'OK', 'offered'],
  ['TLS1_3', 'INFO', 'not offered and downgraded to a weaker protocol'],
  finding('tls1', '2f', 'AES128-SHA                        RSA         AES         128'),
  finding('tls1_2', 'c02b', 'ECDHE-ECDSA-AES128-GCM-SHA256     ECDH 253    AESGCM      128'),
  finding('tls1_2', '33', 'DHE-RSA-AES128-SHA                DH 1024     AES         128'),
  ['cert', 'INFO', EC_PEM.trim().replaceAll('\n', ' ')],
];

describe.each([
  ['flat', null],
  ['pretty', '3.0.8'],
])('a recorded file of testssl 3.0.8, %s', (form, version) => {
  const text = readFileSync(join(import.meta.dirname, `samples/recorded-${form}-3.0.8.json`), 'utf8');
  const items = itemsOf(testssl, text, { port: 993 });
  const [endpoint, ...others] = endpointsOf(items);

  test('gives the one server, nothing unreadable, the same in chunks of any size', () => {
    expect(testssl.detects(text)).toBe(true);
    expect(others).toEqual([]);
    expect(unreadableOf(items)).toEqual([]);
    expect(itemsOf(testssl, text, { port: 993, size: 977 })).toEqual(items);
  });

  test('says where, how and when', () => {
    expect(endpoint).toMatchObject({
      ...{ target: '127.0.0.1', host: null, ip: '127.0.0.1', port: 993, connect_port: 43769 },
      ...{ protocol: 'imap', tls_mode: 'implicit', outcome: 'tls', stop_detail: null },
    });
    expect(scanOf(items)).toMatchObject({ tool: 'testssl', tool_version: version, cipher_suites: null });
    expect(scanOf(items)!.started_at === null).toBe(version === null);
  });

  test('gives versions, suites, curves, facts and the certificate', () => {
    const older = [49158, 49161, 49162];
    expect(acceptedAt(endpoint!, 769)).toEqual(older);
    expect(acceptedAt(endpoint!, 770)).toEqual(older);
    expect(acceptedAt(endpoint!, 771)).toEqual([...older, 49187, 49195, 49196].sort((a, b) => a - b));
    expect(acceptedAt(endpoint!, 772)).toEqual([4865, 4866]);
    expect(new Set(endpoint!.handshakes.map((one) => `${one.named_group} ${one.key_bits}`))).toEqual(
      new Set(['25 521']),
    );
    expect(endpoint!.versions.map(({ version, accepted }) => [version, accepted])).toEqual([
      ...[
        [771, 6],
        [772, 2],
        [770, 3],
      ],
      ...[
        [769, 3],
        [768, 0],
        [2, 0],
      ],
    ]);
    expect(endpoint!.facts).toMatchObject({
      ...{ secure_renegotiation: true, extended_master_secret: true, encrypt_then_mac: true },
      ...{ session_ticket: true, ocsp_stapling: false, compression: null, heartbeat: null },
    });
    const certificates = items.flatMap((item) => (item.kind === 'certificate' ? [sha256Hex(item.der)] : []));
    expect(endpoint!.chains).toMatchObject([{ certificates }]);
    expect(certificates).toHaveLength(1);
  });
});

describe.each(FORMS)('a %s file made by hand', (_form, made) => {
  const only = (findings: readonly MadeFinding[], host: Partial<MadeHost> = {}) =>
    endpointsOf(itemsOf(testssl, made([{ ...host, findings }])))[0]!;

  test('suites by version, sizes of keys, curves where the size tells, the chain behind ECDSA', () => {
    const endpoint = only(ENDPOINT);
    expect(endpoint).toMatchObject({ host: 'mx.example.com', ip: '192.0.2.1', tls_mode: 'starttls' });
    expect(endpoint.dialogue.starttls_accepted).toBe(true);
    const [ecdhe, dhe, rsa] = endpoint.handshakes;
    const chain_id = sha256Hex(sha256Hex(derOfPem(EC_PEM)!));
    expect(ecdhe).toMatchObject({
      version: 771,
      cipher_suite: 49195,
      named_group: 29,
      key_bits: 255,
      chain_id,
    });
    expect(dhe).toMatchObject({ cipher_suite: 51, key_bits: 1024, dh_group_id: null, chain_id: null });
    expect(rsa).toMatchObject({ version: 769, cipher_suite: 47, key_bits: null, named_group: null });
    const accepted = endpoint.versions.map((one) => [one.version, one.accepted]);
    expect(Object.fromEntries(accepted)).toEqual({ 771: 2, 772: 0, 769: 1, 768: 0, 2: 0 });
    expect(endpoint.versions.every((one) => one.offered === null && one.rejected === null)).toBe(true);
  });

  test('a version offered without a word on its suites is one handshake without a suite', () => {
    const endpoint = only([SMTP, ['TLS1_1', 'LOW', 'offered (deprecated)']]);
    expect(endpoint.versions).toMatchObject([{ version: 770, accepted: null }]);
    expect(endpoint.handshakes).toMatchObject([{ version: 770, cipher_suite: null, outcome: 'accepted' }]);
  });

  test('what it could not ask is an error, what it did not test is nothing', () => {
    const endpoint = only([
      SMTP,
      ['TLS1', 'WARN', 'connection failed rather than downgrading to TLSv1.0'],
      ['TLS1_1', 'WARN', 'received 4xx/5xx after STARTTLS handshake'],
      ['TLS1_2', 'INFO', 'not tested due to lack of local support'],
    ]);
    expect(endpoint.handshakes.map((one) => [one.version, one.outcome, one.error_kind])).toEqual([
      [770, 'error', 'temporary_failure'],
      [769, 'error', 'closed'],
    ]);
    expect(endpoint).toMatchObject({ outcome: 'error', versions: [{ accepted: null }, { accepted: null }] });
    // As the interface has it, and nothing beside.
    expect(Object.keys(endpoint.handshakes[0]!).sort()).toEqual(
      Object.keys(only(ENDPOINT).handshakes[0]!).sort(),
    );
  });

  test('refused everywhere is an answer in TLS', () => {
    const endpoint = only([SMTP, ['TLS1_2', 'OK', 'not offered'], ['TLS1', 'OK', 'not offered']]);
    expect(endpoint).toMatchObject({ outcome: 'tls_rejected', error_kind: null, handshakes: [] });
  });

  test('a testssl that gave up says nothing of what it took for a no', () => {
    const endpoint = only([
      SMTP,
      ['TLS1', 'OK', 'not offered'],
      ['scanProblem', 'FATAL', "Can't connect to '192.0.2.1:25' Make sure a firewall is not between"],
    ]);
    expect(endpoint).toMatchObject({
      ...{ outcome: 'error', error_kind: 'unreachable', versions: [{ version: 769, accepted: null }] },
    });
  });

  test('with --severity nothing says that a list is whole', () => {
    const severe = ENDPOINT.slice(2).map(([id, , text]): MadeFinding => [id, 'LOW', text]);
    const endpoint = only([['service', 'LOW', 'smtp'], ...severe]);
    expect(endpoint.versions.find((one) => one.version === 771)).toMatchObject({ accepted: null });
    expect(acceptedAt(endpoint, 771)).toEqual([51, 49195]);
  });

  test('facts: seen once is seen, words that say nothing are null', () => {
    const { facts } = only([
      ...ENDPOINT,
      ['TLS_extensions', 'INFO', "'session ticket/#35' 'heartbeat/#15' 'encrypt-then-mac/#22'"],
      ['TLS_session_ticket', 'INFO', 'no -- no lifetime advertised'],
      ['secure_renego', 'CRITICAL', 'VULNERABLE'],
      ['CRIME_TLS', 'OK', 'not vulnerable'],
      ['fallback_SCSV', 'WARN', "Check failed. (couldn't connect)"],
      ['sessionresumption_ID', 'INFO', 'supported'],
      ['OCSP_stapling', 'OK', 'offered'],
    ]);
    expect(facts).toMatchObject({
      ...{ session_ticket: true, heartbeat: true, encrypt_then_mac: true, extended_master_secret: null },
      ...{ secure_renegotiation: false, compression: false, fallback_scsv: null },
      ...{ session_id_resumption: true, ocsp_stapling: true, session_ticket_resumption: null },
    });
  });

  test('lists of names (-P) count, without sizes, and do not hide what lines said', () => {
    const endpoint = only([
      ...ENDPOINT.slice(0, -1),
      ['cipherorder_TLSv1_2', 'INFO', 'DHE-RSA-AES128-SHA AES256-SHA NO-SUCH-SUITE'],
    ]);
    const tls12 = endpoint.handshakes.filter((one) => one.version === 771);
    expect(tls12.map((one) => [one.cipher_suite, one.key_bits, one.error_detail])).toEqual([
      [49195, 255, null],
      [51, 1024, null],
      [53, null, null],
      [null, null, 'testssl: a suite of unknown number: NO-SUCH-SUITE'],
    ]);
  });

  test('several certificates, and chains of 3.2, by host', () => {
    const pem = EC_PEM.trim().replaceAll('\n', '\\n');
    const endpoint = only([
      ...ENDPOINT.slice(0, -1),
      ['cert <hostCert#1>', 'INFO', pem],
      ['intermediate_cert <hostCert#1> <#1>', 'INFO', pem],
      ['cert <hostCert#2>', 'INFO', pem],
    ]);
    const der = sha256Hex(derOfPem(EC_PEM)!);
    expect(endpoint.chains.map((chain) => chain.certificates)).toEqual([[der, der], [der]]);
  });

  test('a chain that was not printed whole: the handshake says so', () => {
    const { handshakes, chains } = only([...ENDPOINT, ['certs_countServer', 'INFO', '2']]);
    expect(chains).toMatchObject([{ certificates: [sha256Hex(derOfPem(EC_PEM)!)] }]);
    expect(handshakes.map((one) => [one.cipher_suite, one.error_detail])).toEqual([
      [49195, 'testssl: 1 of 2 certificates'],
      [51, null],
      [47, null],
    ]);
  });

  test('services, ports and what the operator says', () => {
    expect(only([['service', 'INFO', 'pop3'], ...ENDPOINT.slice(1)])).toMatchObject({
      ...{ protocol: 'pop3', tls_mode: 'starttls', port: 25 },
    });
    const implicit: MadeFinding = ['service', 'INFO', 'IMAP, thus skipping HTTP specific checks'];
    expect(only([implicit, ...ENDPOINT.slice(1)], { port: 993 })).toMatchObject({
      ...{ protocol: 'imap', tls_mode: 'implicit', port: 993 },
    });
    const unknown: MadeFinding = ['service', 'DEBUG', "Couldn't determine service, skipping all HTTP checks"];
    const text = made([{ port: 4650, findings: [unknown, ...ENDPOINT.slice(1)] }]);
    expect(unreadableOf(itemsOf(testssl, text)).map(({ reason }) => reason)).toEqual([
      'port 4650 is no mail port: --port says which one it stands for',
    ]);
    expect(endpointsOf(itemsOf(testssl, text, { port: 465 }))).toMatchObject([
      { port: 465, connect_port: 4650, protocol: 'smtp', tls_mode: 'implicit' },
    ]);
    const web = made([{ findings: [['service', 'INFO', 'HTTP'], ...ENDPOINT.slice(1)] }]);
    expect(unreadableOf(itemsOf(testssl, web))).toMatchObject([
      { reason: 'a service that is none of mail: HTTP' },
    ]);
  });

  test('IPv6 stands in brackets', () => {
    expect(only(ENDPOINT, { ip: '[2001:db8::1]' })).toMatchObject({ ip: '2001:db8::1', port: 25 });
    expect(only(ENDPOINT, { name: '2001:db8::1', ip: '[2001:db8::1]' })).toMatchObject({
      ...{ target: '2001:db8::1', host: null, ip: '2001:db8::1' },
    });
  });

  test('certificates without end are quarantined', () => {
    const large = Buffer.alloc(600_000).toString('base64');
    const cert: MadeFinding = [
      ...(['cert', 'INFO', `-----BEGIN CERTIFICATE-----${large}-----END CERTIFICATE-----`] as const),
    ];
    const items = itemsOf(testssl, made([{ findings: [...ENDPOINT, cert, cert, cert] }]));
    expect(endpointsOf(items)).toHaveLength(1);
    expect(new Set(unreadableOf(items).map(({ reason }) => reason))).toEqual(
      new Set(['more certificates than one server has']),
    );
  });

  test('several servers, one after the other, and one twice', () => {
    const hosts = ['a', 'b', 'a'].map((name) => ({ name: `${name}.example.com`, findings: ENDPOINT }));
    const items = itemsOf(testssl, made(hosts));
    expect(endpointsOf(items).map(({ host }) => host)).toEqual([
      'a.example.com',
      'b.example.com',
      'a.example.com',
    ]);
    expect(unreadableOf(items)).toEqual([]);
  });

  test('a certificate that is no PEM is quarantined, the endpoint stays', () => {
    const text = made([{ findings: [...ENDPOINT.slice(0, -1), ['cert', 'INFO', 'none']] }]);
    const items = itemsOf(testssl, text);
    expect(endpointsOf(items)).toMatchObject([{ outcome: 'tls', chains: [] }]);
    expect(unreadableOf(items)).toMatchObject([{ reason: 'a certificate that is no PEM' }]);
  });

  test('broken off: what stands there counts, and is marked as not whole', () => {
    const text = made([{ name: 'a.example.com', findings: ENDPOINT }, { findings: ENDPOINT.slice(0, 9) }], {
      end: false,
    });
    const items = itemsOf(testssl, text);
    const [first, second] = endpointsOf(items);
    expect(first!.stop_detail).toBeNull();
    expect(second!.stop_detail).toBe('testssl: the scan was interrupted');
    // The list that was growing may lack its end.
    expect(second!.versions.find((one) => one.version === 771)).toMatchObject({ accepted: null });
    expect(second!.versions.find((one) => one.version === 769)).toMatchObject({ accepted: 1 });
    expect(unreadableOf(items).map(({ reason }) => reason)).toContain('the file is broken off here');
  });

  test('cut anywhere, each server that began is an endpoint or in the quarantine', () => {
    const names = ['a.example.com', 'b.example.com', 'c.example.com'];
    const text = made(names.map((name) => ({ name, findings: ENDPOINT })));
    for (let length = 30; length < text.length; length += 31) {
      const cut = text.slice(0, length);
      const items = itemsOf(testssl, cut);
      const hosts = endpointsOf(items).map(({ host }) => host);
      const began = names.filter((name) =>
        new RegExp(`"(?:${name}/192.0.2.1|${name})",\\s*"[a-z]+" *: "`).test(cut),
      );
      const lost = began.filter((name) => !hosts.includes(name));
      // One whose port was not yet there can't be an endpoint.
      if (lost.length > 0) expect(unreadableOf(items), `${length}`).not.toEqual([]);
      expect(lost.length, `${length}`).toBeLessThanOrEqual(1);
      if (length < text.length - 60) expect(unreadableOf(items), `${length}`).not.toEqual([]);
    }
  });
});

describe('not quite JSON', () => {
  test('a second run behind a first that was killed: both count', () => {
    const first = flatFile([{ name: 'a.example.com', findings: ENDPOINT }]).slice(0, -250);
    const second = flatFile([{ name: 'b.example.com', findings: ENDPOINT }]);
    const items = itemsOf(testssl, first + second);
    expect(endpointsOf(items).map(({ host }) => host)).toEqual(['a.example.com', 'b.example.com']);
    expect(unreadableOf(items)).not.toEqual([]);
  });

  test('no comma, no bracket at the end, words between: the findings count', () => {
    const text = flatFile([{ findings: ENDPOINT }]).replaceAll(',         {', '         {');
    const items = itemsOf(testssl, `${text.slice(0, -2)}\nFatal error: nothing works\n`);
    expect(acceptedAt(endpointsOf(items)[0]!, 771)).toEqual([51, 49195]);
    expect(unreadableOf(items).map(({ reason }) => reason)).toContain('no JSON');
  });

  test('interrupted by hand: the time says so', () => {
    const text = prettyFile([{ findings: ENDPOINT }], { scanTime: '"Scan interrupted"' });
    const [endpoint] = endpointsOf(itemsOf(testssl, text));
    expect(endpoint).toMatchObject({ outcome: 'tls' });
    const flat = flatFile([{ findings: [...ENDPOINT, ['scanTime', 'WARN', 'Scan interrupted']] }]);
    expect(endpointsOf(itemsOf(testssl, flat))[0]!.stop_detail).toBe('testssl: the scan was interrupted');
  });

  test('pretty: a server that could not be reached is named in a finding that stands alone', () => {
    const head = prettyFile([{ findings: ENDPOINT }]).split('"scanResult"')[0];
    const alone = `{"id": "scanProblem", "severity": "FATAL", "finding": "Can't connect to '192.0.2.7:25'"}`;
    const items = itemsOf(testssl, `${head}"scanResult"  : [\n${alone}\n], "scanTime": 3\n}`);
    expect(endpointsOf(items)).toMatchObject([
      { ip: '192.0.2.7', connect_port: 25, outcome: 'error', error_kind: 'unreachable' },
    ]);
    const nowhere = itemsOf(testssl, `${head}"scanResult": [${alone.replace("'192.0.2.7:25'", 'it')}]}`);
    expect(unreadableOf(nowhere)).toMatchObject([{ reason: "Can't connect to it" }]);
  });

  test('start and end come from the pretty form', () => {
    expect(scanOf(itemsOf(testssl, prettyFile([{ findings: ENDPOINT }])))).toMatchObject({
      ...{ started_at: '2026-01-02T03:04:05.000Z', finished_at: '2026-01-02T03:05:38.000Z' },
    });
  });

  test('what is none of testssl is said to be so, and findings about no server are not missed', () => {
    for (const other of ['', '{}', 'no JSON', '[]', '{"scanResult": 3}']) {
      const items = itemsOf(testssl, other);
      expect(endpointsOf(items)).toEqual([]);
      expect(unreadableOf(items).map(({ reason }) => reason)).toContain(
        'no findings: not what testssl writes',
      );
    }
    const client = flatFile([{ findings: ENDPOINT }]).replaceAll('mx.example.com/192.0.2.1', '/');
    expect(unreadableOf(itemsOf(testssl, client))).toEqual([]);
    const odd = itemsOf(testssl, '[{"id": "TLS1"}, 7, {"id": "x", "ip": "a b", "port": "1"}]');
    expect(unreadableOf(odd).map(({ reason }) => reason)).toEqual([
      ...Array.from({ length: 3 }, () => 'no id, ip, port and finding'),
      'no findings: not what testssl writes',
    ]);
  });
});

function finding(version: string, digits: string, text: string): MadeFinding {
  return [`cipher-${version}_x${digits}`, 'OK', `TLS   x${digits}   ${text}      TLS_NAME`];
}
