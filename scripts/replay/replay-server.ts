/** A recorded server, listening on loopback again: its dialogue before TLS, then one answer to one hello. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Capture } from '../testing/captures.ts';
import { readClientOffer } from './client-offer.ts';
import { type RecordedDialogue, recordedDialogue, replyTo, verbOf } from './recorded-dialogue.ts';
import { RecordedServer } from './recorded-server.ts';

/** Listens on a free port of 127.0.0.1 until `close`. */
export async function startReplayServer(
  captures: readonly Capture[],
): Promise<{ port: number; close(): void }> {
  const recorded = new RecordedServer(captures);
  const dialogue = recordedDialogue(captures);
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    if (dialogue) talk(socket, dialogue, () => answerHello(socket, recorded));
    else answerHello(socket, recorded);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

function talk(socket: Socket, dialogue: RecordedDialogue, begin: () => void): void {
  let text = '';
  socket.write(dialogue.greeting, 'latin1');
  socket.on('data', function onText(chunk: Buffer) {
    text += chunk.toString('latin1');
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      socket.write(replyTo(dialogue, line), 'latin1');
      if (verbOf(line)[0] !== dialogue.starttls) continue;
      socket.off('data', onText);
      begin();
      return;
    }
  });
}

function answerHello(socket: Socket, recorded: RecordedServer): void {
  let bytes: Uint8Array = new Uint8Array(0);
  socket.on('data', function onHello(chunk: Buffer) {
    bytes = Buffer.concat([bytes, chunk]);
    const offer = readClientOffer(bytes);
    if (!offer) return;
    socket.off('data', onHello);
    socket.resume();
    const reply = recorded.answer(offer);
    if (reply.over) socket.end(reply.bytes);
    else socket.write(reply.bytes);
  });
}
