/** Chains by server_name, of Node's TLS stack with a certificate for each name; behind STARTTLS where the greeting has a name. */
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type TlsOptions } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { certificateEntry } from '../../../scripts/village/certificates.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { local, scanOne } from '../testing/scan-local.ts';
import { type LocalServer, mailServer } from '../testing/servers.ts';
import { identity, rsaServer, scanned } from './probed.fixture.ts';

const PROBES = ['chains-by-name'];
const [DEFAULT, NAMED] = ['dovecot-localhost', 'mx-chain'];
const HOSTS: TlsOptions['SNICallback'] = (name, done) =>
  done(null, name === 'mx.example.org' ? createSecureContext(identity(NAMED)) : undefined);

/** First certificates of the chains by name, and of the handshakes. */
function leaves(record: EndpointRecord) {
  const leaf = (id: string | null) => record.chains.find(({ chain_id }) => chain_id === id)?.certificates[0];
  const byName = record.facts.chains_by_name.map(({ server_name, chain_id }) => [
    server_name,
    leaf(chain_id),
  ]);
  return { byName, own: leaf(record.handshakes.find(({ chain_id }) => chain_id !== null)?.chain_id ?? null) };
}

const sha256 = (name: string) => certificateEntry(name).sha256;

describe('implicit TLS', () => {
  const options: TlsOptions = { maxVersion: 'TLSv1.2', SNICallback: HOSTS };

  test('another one without a name', async () => {
    const record = await scanned(rsaServer(options), PROBES, {}, 'mx.example.org');
    expect(leaves(record)).toEqual({ byName: [[null, sha256(DEFAULT)]], own: sha256(NAMED) });
  });

  test('without a host there is nothing to leave out', async () => {
    const record = await scanned(rsaServer(options), PROBES);
    expect(leaves(record)).toEqual({ byName: [], own: sha256(DEFAULT) });
  });

  test('a refusal of the nameless is null', async () => {
    // OpenSSL can't be told so: without a certificate for the default there is nothing that it could show.
    const SNICallback: TlsOptions['SNICallback'] = (_name, done) =>
      done(null, createSecureContext(identity(NAMED)));
    const server = rsaServer({
      cert: undefined,
      key: undefined,
      maxVersion: 'TLSv1.2',
      SNICallback,
    } as TlsOptions);
    const record = await scanned(server, PROBES, {}, 'mx.example.org');
    expect(record.facts.chains_by_name).toEqual([{ server_name: null, chain_id: null }]);
  });

  test('TLS 1.3 alone shows none in the clear', async () => {
    const record = await scanned(rsaServer({ minVersion: 'TLSv1.3' }), PROBES, {}, 'mx.example.org');
    expect(record.facts.chains_by_name).toEqual([]);
  });
});

describe('SMTP', () => {
  const running: LocalServer[] = [];
  afterEach(() => Promise.all(running.splice(0).map((server) => server.close())));

  async function smtp(greeting: string, host?: string): Promise<EndpointRecord> {
    const replies = {
      EHLO: '250-hello\r\n250 STARTTLS\r\n',
      STARTTLS: '220 go\r\n',
      QUIT: '221 bye\r\n',
    };
    const server = await mailServer(`220 ${greeting}\r\n`, replies, startTls);
    running.push(server);
    return scanOne(local(25, server.port, host), { probes: PROBES });
  }

  test('the name in the greeting is asked for', async () => {
    const record = await smtp('MX.example.org ESMTP Postfix');
    expect(leaves(record)).toEqual({ byName: [['mx.example.org', sha256(NAMED)]], own: sha256(DEFAULT) });
  });

  test('and no name at all, where the target has another', async () => {
    const record = await smtp('mx.example.org ESMTP Postfix', 'mail.example.net');
    expect(leaves(record).byName).toEqual([
      [null, sha256(DEFAULT)],
      ['mx.example.org', sha256(NAMED)],
    ]);
  });

  test.each([
    ['the name of the target', 'mail.example.net. ESMTP', 'Mail.Example.NET'],
    ['a name without a dot', 'localhost ESMTP', undefined],
    ['an address', '192.0.2.1 ESMTP', undefined],
    ['an address literal', '[192.0.2.1] ESMTP', undefined],
    ['no name', '*****************', undefined],
  ])('%s is not', async (_name, greeting, host) => {
    const { facts } = await smtp(greeting, host);
    expect(facts.chains_by_name.map(({ server_name }) => server_name)).toEqual(host ? [null] : []);
  });
});

/** Node's TLS stack on a socket that has talked SMTP before. */
function startTls(socket: Socket): void {
  const secured = new TLSSocket(socket, {
    isServer: true,
    secureContext: createSecureContext({ ...identity(DEFAULT), maxVersion: 'TLSv1.2' }),
    SNICallback: HOSTS,
  });
  secured.on('error', () => secured.destroy());
}
