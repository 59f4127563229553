/** For tests: mail servers on loopback that speak on inside TLS, on Node's TLS stack and the village's dialogues. */

import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { certificateEntry, certificatePem, keyPem } from '../../../scripts/village/certificates.ts';
import { answer, greet } from '../../../scripts/village/dialogue/dialogue.ts';
import type { DialogueSpec } from '../../../scripts/village/endpoint-spec.ts';
import type { MailProtocol } from '../../formats/raw-record.ts';
import { type LocalServer, tcpServer } from '../testing/servers.ts';

export interface MailServer {
  protocol: MailProtocol;
  implicit: boolean;
  dialogue: DialogueSpec;
  tls?: TlsOptions;
  /** Sessions are resumed by id: Node leaves keeping them to the server's owner. */
  session_ids?: boolean;
  /** In place of the dialogue inside TLS. */
  inside?: (secured: TLSSocket) => void;
}

export interface RunningMailServer extends LocalServer {
  /** Lines that came inside TLS, of all connections. */
  heard(): string[];
}

export async function mailTlsServer(spec: MailServer): Promise<RunningMailServer> {
  const lines: string[] = [];
  const tls = tlsOver(spec, lines);
  const server = await tcpServer((socket) => {
    const secure = () => void tls.emit('connection', socket);
    if (spec.implicit) secure();
    else greet(socket, spec.protocol, spec.dialogue, secure);
  });
  return { ...server, heard: () => lines };
}

/** A TLS server that listens nowhere: it is given its connections. */
function tlsOver(spec: MailServer, lines: string[]) {
  const server = createTlsServer({
    ...CERTIFICATE,
    ciphers: 'ALL:@SECLEVEL=0',
    minVersion: 'TLSv1',
    ...spec.tls,
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('secureConnection', (secured: TLSSocket) => {
    secured.on('error', () => secured.destroy());
    secured.on('data', (chunk) => lines.push(...chunk.toString('latin1').trim().split('\r\n')));
    if (spec.inside) spec.inside(secured);
    else if (spec.implicit) greet(secured, spec.protocol, spec.dialogue);
    else answer(secured, spec.protocol, spec.dialogue);
  });
  if (spec.session_ids) keepSessions(server);
  return server;
}

function keepSessions(server: ReturnType<typeof createTlsServer>): void {
  const sessions = new Map<string, Buffer>();
  server.on('newSession', (id, session, done) => {
    sessions.set(id.toString('hex'), session);
    done();
  });
  server.on('resumeSession', (id, done) => done(null, sessions.get(id.toString('hex')) ?? null));
}

const CERTIFICATE = {
  cert: certificatePem('imap-example'),
  key: keyPem(certificateEntry('imap-example').key),
};
