/**
 * A server that costs little, in a process of its own: it finds the suites of a hello at their place, chooses, and
 * sends bytes that were made at its start. `node responder.js MODE PORT FIRST COUNT DELAY_MS`: COUNT addresses of
 * 127.0.0.0/8 from FIRST on; it prints a line when all listen and ends when its standard input does.
 */
import { createServer, type Socket } from 'node:net';
import { addressAt } from './addresses.ts';
import { ACCEPTED, REFUSAL, serverFlight } from './flight.ts';

const [mode = '', port = '', first = '', count = '', delay = ''] = process.argv.slice(2);
const delay_ms = Number(delay);

/** By version, then suite. */
const flights = new Map(
  [...ACCEPTED].map(
    ([version, suites]) =>
      [version, new Map(suites.map((suite) => [suite, serverFlight(version, suite)]))] as const,
  ),
);

const LINES: ReadonlyMap<string, Buffer> = new Map([
  ['EHLO', Buffer.from('250-mx.census.invalid\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250 STARTTLS\r\n')],
  ['STAR', Buffer.from('220 2.0.0 Ready to start TLS\r\n')],
  ['QUIT', Buffer.from('221 2.0.0 Bye\r\n')],
]);
const GREETING = Buffer.from('220 mx.census.invalid ESMTP bench\r\n');

let listening = 0;
for (let index = 0; index < Number(count); index++) {
  const server = createServer({ noDelay: true }, serve);
  server.listen({ host: addressAt(Number(first) + index), port: Number(port), backlog: 4096 }, () => {
    if (++listening === Number(count)) process.stdout.write('listening\n');
  });
}
process.stdin.resume().on('end', () => process.exit());

function serve(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  socket.on(
    'data',
    delay_ms > 0 ? (bytes) => setTimeout(answer, delay_ms, socket, bytes) : (bytes) => answer(socket, bytes),
  );
  if (mode === 'smtp') socket.write(GREETING);
}

function answer(socket: Socket, bytes: Buffer): void {
  if (socket.destroyed) return;
  const type = bytes[0]!;
  const line = type === 22 || type >= 0x80 ? undefined : LINES.get(bytes.toString('latin1', 0, 4));
  socket.write(line ?? choose(bytes));
}

/** The suites of a ClientHello begin after its session id; a TLS 1.3 hello offers none that is known here. */
function choose(hello: Buffer): Buffer {
  const known = hello[0] === 22 ? flights.get(hello.readUInt16BE(9)) : undefined;
  if (!known) return REFUSAL;
  const start = 44 + hello[43]!;
  const end = start + 2 + hello.readUInt16BE(start);
  for (let at = start + 2; at < end; at += 2) {
    const flight = known.get(hello.readUInt16BE(at));
    if (flight) return flight;
  }
  return REFUSAL;
}
