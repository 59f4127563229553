/** Finished handshakes with Node's TLS stack: the dialogue inside, the chain as sent, resumption; and servers that misbehave inside. */
import { constants } from 'node:crypto';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { certificateEntry, certificatePem, keyPem } from '../../../scripts/village/certificates.ts';
import { courierPop3, dovecotImap, postfix } from '../../../scripts/village/profiles.ts';
import { sha256Hex } from '../../base/hex.ts';
import {
  type MailServer,
  mailTlsServer,
  type RunningMailServer,
} from '../secured/mail-tls-server.fixture.ts';
import { type LocalProbe, localSession, probeLocal } from '../secured/testing/local-session.ts';
import { securedSession } from './secured-session.ts';

const [TLS1_0, TLS1_1, TLS1_2, TLS1_3] = [0x0301, 0x0302, 0x0303, 0x0304];
const AUTH = 'AUTH PLAIN LOGIN';

const SMTP: MailServer = {
  protocol: 'smtp',
  implicit: false,
  dialogue: postfix('mx.test', 'accepted', AUTH),
};
const SUBMISSION: MailServer = { ...SMTP, implicit: true };
const POP3: MailServer = { protocol: 'pop3', implicit: false, dialogue: courierPop3() };
const IMAP: MailServer = { protocol: 'imap', implicit: true, dialogue: dovecotImap() };
const only = (version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3', more: TlsOptions = {}): TlsOptions => ({
  minVersion: version,
  maxVersion: version,
  ...more,
});

interface Run extends LocalProbe {
  heard: string[];
  connections: number;
}

async function run(spec: MailServer, port: number, versions: number[], read_ms?: number): Promise<Run> {
  const server: RunningMailServer = await mailTlsServer(spec);
  try {
    const probe = await probeLocal(localSession(port, server.port, read_ms), securedSession, versions);
    return { ...probe, heard: server.heard(), connections: server.connections() };
  } finally {
    await server.close();
  }
}

describe('the dialogue inside TLS', () => {
  test('SMTP after STARTTLS: EHLO again, no greeting, QUIT', async () => {
    const tls = only('TLSv1.3', { ciphers: 'TLS_AES_128_GCM_SHA256:AES128-SHA:@SECLEVEL=0' });
    const { findings, heard } = await run({ ...SMTP, tls }, 25, [TLS1_3]);
    const capabilities = SMTP.dialogue.capabilities.filter((line) => line !== 'STARTTLS');
    expect(findings.secured_dialogue).toEqual({
      version: TLS1_3,
      cipher_suite: 0x1301,
      banner: null,
      capabilities,
      auth_mechanisms: ['PLAIN', 'LOGIN'],
      plaintext_auth_offered: true,
      login_disabled: null,
      extensions: [],
      error_kind: null,
      error_detail: null,
    });
    expect(heard).toEqual(['EHLO census.test', 'QUIT', 'QUIT']);
  });

  test('SMTP with implicit TLS: the greeting, too', async () => {
    const { findings, heard } = await run({ ...SUBMISSION, tls: only('TLSv1.2') }, 465, [TLS1_2]);
    expect(findings.secured_dialogue).toMatchObject({
      version: TLS1_2,
      banner: '220 mx.test ESMTP Postfix (Debian/GNU)',
      auth_mechanisms: ['PLAIN', 'LOGIN'],
    });
    expect(heard.slice(0, 2)).toEqual(['EHLO census.test', 'QUIT']);
    expect(heard.slice(2).every((line) => line === 'QUIT')).toBe(true);
  });

  test('POP3 after STLS', async () => {
    const { findings, heard } = await run({ ...POP3, tls: only('TLSv1.1') }, 110, [TLS1_1]);
    const capabilities = POP3.dialogue.capabilities.filter((line) => line !== 'STLS');
    expect(findings.secured_dialogue).toMatchObject({ version: TLS1_1, banner: null, capabilities });
    expect(heard.slice(0, 2)).toEqual(['CAPA', 'QUIT']);
  });

  test('IMAP with implicit TLS, LOGINDISABLED there as well', async () => {
    const { findings, heard } = await run({ ...IMAP, tls: only('TLSv1') }, 993, [TLS1_0]);
    expect(findings.secured_dialogue).toMatchObject({
      version: TLS1_0,
      banner: expect.stringContaining('Dovecot ready.'),
      login_disabled: true,
      plaintext_auth_offered: false,
    });
    expect(heard.slice(0, 2)).toEqual(['a1 CAPABILITY', 'a3 LOGOUT']);
  });

  test('the highest version wins', async () => {
    const tls = {
      ciphers: 'TLS_AES_128_CCM_8_SHA256:AES128-SHA:@SECLEVEL=0',
      maxVersion: 'TLSv1.3',
    } as const;
    const { findings } = await run({ ...SMTP, tls }, 25, [TLS1_2, TLS1_3]);
    expect(findings.secured_dialogue).toMatchObject({ version: TLS1_3, cipher_suite: 0x1305 });
  });

  test('the extensions that TLS 1.3 sends encrypted', async () => {
    // RFC 8446, 4.2.7: a server tells its groups where it would rather have had another one.
    const { findings } = await run({ ...SMTP, tls: only('TLSv1.3', { ecdhCurve: 'X448:X25519' }) }, 25, [
      TLS1_3,
    ]);
    expect(findings.secured_dialogue?.extensions).toEqual([10]);
    const below = await run({ ...SMTP, tls: only('TLSv1.2') }, 25, [TLS1_2]);
    expect(below.findings.secured_dialogue?.extensions).toBeNull();
  });

  test('an anonymous suite will do', async () => {
    const tls = only('TLSv1.2', { ciphers: 'ADH-AES128-SHA:@SECLEVEL=0', dhparam: 'auto' });
    const { findings } = await run({ ...SMTP, tls }, 25, [TLS1_2]);
    expect(findings.secured_dialogue).toMatchObject({ version: TLS1_2, cipher_suite: 0x34 });
  });
});

describe('the chain of TLS 1.3', () => {
  test.each([
    ['AES_128_GCM', 0x1301],
    ['AES_256_GCM', 0x1302],
    ['CHACHA20_POLY1305', 0x1303],
    ['AES_128_CCM', 0x1304],
    ['AES_128_CCM_8', 0x1305],
  ])('is the one that was sent, in its order: %s', async (name, cipher_suite) => {
    // Wrong order and a stranger in it: by issuer links this would come out otherwise.
    const sent = ['imap-example', 'expired-chain', 'courier-pop3'];
    const cert = sent.map((one) => firstOf(certificatePem(one))).join('');
    const hash = name.startsWith('AES_256') ? 'SHA384' : 'SHA256';
    const ciphers = `TLS_${name}_${hash}:AES128-SHA:@SECLEVEL=0`;
    const tls = only('TLSv1.3', { cert, key: keyPem(certificateEntry('imap-example').key), ciphers });
    const { tallies, session } = await run({ ...SMTP, tls }, 25, [TLS1_3]);
    const record = tallies[0]!.handshakeRecords.find((one) => one.cipher_suite === cipher_suite)!;
    const hashes = sent.map((one) => sha256Hex(derOf(firstOf(certificatePem(one)))));
    expect(session.evidence.chains.get(record.chain_id!)).toEqual(hashes);
    expect(record.signature_scheme).toBe(0x0804);
  });

  test('ECDSA, a HelloRetryRequest, and a server that wants a certificate', async () => {
    const cert = { cert: certificatePem('ec-p384'), key: keyPem('ec-p384') };
    const tls = only('TLSv1.3', {
      ...cert,
      ecdhCurve: 'P-521',
      requestCert: true,
      rejectUnauthorized: false,
    });
    const { tallies, session } = await run({ ...SMTP, tls }, 25, [TLS1_3]);
    const record = tallies[0]!.handshakeRecords[0]!;
    expect(record.signature_scheme).toBe(0x0503);
    expect(session.evidence.chains.get(record.chain_id!)).toHaveLength(1);
  });
});

describe('resumption', () => {
  const facts = ({ findings: { facts } }: Run) => ({
    psk: facts.psk_resumption,
    id: facts.session_id_resumption,
    ticket: facts.session_ticket_resumption,
  });
  const NO_TICKET = constants.SSL_OP_NO_TICKET;

  test('TLS 1.3: by PSK, with one connection more', async () => {
    const result = await run({ ...SMTP, tls: only('TLSv1.3') }, 25, [TLS1_3]);
    expect(facts(result)).toEqual({ psk: true, id: null, ticket: null });
    const { handshakes, connections } = result.session.effort;
    expect(handshakes).toBe(result.tallies[0]!.handshakes + 2);
    expect(connections).toBe(result.connections);
  });

  test('TLS 1.3, tickets that nobody remembers', async () => {
    // OpenSSL then sends tickets that stand for a session it keeps, and Node keeps none.
    const tls = only('TLSv1.3', { secureOptions: NO_TICKET });
    const result = await run({ ...SMTP, tls }, 25, [TLS1_3]);
    expect(facts(result)).toMatchObject({ psk: false });
  });

  test('TLS 1.2: by ticket, not by id', async () => {
    const result = await run({ ...SMTP, tls: only('TLSv1.2') }, 25, [TLS1_2]);
    expect(facts(result)).toEqual({ psk: null, id: false, ticket: true });
  });

  test('TLS 1.2: by both', async () => {
    const result = await run({ ...SMTP, tls: only('TLSv1.2'), session_ids: true }, 25, [TLS1_2]);
    expect(facts(result)).toEqual({ psk: null, id: true, ticket: true });
    expect(result.session.effort.handshakes).toBe(result.tallies[0]!.handshakes + 3);
  });

  test('TLS 1.2: by id alone', async () => {
    const tls = only('TLSv1.2', { secureOptions: NO_TICKET });
    const result = await run({ ...SMTP, tls, session_ids: true }, 25, [TLS1_2]);
    expect(facts(result)).toEqual({ psk: null, id: true, ticket: false });
  });

  test('TLS 1.2: by neither', async () => {
    const tls = only('TLSv1.2', { secureOptions: NO_TICKET });
    const result = await run({ ...SMTP, tls }, 25, [TLS1_2]);
    expect(facts(result)).toEqual({ psk: null, id: false, ticket: false });
  });

  test('all versions: each asked for in its own', async () => {
    const result = await run({ ...IMAP, session_ids: true }, 993, [TLS1_2, TLS1_3]);
    expect(facts(result)).toEqual({ psk: true, id: true, ticket: true });
    const suites = result.tallies.reduce((sum, tally) => sum + tally.handshakes, 0);
    expect(result.session.effort.handshakes).toBe(suites + 5);
  });
});

describe('servers that misbehave inside TLS', () => {
  const told = { capabilities: null, banner: null, auth_mechanisms: null };
  const behaviours: [string, (socket: TLSSocket) => void, object][] = [
    ['silence', () => {}, { ...told, error_kind: 'banner_timeout', error_detail: 'nothing for 400 ms' }],
    ['a close', (socket) => socket.end(), { ...told, error_kind: 'closed' }],
    ['a reset', (socket) => socket.destroy(), { ...told, error_kind: 'closed' }],
    [
      'an endless line',
      (socket) => flood(socket, Buffer.alloc(16_384, 'x')),
      { ...told, error_kind: 'too_much_data' },
    ],
    [
      'an endless reply',
      (socket) => flood(socket, Buffer.from('220-x\r\n'.repeat(2000))),
      { ...told, error_kind: 'too_much_data' },
    ],
    ['garbage', (socket) => socket.write('\u0000\u0001\n\n'), { ...told, error_kind: 'protocol_error' }],
    [
      'one byte now and then',
      (socket) => trickle(socket),
      { ...told, error_kind: 'read_timeout', error_detail: 'not done in 1600 ms' },
    ],
    [
      'a refusal',
      (socket) => socket.end('554 no\r\n'),
      { error_kind: 'service_refused', error_detail: '554 no' },
    ],
    [
      'a greeting, then silence',
      (socket) => socket.write('220 hi\r\n'),
      { banner: '220 hi', capabilities: null, error_kind: 'read_timeout' },
    ],
    [
      'a greeting, then a close',
      (socket) => socket.end('220 hi\r\n'),
      { banner: '220 hi', capabilities: null, error_kind: 'closed' },
    ],
  ];

  test.each(behaviours)('%s', async (_, inside, expected) => {
    const started = performance.now();
    const spec = { ...SUBMISSION, tls: only('TLSv1.3'), inside };
    const { findings, session } = await run(spec, 465, [TLS1_3], 400);
    expect(findings.secured_dialogue).toMatchObject({ version: TLS1_3, ...expected });
    expect(session.stopped).toBeNull();
    expect(session.context.live.size).toBe(0);
    // Two conversations of at most four silences each; the rest is this machine's.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test.each([
    ['no greeting', SUBMISSION, 465, 'banner_timeout'],
    ['no reply after STARTTLS', SMTP, 25, 'read_timeout'],
  ])('%s: waited for once, and resumption is seen all the same', async (_, server, port, error_kind) => {
    const spec = { ...server, session_ids: true, inside: () => {} };
    const started = performance.now();
    const { findings, session, tallies } = await run(spec, port, [TLS1_2, TLS1_3], SILENCE_MS);
    const search = tallies.reduce((sum, { handshakes }) => sum + handshakes, 0);
    expect(session.effort.handshakes).toBe(search + 5);
    expect(findings.secured_dialogue).toMatchObject({ error_kind, banner: null, capabilities: null });
    expect(findings.facts).toMatchObject({ psk_resumption: true, session_id_resumption: true });
    expect(performance.now() - started).toBeLessThan(2 * SILENCE_MS);
  });

  test('no handshake at all: nothing is known', async () => {
    const { findings } = await run({ ...SUBMISSION, tls: only('TLSv1.2') }, 465, [TLS1_3]);
    expect(findings.secured_dialogue).toBeNull();
    expect(findings.facts).toMatchObject({ psk_resumption: null, session_id_resumption: null });
  });
});

/** One is far more than all the rest takes. */
const SILENCE_MS = 3000;

function flood(socket: TLSSocket, bytes: Buffer): void {
  const more = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', more);
  more();
}

function trickle(socket: TLSSocket): void {
  const timer = setInterval(() => socket.write('x'), 100);
  socket.once('close', () => clearInterval(timer));
}

const BEGIN = '-----BEGIN CERTIFICATE-----';

function firstOf(pem: string): string {
  return `${BEGIN}${pem.split(BEGIN)[1]}`;
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}
