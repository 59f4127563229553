/** What holds for all three: bounds, any cut into chunks, random bytes, and the words of real servers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCaptures } from '../../scripts/testing/captures.ts';
import { describeWithShared } from '../../scripts/testing/shared-data.ts';
import { type DialogueOptions, openDialogue } from './index.ts';
import { play } from './testing/play.ts';

const PROTOCOLS = ['smtp', 'pop3', 'imap'] as const;
type Protocol = (typeof PROTOCOLS)[number];

type Secured = DialogueOptions['secured'];
const open = (protocol: Protocol, known = false, secured: Secured = undefined) =>
  openDialogue(protocol, { helo: 'census.test', known, secured });
const modes = fc.constantFrom<Secured[]>(undefined, 'after_starttls', 'implicit');

/** Bytes that look like a conversation often enough to get somewhere. */
const conversation = fc
  .array(
    fc.oneof(
      fc.constantFrom('220 x\r\n', '250-STARTTLS\r\n', '250 AUTH PLAIN\r\n', '454 no\r\n', '502 no\r\n'),
      fc.constantFrom('+OK x\r\n', '-ERR\r\n', 'STLS\r\n', '.\r\n', 'USER\n'),
      fc.constantFrom(
        '* OK [CAPABILITY STARTTLS] x\r\n',
        '* CAPABILITY IMAP4\r\n',
        'a1 OK\r\n',
        'a2 NO\r\n',
        '* {4}\r\nab\r\n',
      ),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));

describe.each(PROTOCOLS)('%s', (protocol) => {
  test('the cut into chunks makes no difference', () => {
    fc.assert(
      fc.property(conversation, fc.array(fc.nat(60)), fc.boolean(), modes, (bytes, cuts, known, mode) => {
        const [whole, cut] = [open(protocol, known, mode), open(protocol, known, mode)];
        expect(play(cut, chunked(bytes, cuts))).toEqual(play(whole, [bytes]));
        expect(cut.facts).toEqual(whole.facts);
      }),
    );
  });

  test('random bytes end or wait, and the facts stay within bounds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), modes, (bytes, mode) => {
        const dialogue = open(protocol, false, mode);
        play(dialogue, [bytes]);
        expect(dialogue.facts.banner?.length ?? 0).toBeLessThanOrEqual(1024);
      }),
    );
  });

  test.each([1, 4000])('an endless line ends in too_much_data, in chunks of %i', (size) => {
    const played = play(
      open(protocol),
      Array.from({ length: Math.ceil(5000 / size) }, () => Buffer.alloc(size, 0x20)),
    );
    expect(played.end).toMatchObject({ kind: 'finished', reason: 'too_much_data' });
  });
});

test.each([
  ['smtp', '220-x\r\n', ''],
  ['pop3', 'X-CAPABILITY\r\n', '+OK\r\n+OK\r\n'],
  ['imap', '* STATUS\r\n', '* OK\r\n'],
] as const)('%s: an endless reply ends in too_much_data', (protocol, line, before) => {
  const played = play(open(protocol), [
    Buffer.from(before),
    ...Array.from({ length: 10_000 }, () => Buffer.from(line)),
  ]);
  expect(played.end).toMatchObject({ reason: 'too_much_data' });
});

test('bytes that are not UTF-8 are replaced, escapes are kept as they came', () => {
  const dialogue = open('smtp');
  dialogue.push(Buffer.from('220 \u00ff\u001b[31m\r\n', 'latin1'));
  expect(dialogue.facts.banner).toBe('220 \ufffd\u001b[31m');
});

describeWithShared('captures', 'real servers', (folder) => {
  test.each([
    ['postfix-3.7-smtp', 'smtp', 60],
    ['dovecot-2.3-imap', 'imap', 60],
    ['openssl-1.0.2-pop3', 'pop3', 60],
  ] as const)('%s: what it said before TLS reaches start_tls', (name, protocol, least) => {
    let started = 0;
    for (const { exchange } of readCaptures(folder, name)) {
      const said = wordsBeforeTls(exchange, protocol);
      if (said === undefined) continue;
      expect(play(open(protocol, true), [said]).end).toMatchObject({ kind: 'start_tls' });
      started++;
    }
    expect(started).toBeGreaterThan(least);
  });
});

/** What the server said up to its reply to STARTTLS, with our tag for IMAP; undefined where TLS was not started. */
function wordsBeforeTls(exchange: { from: string; hex: string }[], protocol: Protocol): Buffer | undefined {
  const command = exchange.findIndex(
    ({ from, hex }) => from === 'client' && /STARTTLS|STLS/i.test(text(hex)),
  );
  const reply = exchange.findIndex(({ from }, index) => from === 'server' && index > command);
  if (command < 0 || reply < 0) return undefined;
  const said = exchange.slice(0, reply + 1).filter(({ from }) => from === 'server');
  const words = said.map(({ hex }) => text(hex)).join('');
  return Buffer.from(protocol === 'imap' ? words.replace(/^\. OK/m, 'a2 OK') : words, 'latin1');
}

function text(hex: string): string {
  return Buffer.from(hex, 'hex').toString('latin1');
}

function chunked(bytes: Buffer, cuts: number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const cut of cuts) {
    chunks.push(bytes.subarray(at, at + cut));
    at += cut;
  }
  return [...chunks, bytes.subarray(at)];
}
