/** Postfix, Dovecot and openssl s_server: what is said inside TLS and resumed is what they are configured to do. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingDovecot, startDovecot } from '../../../scripts/peers/dovecot.ts';
import { missingOpenssl, NEW_KEYS, selfSignedKey, signedKey } from '../../../scripts/peers/openssl.ts';
import { missingPostfix, postfixCertificates, startPostfix } from '../../../scripts/peers/postfix.ts';
import { type RunningServer, startServer } from '../../../scripts/peers/running-server.ts';
import { describeUnless } from '../../../scripts/testing/describe-unless.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { greet } from '../../../scripts/village/dialogue/dialogue.ts';
import { postfix as postfixDialogue } from '../../../scripts/village/profiles.ts';
import { TLS1_2, TLS1_3 } from '../../tls/index.ts';
import { securedSession } from '../probes/secured-session.ts';
import { type LocalServer, tcpServer, withServer } from '../testing/servers.ts';
import { localSession, probeLocal } from './testing/local-session.ts';

const probed = (port: number, connect_port: number, versions = [TLS1_2, TLS1_3]) =>
  probeLocal(localSession(port, connect_port), securedSession, versions);

describeUnless(missingOpenssl() ?? missingPostfix(), 'Postfix', () => {
  const [folder, files] = [temporaryFolder('secured-postfix'), temporaryFolder('secured-postfix-files')];
  let postfix: RunningServer & { ports: number[] };
  beforeAll(async () => {
    const keys = [signedKey(files, 'mx', NEW_KEYS.rsa)];
    const tls = { ...postfixCertificates(keys), smtpd_tls_security_level: 'may' };
    postfix = await startPostfix(folder, [tls, { ...tls, smtpd_tls_wrappermode: 'yes' }]);
  });
  afterAll(() => postfix?.stop());

  const EHLO = ['PIPELINING', 'SIZE 12345678', 'ENHANCEDSTATUSCODES', '8BITMIME'];

  test.each([
    [25, 0],
    [465, 1],
  ])('port %i', async (port, index) => {
    const { findings, tallies, session } = await probed(port, postfix.ports[index]!);
    const { capabilities, banner, version } = findings.secured_dialogue!;
    expect(version).toBe(TLS1_3);
    expect(capabilities).toEqual(expect.arrayContaining(EHLO));
    expect(capabilities).not.toContain('STARTTLS');
    expect(banner).toBe(port === 465 ? '220 mx.census.invalid ESMTP census peer' : null);
    expect(findings.facts).toMatchObject({ psk_resumption: true, session_ticket_resumption: true });
    const record = tallies[1]!.handshakeRecords.find((one) => one.chain_id !== null)!;
    expect(session.evidence.chains.get(record.chain_id!)).toHaveLength(2);
  });
});

describeUnless(missingOpenssl() ?? missingDovecot(), 'Dovecot', () => {
  const [folder, files] = [temporaryFolder('secured-dovecot'), temporaryFolder('secured-dovecot-files')];
  let dovecot: Awaited<ReturnType<typeof startDovecot>>;
  beforeAll(async () => {
    const key = selfSignedKey(files, 'imap', NEW_KEYS.rsa);
    dovecot = await startDovecot(folder, { ssl_cert: `<${key.chain}`, ssl_key: `<${key.key}` });
  });
  afterAll(() => dovecot?.stop());

  test.each([143, 993, 110, 995])('port %i', async (port) => {
    const { connect_port } = dovecot.ports.find((one) => one.port === port)!;
    const { findings } = await probed(port, connect_port, [TLS1_3]);
    const { auth_mechanisms, plaintext_auth_offered, banner, login_disabled } = findings.secured_dialogue!;
    expect([...auth_mechanisms!].sort()).toEqual(['LOGIN', 'PLAIN']);
    expect(plaintext_auth_offered).toBe(true);
    expect(login_disabled).toBe(port === 143 || port === 993 ? false : null);
    if (port === 143 || port === 110) expect(banner).toBeNull();
    else expect(banner).toContain('census peer ready');
    expect(findings.facts.psk_resumption).toBe(true);
  });
});

describeUnless(missingOpenssl(), 'openssl s_server', () => {
  const files = temporaryFolder('secured-openssl');

  const CASES: [string, string[], object][] = [
    ['as it is', [], { psk_resumption: true, session_id_resumption: true, session_ticket_resumption: true }],
    [
      'without tickets',
      ['-no_ticket'],
      { session_id_resumption: true, session_ticket_resumption: false, psk_resumption: true },
    ],
    [
      'without a cache',
      ['-no_cache'],
      { session_id_resumption: false, session_ticket_resumption: true, psk_resumption: true },
    ],
    [
      'without either',
      ['-no_cache', '-no_ticket', '-num_tickets', '0'],
      { session_id_resumption: false, session_ticket_resumption: false, psk_resumption: false },
    ],
  ];

  describe.each(CASES)('%s', (_, more, expected) => {
    let server: RunningServer;
    beforeAll(async () => {
      const { leaf, key } = selfSignedKey(files, `s${more.length}${more[0] ?? ''}`, NEW_KEYS.rsa);
      const command = [
        'openssl',
        's_server',
        '-accept',
        '127.0.0.1:0',
        '-rev',
        '-cert',
        leaf,
        '-key',
        key,
        ...more,
      ];
      server = await startServer(command, (output) => /^ACCEPT/m.test(output));
    });
    afterAll(() => server?.stop());

    test('what is resumed', async () => {
      const port = Number(/^ACCEPT 127\.0\.0\.1:(\d+)/m.exec(server.output())![1]);
      await withServer(behindStarttls(port), async (front) => {
        const { findings } = await probed(25, front.port);
        expect(findings.facts).toMatchObject(expected);
        // It turns lines round: what comes back to EHLO is no reply.
        expect(findings.secured_dialogue).toMatchObject({ version: TLS1_3, capabilities: null });
      });
    });
  });
});

/** A mail server in front of `port`, up to STARTTLS. */
function behindStarttls(port: number): Promise<LocalServer> {
  return tcpServer((socket) =>
    greet(socket, 'smtp', postfixDialogue('mx.test'), () => {
      const inner = connect(port, '127.0.0.1').on('error', () => socket.destroy());
      socket.once('close', () => inner.destroy());
      socket.pipe(inner).pipe(socket);
    }),
  );
}
