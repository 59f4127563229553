/** NewSessionTicket of TLS 1.0 to 1.2 (RFC 5077, 3.3). That of TLS 1.3 is encrypted: left out. */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';

export interface NewSessionTicket {
  lifetime_hint_s: number;
  ticket: Uint8Array;
}

export function readNewSessionTicket(reader: ByteReader): NewSessionTicket {
  const lifetime_hint_s = reader.u32('ticket_lifetime_hint');
  const ticket = reader.vector(2, 'ticket').rest();
  reader.end('NewSessionTicket');
  return { lifetime_hint_s, ticket };
}

export function writeNewSessionTicket(writer: ByteWriter, message: NewSessionTicket): void {
  writer.u32(message.lifetime_hint_s).u16(message.ticket.length).bytes(message.ticket);
}
