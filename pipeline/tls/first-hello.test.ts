/** How far a server came in the clear, of bytes cut anywhere. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flightOf, join, messageOf, recordOf, serverHelloOf } from '../../scripts/testing/wire.ts';
import { ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC } from './content-types.ts';
import { firstHello } from './first-hello.ts';
import { CERTIFICATE } from './handshake-types.ts';
import { HELLO_RETRY_REQUEST_RANDOM } from './server-hello.ts';

const hello = flightOf(serverHelloOf());
const retry = flightOf(serverHelloOf({ random: HELLO_RETRY_REQUEST_RANDOM }));
const warning = recordOf(ALERT, Buffer.of(1, 112));
const ccs = recordOf(CHANGE_CIPHER_SPEC, Buffer.of(1));

test.each<[string, Uint8Array, ReturnType<typeof firstHello>]>([
  ['nothing', new Uint8Array(0), null],
  ['an alert', recordOf(ALERT, Buffer.of(2, 40)), null],
  ['a ServerHello', hello, 'server_hello'],
  ['a warning, then a ServerHello', join(warning, hello), 'server_hello'],
  ['a HelloRetryRequest alone', join(retry, ccs), 'hello_retry_request'],
  ['both', join(retry, ccs, hello, recordOf(APPLICATION_DATA, Buffer.alloc(40))), 'server_hello'],
  ['another message', flightOf(messageOf(CERTIFICATE, Buffer.alloc(3))), null],
  ['text', Buffer.from('500 what?\r\n'), null],
])('%s', (_, bytes, expected) => {
  expect(firstHello(bytes)).toBe(expected);
});

test('cut short it is none, and random bytes never throw', () => {
  for (let length = 0; length < hello.length; length++) {
    expect(firstHello(hello.subarray(0, length))).toBeNull();
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void firstHello(bytes)));
});
