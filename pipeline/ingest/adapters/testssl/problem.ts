/** testssl's last words (`scanProblem`, FATAL; `optimal_proto`) → the kind of error; and the server that they name. */
import { isIP } from 'node:net';
import type { ErrorKind } from '../../../formats/raw-record.ts';
import { toolWords } from '../tool-words.ts';
import type { Place } from '../unknown-endpoint.ts';

export function problemOf(text: string): { error_kind: ErrorKind; error_detail: string } {
  const error_kind = KINDS.find(([pattern]) => pattern.test(text))?.[1] ?? 'protocol_error';
  return { error_kind, error_detail: toolWords('testssl', text) };
}

/** `…'192.0.2.1:25'…`; null where it names none. */
export function placeIn(text: string): Place | null {
  const [, name = '', port] =
    /([\w.-]{1,253}|\[[\da-f:.]{2,45}\]):(\d{1,5})\b/i.exec(text.slice(0, 2000)) ?? [];
  const target = name.replace(/^\[|\]$/g, '');
  const connect_port = Number(port);
  if (target === '' || !(connect_port > 0 && connect_port < 65_536)) return null;
  return { target, ip: isIP(target) === 0 ? null : target, connect_port };
}

/** What refused a connection, or whether it was silent, testssl does not say. */
const KINDS: readonly (readonly [RegExp, ErrorKind])[] = [
  [/STARTTLS/i, 'starttls_refused'],
  [/openssl cannot connect/i, 'protocol_error'],
  [/connect to|couldn't connect|TCP connect|open (?:a )?socket/i, 'unreachable'],
  [/doesn't resolve|No IPv4\/IPv6 address|No IP address|Only IPv6/i, 'name_not_resolved'],
  [/cannot exec|binary|openssl (?:version|binary)|Client problem|not yet supported/i, 'local_failure'],
];
