/** What sslyze wrote about the village (samples/, recorded with both versions), and files made by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../base/hex.ts';
import { acceptedAt, endpointsOf, itemsOf, scanOf, unreadableOf } from '../items-of.fixture.ts';
import { derOfPem } from '../shown-chain.ts';
import {
  certificates,
  completed,
  EC_PEM,
  failed,
  type MadeServer,
  madeFile,
  suites,
} from './made-output.fixture.ts';
import { sslyze } from './sslyze.ts';

describe.each(['5.2.0', '6.3.1'])('a recorded file of sslyze %s', (version) => {
  const bytes = gunzipSync(readFileSync(join(import.meta.dirname, `samples/recorded-${version}.json.gz`)));
  const items = itemsOf(sslyze, bytes, { port: 143 });
  const [endpoint, ...others] = endpointsOf(items);

  test('is known by its first bytes', () => {
    expect(sslyze.detects(bytes.toString('utf8', 0, 65_536))).toBe(true);
  });

  test('gives the one server, nothing unreadable, the same in chunks of any size', () => {
    expect(others).toEqual([]);
    expect(unreadableOf(items)).toEqual([]);
    for (const size of [1000, 4099]) expect(itemsOf(sslyze, bytes, { port: 143, size })).toEqual(items);
  });

  test('says where, how and when', () => {
    expect(endpoint).toMatchObject({
      ...{ target: '127.0.0.1', host: null, ip: '127.0.0.1', port: 143, connect_port: 42925 },
      ...{ protocol: 'imap', tls_mode: 'starttls', outcome: 'tls', error_kind: null },
      dialogue: { starttls_offered: null, starttls_accepted: true },
    });
    const scan = scanOf(items)!;
    expect(scan).toMatchObject({ tool: 'sslyze', tool_version: version });
    expect(Object.values(scan.cipher_suites!).map((list) => list.length)).toEqual([7, 80, 80, 80, 156, 5]);
    expect(Date.parse(scan.finished_at!) - Date.parse(scan.started_at!)).toBeGreaterThan(1000);
  });

  test('gives versions, suites, groups and facts', () => {
    expect(acceptedAt(endpoint!, 771)).toEqual([49195, 49196, 52393]);
    expect(acceptedAt(endpoint!, 772)).toEqual([4865, 4866, 4867]);
    expect([2, 768, 769, 770].flatMap((older) => acceptedAt(endpoint!, older))).toEqual([]);
    const counts = endpoint!.versions.find((one) => one.version === 771);
    expect(counts).toMatchObject({ offered: 156, accepted: 3, rejected: 153, errors: 0, handshakes: null });
    expect(endpoint!.rejections.find((one) => one.version === 771)).toEqual({
      ...{ version: 771, by: 'alert', code: 40, cipher_suites: 153, confirmed: false, forms: null },
    });
    expect(endpoint!.groups).toMatchObject([{ version: 772, offered: 30, accepted: [29, 23], errors: 28 }]);
    expect(endpoint!.facts).toMatchObject({
      ...{ compression: false, secure_renegotiation: true, session_ticket_resumption: true },
      ...{ fallback_scsv: null, extended_master_secret: null, heartbeat: null },
    });
  });

  test('gives each certificate once, before the endpoint, and the chain behind the suites', () => {
    const ders = items.flatMap((item) => (item.kind === 'certificate' ? [sha256Hex(item.der)] : []));
    expect(ders).toHaveLength(2);
    expect(endpoint!.chains.map((chain) => chain.certificates)).toEqual([ders]);
    const shown = endpoint!.handshakes.filter((one) => one.chain_id !== null).map((one) => one.version);
    expect(shown).toEqual([771, 771, 771]);
    const kinds = items.map(({ kind }) => kind);
    expect(kinds).toEqual(['scan', 'certificate', 'certificate', 'endpoint', 'scan']);
  });
});

describe('a file made by hand', () => {
  const ECDH = { type_name: 'ECDH', size: 253, public_bytes: 'AQID', curve_name: 'X25519' };
  const prime = Buffer.from([0, 0x0b, 1, 1]).toString('base64');
  const DH = { type_name: 'DH', size: 20, public_bytes: 'AQ==', prime, generator: 'Ag==' };

  test('ephemeral keys: groups of their own, curves by number', () => {
    const scan = {
      tls_1_2_cipher_suites: suites(
        [
          ['TLS_DHE_RSA_WITH_AES_128_CBC_SHA', DH],
          ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', ECDH],
          ['TLS_RSA_WITH_AES_128_CBC_SHA'],
        ],
        [],
      ),
      certificate_info: certificates([[EC_PEM]]),
    };
    const items = itemsOf(sslyze, madeFile([{ scan }]));
    const group = items.find((item) => item.kind === 'dh_group');
    expect(group).toMatchObject({ prime: Buffer.from([0x0b, 1, 1]), generator: Buffer.from([2]) });
    const [dhe, ecdhe, rsa] = endpointsOf(items)[0]!.handshakes;
    expect(dhe).toMatchObject({ dh_group_id: sha256Hex('0b0101:02'), key_bits: 20, public_key_sha256: null });
    const public_key_sha256 = sha256Hex(Buffer.from([1, 2, 3]));
    expect(ecdhe).toMatchObject({ named_group: 29, key_bits: 255, dh_group_id: null, public_key_sha256 });
    expect(rsa).toMatchObject({ named_group: null, key_bits: null, dh_group_id: null, chain_id: null });
    expect(ecdhe!.chain_id).toBe(sha256Hex(sha256Hex(derOfPem(EC_PEM)!)));
  });

  test('moduli as bare integers of any length are passed over', () => {
    const text = madeFile([{ scan: { certificate_info: certificates([[EC_PEM]]) } }]).replaceAll(
      '"serial_number": 1',
      `"serial_number": ${'9'.repeat(40)}, "public_key": {"rsa_n": ${'7'.repeat(4932)}}`,
    );
    const items = itemsOf(sslyze, text);
    expect(unreadableOf(items)).toEqual([]);
    expect(endpointsOf(items)[0]!.chains).toHaveLength(1);
  });

  test('rejections by what refused, errors for what is none', () => {
    const messages = [
      'TLS alert: handshake failure',
      'TLS alert: handshake failure',
      'TLS alert: protocol version ',
      'TLS error: wrong version number',
      'Server interrupted the TLS handshake',
      'Connection to server timed out during the TLS handshake',
      'TLS alert: Illegal padding',
      'Server returned wrong certificate type',
    ];
    const refused = messages.map((message) => ['TLS_RSA_WITH_AES_256_CBC_SHA', message] as const);
    const scan = { tls_1_2_cipher_suites: suites([['TLS_RSA_WITH_AES_128_CBC_SHA']], refused) };
    const [alive] = endpointsOf(itemsOf(sslyze, madeFile([{ scan }])));
    expect(alive!.rejections.map(({ by, code, cipher_suites }) => [by, code, cipher_suites])).toEqual([
      ...[
        ['alert', 40, 2],
        ['alert', 70, 1],
        ['version', null, 1],
      ],
      ['close', null, 1],
    ]);
    const errors = alive!.handshakes.filter((one) => one.outcome === 'error');
    expect(errors.map((one) => one.error_kind)).toEqual(['read_timeout', 'protocol_error', 'protocol_error']);
    expect(alive!.versions).toMatchObject([{ offered: 9, accepted: 1, rejected: 5, errors: 3 }]);
  });

  test('a connection that was closed is no answer of a server that accepted nothing', () => {
    const closed = ['TLS_RSA_WITH_AES_256_CBC_SHA', 'Server interrupted the TLS handshake'] as const;
    const scan = { tls_1_1_cipher_suites: suites([], [closed]) };
    const [endpoint] = endpointsOf(itemsOf(sslyze, madeFile([{ scan }])));
    expect(endpoint!.versions[0]).toMatchObject({ version: 770, offered: 1, rejected: 0, errors: 1 });
    // sslyze's own probe was accepted, at TLS 1.2.
    expect(endpoint).toMatchObject({ outcome: 'tls', rejections: [] });
    expect(acceptedAt(endpoint!, 771)).toEqual([49195]);
  });

  test('no count holds of a version whose suites are said to be refused, and whose probe was not', () => {
    const refused = ['TLS_RSA_WITH_AES_256_CBC_SHA', 'TLS alert: handshake failure'] as const;
    const scan = { tls_1_2_cipher_suites: suites([], [refused]) };
    const [endpoint] = endpointsOf(itemsOf(sslyze, madeFile([{ scan }])));
    expect(endpoint!.versions).toMatchObject([{ version: 771, offered: null, accepted: null }]);
    expect(acceptedAt(endpoint!, 771)).toEqual([49195]);
  });

  test('a scan command that failed is an error of its version, and no count', () => {
    const line = 'sslyze.errors.TlsHandshakeTimedOut: mx.example.com:25 -> "Connection to server timed out".';
    const scan = { tls_1_0_cipher_suites: failed(line), tls_1_1_cipher_suites: { status: 'NOT_SCHEDULED' } };
    const [endpoint] = endpointsOf(itemsOf(sslyze, madeFile([{ scan }])));
    expect(endpoint!.versions.find((one) => one.version === 769)).toMatchObject({
      ...{ offered: null, accepted: null, rejected: null, errors: null },
    });
    expect(endpoint!.handshakes[0]).toMatchObject({
      ...{ version: 769, cipher_suite: null, outcome: 'error', error_kind: 'read_timeout' },
    });
    expect(endpoint!.versions.map((one) => one.version)).not.toContain(770);
  });

  test('facts that sslyze assumes are null', () => {
    const scan = {
      tls_1_2_cipher_suites: suites([], []),
      tls_1_3_cipher_suites: suites([['TLS_AES_128_GCM_SHA256']], []),
      tls_compression: completed({ supports_compression: false }),
      session_renegotiation: completed({ supports_secure_renegotiation: true }),
      tls_extended_master_secret: completed({ supports_ems_extension: true }),
      tls_fallback_scsv: completed({ supports_fallback_scsv: true }),
    };
    const said = (made: MadeServer) => endpointsOf(itemsOf(sslyze, madeFile([made])))[0]!.facts;
    const none = { compression: null, secure_renegotiation: null, extended_master_secret: null };
    expect(said({ scan, highest: 'TLS_1_3' })).toMatchObject({ ...none, fallback_scsv: null });
    const tls12 = { ...scan, tls_1_2_cipher_suites: suites([['TLS_RSA_WITH_AES_128_CBC_SHA']], []) };
    const known = { compression: false, secure_renegotiation: true };
    expect(said({ scan: tls12, highest: 'TLS_1_2' })).toMatchObject({
      ...known,
      extended_master_secret: true,
    });
    expect(said({ scan: tls12, highest: 'TLS_1_3' })).toMatchObject({
      ...known,
      extended_master_secret: null,
    });
  });

  test('the chain shown without a name stands with its name, null; a name of --sni is the host', () => {
    const scan = { certificate_info: certificates([[EC_PEM]], [EC_PEM]) };
    const [named] = endpointsOf(itemsOf(sslyze, madeFile([{ scan }])));
    expect(named!.facts.chains_by_name).toEqual([
      { server_name: null, chain_id: named!.chains[0]!.chain_id },
    ]);
    const made = { hostname: '192.0.2.1', sni: 'other.example.com', scan };
    expect(endpointsOf(itemsOf(sslyze, madeFile([made])))[0]).toMatchObject({
      ...{ target: '192.0.2.1', host: 'other.example.com', ip: '192.0.2.1' },
    });
  });

  test('a certificate that is no PEM is quarantined, the endpoint stays', () => {
    const scan = { certificate_info: certificates([[EC_PEM, '-----BEGIN CERTIFICATE-----\nA=A\n']]) };
    const items = itemsOf(sslyze, madeFile([{ scan }]));
    expect(endpointsOf(items)[0]).toMatchObject({ outcome: 'tls', chains: [] });
    expect(unreadableOf(items)).toMatchObject([{ reason: 'a certificate that is no PEM', truncated: false }]);
  });
});

describe('who could not be connected to', () => {
  const told = (message: string) =>
    `sslyze.errors.ServerRejectedOpportunisticTlsNegotiation: x:25 -> "${message}".`;
  const IN_TLS = { starttls_offered: null, starttls_accepted: true };
  const REFUSED = { outcome: 'error', error_kind: 'starttls_refused' };
  const cases: [string, object, object][] = [
    [
      'sslyze.errors.ServerRejectedConnection: x:25 -> "Server rejected the connection".',
      { error_kind: 'connection_refused' },
      { starttls_accepted: null },
    ],
    [
      'sslyze.errors.ConnectionToServerTimedOut: x:25 -> "Connection to the server timed out".',
      { error_kind: 'connect_timeout' },
      { starttls_accepted: null },
    ],
    [
      'sslyze.errors.ServerTlsConfigurationNotSupported: x:25 -> "TLS probing failed".',
      { error_kind: 'protocol_error' },
      IN_TLS,
    ],
    ['sslyze.errors.TlsHandshakeTimedOut: x:25 -> "Timed out".', { error_kind: 'read_timeout' }, IN_TLS],
    [
      told('Server does not support STARTTLS with SMTP'),
      { outcome: 'no_starttls', error_kind: null, stop_reason: 'no_starttls' },
      { starttls_offered: false },
    ],
    [
      told('SMTP STARTTLS rejected: 4.7.0 not now'),
      REFUSED,
      { starttls_offered: true, starttls_accepted: false },
    ],
    [told('SMTP STARTTLS not supported'), REFUSED, { starttls_offered: null, starttls_accepted: false }],
    [told('IMAP START TLS was rejected'), REFUSED, { starttls_offered: null, starttls_accepted: false }],
    [told('SMTP EHLO was rejected: 4.7.1 later'), { error_kind: 'temporary_failure' }, {}],
    [
      told("Server did not send a '220 service ready' SMTP message: go away"),
      { error_kind: 'service_refused' },
      {},
    ],
    [
      told('Unexpected error while performing the SMTP EHLO handshake: Connection unexpectedly closed'),
      { error_kind: 'closed' },
      {},
    ],
    [told('Unexpected error: Connection unexpectedly closed: timed out'), { error_kind: 'read_timeout' }, {}],
    ['KeyError: what', { error_kind: 'protocol_error' }, { starttls_accepted: null }],
  ];

  test.each(cases)('%s', (failure, record, dialogue) => {
    const items = itemsOf(sslyze, madeFile([{ failure }]));
    expect(endpointsOf(items)).toMatchObject([{ outcome: 'error', ...record, dialogue, handshakes: [] }]);
    expect(endpointsOf(items)[0]!.error_detail).toMatch(/^sslyze: /);
    expect(unreadableOf(items)).toEqual([]);
  });

  test('with implicit TLS there is no STARTTLS to speak of', () => {
    const made = { port: 993, starttls: null, failure: 'sslyze.errors.TlsHandshakeTimedOut: x -> "y".' };
    const [endpoint] = endpointsOf(itemsOf(sslyze, madeFile([made])));
    expect(endpoint!.dialogue).toMatchObject({ starttls_offered: null, starttls_accepted: null });
    expect(endpoint).toMatchObject({ protocol: 'imap', tls_mode: 'implicit', error_kind: 'read_timeout' });
  });

  test('names that were not resolved are endpoints, what else was not scanned is not', () => {
    const invalid_server_strings = [
      { server_string: 'gone.example.com:25', error_message: 'Could not resolve hostname gone.example.com' },
      { server_string: 'a b', error_message: 'Not a server' },
    ];
    const items = itemsOf(sslyze, madeFile([], { invalid_server_strings }));
    expect(endpointsOf(items)).toMatchObject([
      { host: 'gone.example.com', ip: null, port: 25, outcome: 'error', error_kind: 'name_not_resolved' },
    ]);
    expect(unreadableOf(items)).toMatchObject([{ reason: 'not scanned: Not a server' }]);
  });
});

describe('nothing is lost', () => {
  const servers: MadeServer[] = [
    { hostname: 'a.example.com' },
    { hostname: 'b.example.com', port: 2525 },
    { hostname: 'c.example.com', port: 5222, starttls: 'XMPP' },
    { hostname: 'd.example.com', port: 143, starttls: 'IMAP' },
  ];
  const text = madeFile(servers);

  test('ports that are none of mail need --port, other protocols go to the quarantine', () => {
    const [without, with25] = [itemsOf(sslyze, text), itemsOf(sslyze, text, { port: 25 })];
    expect(endpointsOf(without).map(({ host }) => host)).toEqual(['a.example.com', 'd.example.com']);
    expect(unreadableOf(without).map(({ reason }) => reason)).toEqual([
      'port 2525 is no mail port: --port says which one it stands for',
      'a protocol that is none of mail',
    ]);
    expect(JSON.parse(Buffer.from(unreadableOf(without)[0]!.bytes).toString())).toMatchObject({
      server_location: { hostname: 'b.example.com' },
    });
    expect(endpointsOf(with25).map(({ port, connect_port }) => [port, connect_port])).toEqual([
      ...[
        [25, 25],
        [25, 2525],
        [143, 143],
      ],
    ]);
  });

  test('cut anywhere, each server that began is an endpoint or in the quarantine', () => {
    for (let length = 1; length < text.length; length += 97) {
      const cut = text.slice(0, length);
      const items = itemsOf(sslyze, cut, { port: 25 });
      const began = cut.split('"uuid"').length - 1;
      const whole = endpointsOf(items).length + unreadableOf(items).length;
      expect(whole, `${length}`).toBeGreaterThanOrEqual(began);
      if (length < text.length - 200) expect(unreadableOf(items), `${length}`).not.toEqual([]);
    }
  });

  test('what is none of sslyze is said to be so', () => {
    for (const other of ['', '{}', '[1, 2]', 'no JSON at all', '{"server_scan_results": 7}']) {
      const items = itemsOf(sslyze, other);
      expect(endpointsOf(items)).toEqual([]);
      expect(unreadableOf(items).map(({ reason }) => reason)).toContain(
        'no server_scan_results: not what sslyze writes',
      );
    }
  });

  test('a server without name, port or status is in the quarantine with its line', () => {
    const broken = '{"server_scan_results": [\n{"server_location": {"hostname": "x"}},\n7]}';
    expect(unreadableOf(itemsOf(sslyze, broken)).map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'no host name and port in server_location'],
      [3, 'no host name and port in server_location'],
    ]);
  });
});
