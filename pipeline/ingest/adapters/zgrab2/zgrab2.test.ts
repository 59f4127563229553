/** zgrab2's lines, by module, by status and by what its versions write differently. */
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../base/hex.ts';
import { sortedItems } from '../sorted-items.fixture.ts';
import {
  CERTIFICATES,
  DH_KEY_EXCHANGE,
  EC_KEY_EXCHANGE,
  grab,
  HANDSHAKE_LOG,
  ISSUER,
  LEAF,
  PRIME,
  SERVER_HELLO,
  SMTP_RESULT,
  smtp,
  TLS13_LOG,
} from './grabs.fixture.ts';
import { zgrab2 } from './zgrab2.ts';

const read = (data: { [name: string]: unknown }, port: number | null = null, host?: object) =>
  sortedItems(zgrab2, `${grab(data, host)}\n`, port);
const one = (response: unknown, port: number | null = null) => read({ smtp: response }, port).endpoints[0]!;
const withLog = (log: object) => smtp({ result: { ...SMTP_RESULT, tls: { handshake_log: log } } });

describe('a handshake', () => {
  test('after STARTTLS: dialogue, version, suite, chain, group, scheme', () => {
    const { endpoints, certificates, groups, unreadable, scan } = read({ smtp: smtp() });
    expect(unreadable).toEqual([]);
    expect(certificates.map(sha256Hex)).toEqual([sha256Hex(LEAF), sha256Hex(ISSUER)]);
    expect(groups).toHaveLength(1);
    expect(scan).toEqual({
      ...{ tool: 'zgrab2', tool_version: null, started_at: '2025-10-28T10:00:01.000Z', finished_at: null },
      cipher_suites: null,
    });
    const [endpoint] = endpoints;
    expect(endpoint).toMatchObject({
      ...{ target: '192.0.2.1', host: null, ip: '192.0.2.1', port: 25, connect_port: 25 },
      ...{ protocol: 'smtp', tls_mode: 'starttls', outcome: 'tls', error_kind: null },
      started_at: '2025-10-28T10:00:01.000Z',
      dialogue: {
        banner: '220 mail.example ESMTP Postfix',
        capabilities: ['PIPELINING', 'STARTTLS', 'AUTH PLAIN LOGIN', '8BITMIME'],
        ...{ starttls_offered: true, starttls_masked: false, starttls_accepted: true },
        starttls_reply: '220 2.0.0 Ready to start TLS',
        ...{ auth_mechanisms: ['PLAIN', 'LOGIN'], plaintext_auth_offered: true },
      },
      secured_dialogue: null,
      facts: {
        secure_renegotiation: true,
        session_ticket: true,
        extended_master_secret: null,
        heartbeat: null,
      },
      effort: { connections: 1, handshakes: 1 },
    });
    const counts = { offered: null, accepted: null, rejected: null, errors: null, not_tested: null };
    expect(endpoint!.versions).toEqual([
      {
        ...{ version: 771, ...counts, inferred_accepted: 0, inferred_rejected: 0, handshakes: 1 },
        handshake_completed: null,
      },
    ]);
    expect(endpoint!.handshakes).toEqual([
      {
        ...{ version: 771, cipher_suite: 0x9e, outcome: 'accepted', error_kind: null, error_detail: null },
        ...{ flight_complete: true, hello_retry_request: null, chain_id: endpoint!.chains[0]!.chain_id },
        dh_group_id: sha256Hex(`${Buffer.from(PRIME).toString('hex')}:02`),
        ...{ named_group: null, key_bits: 1024, signature_scheme: 0x0401 },
        public_key_sha256: sha256Hex(new Uint8Array(128).fill(0x51)),
        ...{ explicit_curve_sha256: null, gmt_unix_time: 0x5630d3f0, session_id: '05'.repeat(32) },
        ...{ compression_method: 0, flight_sha256: null, extensions: null, duration_ms: null },
      },
    ]);
    expect(endpoint!.chains[0]!.certificates).toEqual([sha256Hex(LEAF), sha256Hex(ISSUER)]);
  });

  test('of a curve over a prime field: the point as it was sent, zeros and all', () => {
    const endpoint = one(withLog({ ...HANDSHAKE_LOG, server_key_exchange: EC_KEY_EXCHANGE }));
    const point = Buffer.concat([Uint8Array.of(4, 0), Buffer.alloc(31, 9), Buffer.alloc(32, 8)]);
    expect(endpoint.handshakes[0]).toMatchObject({
      ...{ named_group: 23, key_bits: 256, dh_group_id: null, public_key_sha256: sha256Hex(point) },
    });
  });

  test('a public value that may have lost zeros is not hashed', () => {
    const dh_params = { ...DH_KEY_EXCHANGE.dh_params, server_public: { value: 'UVFR', length: 23 } };
    const log = { ...HANDSHAKE_LOG, server_key_exchange: { dh_params } };
    expect(one(withLog(log)).handshakes[0]).toMatchObject({ key_bits: 1024, public_key_sha256: null });
  });

  test.each([
    ['an object with the version chosen', { selected_version: { name: 'TLSv1.3', value: 772 } }],
    ['an object with its number', { selected_version: 772 }],
    ['a number', 772],
    ['a list', [772]],
  ])('TLS 1.3: its version stands in supported_versions, as %s', (_what, supported_versions) => {
    const server_hello = { ...TLS13_LOG.server_hello, supported_versions };
    expect(one(withLog({ ...TLS13_LOG, server_hello })).handshakes[0]).toMatchObject({
      ...{ version: 772, cipher_suite: 0x1301, flight_complete: null },
      ...{ gmt_unix_time: null, session_id: null },
    });
  });

  test.each([
    ['suite a number', { cipher_suite: 0xc02f }, { cipher_suite: 0xc02f }],
    ['suite a name only', { cipher_suite: { name: 'TLS_RSA_WITH_RC4_128_SHA' } }, { cipher_suite: 5 }],
    ['suite as hexadecimal', { cipher_suite: { hex: '0x0035' } }, { cipher_suite: 0x35 }],
    ['suite unknown', { cipher_suite: { name: 'TLS_NO_SUCH' } }, { cipher_suite: null }],
    ['suite too large', { cipher_suite: 65_536 }, { cipher_suite: null }],
    ['compression an object', { compression_method: { hex: '0x01', value: 1 } }, { compression_method: 1 }],
    ['compression text', { compression_method: 'none' }, { compression_method: null }],
    ['random too short', { random: 'AAE=' }, { gmt_unix_time: null }],
    ['session id no base64', { session_id: '!!' }, { session_id: null }],
  ])('%s', (_what, changes, expected) => {
    const server_hello = { ...SERVER_HELLO, ...changes };
    expect(one(withLog({ ...HANDSHAKE_LOG, server_hello })).handshakes[0]).toMatchObject(expected);
  });

  test('with DEFLATE is compression', () => {
    const server_hello = { ...SERVER_HELLO, compression_method: 1 };
    expect(one(withLog({ ...HANDSHAKE_LOG, server_hello })).facts.compression).toBe(true);
    expect(one(smtp()).facts.compression).toBeNull();
  });

  test('of a temporary RSA key', () => {
    const rsa_params = { exponent: 65537, modulus: Buffer.alloc(64, 0x91).toString('base64'), length: 512 };
    const endpoint = one(withLog({ ...HANDSHAKE_LOG, server_key_exchange: { rsa_params } }));
    expect(endpoint.handshakes[0]).toMatchObject({ key_bits: 512, dh_group_id: null, named_group: null });
  });

  test('that broke off after ServerHello is accepted all the same, and says why it broke off', () => {
    const log = { server_hello: SERVER_HELLO, server_certificates: CERTIFICATES };
    const endpoint = one({ ...withLog(log), status: 'unknown-error', error: 'dsa: unknown thing' });
    expect(endpoint.outcome).toBe('tls');
    expect(endpoint.handshakes[0]).toMatchObject({
      ...{ outcome: 'accepted', flight_complete: null },
      error_detail: 'zgrab2: unknown-error: dsa: unknown thing',
    });
  });

  test('whose chain can be read in part only has none, and goes to the quarantine beside', () => {
    const server_certificates = { ...CERTIFICATES, chain: [{ raw: 'no base64' }] };
    const { endpoints, certificates, unreadable } = read({
      smtp: withLog({ ...HANDSHAKE_LOG, server_certificates }),
    });
    expect(endpoints[0]).toMatchObject({ outcome: 'tls', chains: [] });
    expect(certificates).toEqual([]);
    expect(unreadable).toMatchObject([{ line: 1, reason: 'smtp: a certificate that is no base64' }]);
  });
});

describe('modules', () => {
  const imap = {
    banner: '* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] Dovecot ready.\r\n',
    starttls: 'a001 OK Begin TLS negotiation now.\r\n',
    tls: { handshake_log: HANDSHAKE_LOG },
  };

  test('several in one line are several endpoints', () => {
    const { endpoints, unreadable } = read({
      smtp: smtp(),
      imap: smtp({ protocol: 'imap', port: 143, result: imap }),
      pop: smtp({ protocol: 'pop3', port: 995, result: { banner: '+OK POP3 ready\r\n', tls: imap.tls } }),
    });
    expect(unreadable).toEqual([]);
    expect(endpoints.map(({ port, protocol, tls_mode }) => [port, protocol, tls_mode])).toEqual([
      [25, 'smtp', 'starttls'],
      [143, 'imap', 'starttls'],
      [995, 'pop3', 'implicit'],
    ]);
    expect(endpoints[1]!.dialogue).toMatchObject({
      ...{ starttls_offered: true, login_disabled: true, starttls_accepted: true },
    });
    expect(endpoints[2]).toMatchObject({
      dialogue: { banner: null },
      secured_dialogue: { version: 771, cipher_suite: 0x9e, banner: '+OK POP3 ready', error_kind: null },
    });
  });

  test('tls has its log without more around it, and says no protocol: the port does', () => {
    const response = { status: 'success', protocol: 'tls', port: 993, result: { handshake_log: TLS13_LOG } };
    const { endpoints } = read({ anything: response });
    expect(endpoints[0]).toMatchObject({ protocol: 'imap', tls_mode: 'implicit', outcome: 'tls' });
  });

  test('others go to the quarantine, each', () => {
    const { endpoints, unreadable } = read({ http: smtp({ protocol: 'http', port: 80 }), smtp: smtp() });
    expect(endpoints).toHaveLength(1);
    expect(unreadable.map(({ reason }) => reason)).toEqual([
      'http: a module that is none of smtp, pop3, imap, tls',
    ]);
  });

  test('a name and an address', () => {
    const { endpoints } = read({ smtp: smtp() }, null, { ip: '2001:db8::1', domain: 'mx.example' });
    expect(endpoints[0]).toMatchObject({ target: 'mx.example', host: 'mx.example', ip: '2001:db8::1' });
  });
});

describe('ports', () => {
  const { port: _, ...portless } = smtp();

  test('old files have none: --port says it, for its own protocol', () => {
    expect(one(portless, 587)).toMatchObject({ port: 587, connect_port: 587 });
    expect(read({ smtp: portless }).unreadable[0]!.reason).toBe(
      'smtp: no port: --port says which one was scanned',
    );
    expect(read({ smtp: portless }, 143).unreadable[0]!.reason).toBe(
      'smtp: no port, and --port 143 is none of module smtp',
    );
  });

  test('one that is no mail port stands for the one of --port', () => {
    expect(one(smtp({ port: 2525 }), 25)).toMatchObject({ port: 25, connect_port: 2525 });
    expect(read({ smtp: smtp({ port: 2525 }) }).unreadable[0]!.reason).toMatch(/^smtp: port 2525 is no mail/);
  });
});

describe('what failed', () => {
  const failed = (status: string, error: string, result?: object) =>
    one({ status, protocol: 'smtp', port: 25, error, ...(result ? { result } : {}) });

  test.each([
    ['connection-refused', 'dial tcp 192.0.2.1:25: connect: connection refused', 'connection_refused'],
    ['connection-timeout', 'dial tcp 192.0.2.1:25: i/o timeout', 'connect_timeout'],
    ['connection-timeout', 'dial tcp 192.0.2.1:25: connect: connection refused', 'connection_refused'],
    ['connection-timeout', 'dial tcp 192.0.2.1:25: connect: no route to host', 'unreachable'],
    ['connection-timeout', 'dial tcp: lookup mx.example: no such host', 'name_not_resolved'],
    ['connection-closed', 'read tcp 192.0.2.9:40000->192.0.2.1:25: EOF', 'closed'],
    ['io-timeout', 'EOF', 'closed'],
    ['io-timeout', 'read tcp 192.0.2.9:4->192.0.2.1:25: read: connection reset by peer', 'reset'],
    ['io-timeout', 'read tcp 192.0.2.9:4->192.0.2.1:25: i/o timeout', 'read_timeout'],
    ['protocol-error', 'Invalid response for SMTP', 'protocol_error'],
    ['application-error', 'SMTP error code 554 returned in banner grab', 'service_refused'],
    ['unknown-error', 'something new', 'protocol_error'],
    ['unknown-error', 'tls: first record does not look like a TLS handshake', 'protocol_error'],
    ['handshake-error', 'x509: no such thing', 'protocol_error'],
    ['invalid-inputs', 'invalid IP address', 'local_failure'],
    ['blocklisted-target', 'dialing blocked IP: 192.0.2.1', 'excluded_address'],
    ['a-status-of-2031', '', 'protocol_error'],
    ['constructor', '', 'protocol_error'],
  ])('%s: %s', (status, error, error_kind) => {
    const endpoint = failed(status, error);
    expect(endpoint).toMatchObject({ outcome: 'error', error_kind, versions: [], handshakes: [] });
    expect(endpoint.error_detail).toMatch(new RegExp(`^zgrab2: ${status}`));
    expect(endpoint.effort.connections).toBe(error_kind === 'excluded_address' ? 0 : 1);
  });

  test.each(['remote error: handshake failure', 'remote error: tls: protocol version not supported'])(
    'an alert is an answer in TLS: %s',
    (error) => {
      const result = { ...SMTP_RESULT, tls: { handshake_log: {} } };
      expect(failed('unknown-error', error, result)).toMatchObject({
        ...{ outcome: 'tls_rejected', error_kind: null, handshakes: [] },
        dialogue: { starttls_accepted: true },
      });
    },
  );

  const reply = (ehlo: string | null, starttls: string) => ({
    ...{ banner: SMTP_RESULT.banner, starttls },
    ...(ehlo === null ? {} : { ehlo }),
  });
  const bare = '250-mail.example\r\n250 PIPELINING\r\n';

  test.each([
    ['not offered, refused', bare, '502 5.5.1 what?\r\n', { outcome: 'no_starttls', error_kind: null }],
    ['offered, refused', SMTP_RESULT.ehlo, '500 no\r\n', { error_kind: 'starttls_refused' }],
    ['whether offered not known', null, '500 no\r\n', { error_kind: 'starttls_refused' }],
    ['later', SMTP_RESULT.ehlo, '421 too busy\r\n', { error_kind: 'temporary_failure' }],
    ['454 is for good', SMTP_RESULT.ehlo, '454 TLS not available\r\n', { error_kind: 'starttls_refused' }],
  ])('STARTTLS %s', (_what, ehlo, starttls, expected) => {
    const endpoint = failed('application-error', 'SMTP error code', reply(ehlo, starttls));
    expect(endpoint).toMatchObject({ outcome: 'error', ...expected });
    expect(endpoint.dialogue).toMatchObject({ starttls_accepted: false, starttls_reply: starttls.trim() });
  });

  test('a greeting that sends away says so', () => {
    const endpoint = failed('application-error', 'SMTP error code 554', { banner: '554 go away\r\n' });
    expect(endpoint).toMatchObject({ error_kind: 'service_refused', dialogue: { banner: '554 go away' } });
  });

  test('TLS that nobody asked for is neither yes nor no', () => {
    const endpoint = one(smtp({ result: { banner: SMTP_RESULT.banner } }));
    expect(endpoint).toMatchObject({ outcome: 'error', error_kind: null, versions: [] });
    expect(endpoint.error_detail).toBe('zgrab2: TLS was not asked for');
    const told = one(smtp({ result: { banner: SMTP_RESULT.banner, ehlo: bare } }));
    expect(told).toMatchObject({ outcome: 'no_starttls', error_kind: null, stop_reason: 'no_starttls' });
  });
});

describe('lines', () => {
  test('what is no grab goes to the quarantine with its bytes and its line', () => {
    const lines = [
      '{"ip":"192.0.2.1"}',
      grab({ smtp: smtp() }),
      '{"ip":"192.0.2.2","data":{',
      '[]',
      'x\u0000y',
    ];
    const { endpoints, unreadable } = sortedItems(zgrab2, `\n${lines.join('\n\n')}`);
    expect(endpoints).toHaveLength(1);
    expect(unreadable.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'no response of a module in data'],
      [6, 'no JSON'],
      [8, 'no JSON object'],
      [10, 'no JSON'],
    ]);
    expect(Buffer.from(unreadable[1]!.bytes).toString()).toBe('{"ip":"192.0.2.2","data":{');
  });

  test.each([
    ['no host', { smtp: smtp() }, { ip: 'not an address' }],
    ['a host that is none', { smtp: smtp() }, { domain: 'x\ny' }],
    ['no status', { smtp: { protocol: 'smtp', port: 25 } }, undefined],
    ['a response that is none', { smtp: 7 }, undefined],
    ['an unknown module', { '': null }, undefined],
  ])('%s: unreadable, once', (_what, data, host) => {
    const { endpoints, unreadable } = read(data, null, host);
    expect([endpoints.length, unreadable.length]).toEqual([0, 1]);
  });

  test('cut into single bytes they say the same', () => {
    const file = `${grab({ smtp: smtp() })}\r\n${grab({ imap: smtp({ protocol: 'imap', port: 143 }) })}\nnonsense`;
    expect(sortedItems(zgrab2, file, null, 1)).toEqual(sortedItems(zgrab2, file));
  });
});
