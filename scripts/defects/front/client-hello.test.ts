/** The front's own reader against the scanner's codec, and fronts as a client sees them. */
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type HelloOffer, writeHello } from '../../../pipeline/tls/index.ts';
import { ANSWERS, type Answer } from './answers.ts';
import { readClientHello, schemeCount, serverName, withFirstSuites } from './client-hello.ts';
import { CONDITIONS } from './conditions.ts';
import { startFront } from './front.ts';
import { handMadeHello } from './hand-made-hello.ts';

const OFFER: HelloOffer = {
  version: 0x0303,
  cipher_suites: [0xc02f, 0x009c, 0x002f, 0x0035],
  random: new Uint8Array(32).fill(7),
  server_name: 'mx.test',
  named_groups: [29, 23],
  signature_schemes: [0x0804, 0x0401, 0x0201],
  extensions: [{ type: 35, data: new Uint8Array(0) }],
  compression_methods: [1, 0],
};

const written = (changes: Partial<HelloOffer> = {}) => Buffer.from(writeHello({ ...OFFER, ...changes }));

describe('a hello of the codec', () => {
  test('up to TLS 1.2: what is read is what was written', () => {
    const bytes = written();
    const hello = readClientHello(bytes)!;
    expect(hello).toMatchObject({
      version: 0x0303,
      cipher_suites: OFFER.cipher_suites,
      compression_methods: [1, 0],
      is_ssl2: false,
      record_bytes: bytes.length - 5,
    });
    expect([...hello.extensions.keys()].sort((a, b) => a - b)).toEqual([0, 10, 11, 13, 23, 35, 65281]);
    expect([serverName(hello), schemeCount(hello)]).toEqual(['mx.test', 3]);
  });

  test('TLS 1.3 is known by supported_versions', () => {
    const bytes = written({
      version: 0x0304,
      cipher_suites: [0x1301],
      compression_methods: [0],
      extensions: [],
    });
    expect(readClientHello(bytes)).toMatchObject({ version: 0x0304, cipher_suites: [0x1301] });
  });

  test('SSLv3 has no extensions, SSLv2 is known as such', () => {
    const ssl3 = written({
      version: 0x0300,
      server_name: undefined,
      extensions: undefined,
      named_groups: [],
    });
    expect(readClientHello(ssl3)).toMatchObject({ version: 0x0300, extensions: new Map() });
    const ssl2 = written({ version: 2, cipher_suites: [0x010080], server_name: undefined });
    expect(readClientHello(ssl2)).toMatchObject({ version: 2, is_ssl2: true });
  });

  test.each([0x0303, 0x0304, 2])('version %i: no prefix of it is a hello', (version) => {
    const bytes = written({ version });
    for (let length = 0; length < bytes.length; length++) {
      expect(readClientHello(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(readClientHello(bytes)).toBeDefined();
  });

  test('cut to its first suites it is the hello that the codec writes of these', () => {
    const cut = withFirstSuites(readClientHello(written())!, 2);
    expect(cut).toEqual(written({ cipher_suites: OFFER.cipher_suites.slice(0, 2) }));
  });

  test('bytes that are no hello throw', () => {
    expect(() => readClientHello(Buffer.from('EHLO mx.test\r\n'))).toThrow(RangeError);
    expect(() => readClientHello(Buffer.from('1603030004020000000000', 'hex'))).toThrow(RangeError);
  });
});

test('a hello by hand is read as it was made', () => {
  for (const version of [0x0301, 0x0302, 0x0303, 0x0304]) {
    const hello = readClientHello(handMadeHello(version, 0x002f, { name: 'mx.test' }))!;
    expect(hello).toMatchObject({ version, cipher_suites: [0x002f], compression_methods: [0] });
    expect(serverName(hello)).toBe('mx.test');
    expect(hello.record_bytes).toBeLessThan(256);
  }
});

test.each(ANSWERS)('a refusal by %s is what a client gets', async (answer) => {
  const front = await startFront({ judge: () => ({ kind: 'refuse' }), answer, back_ends: [] });
  try {
    expect(await answerOf(front.port)).toBe(answer);
    expect(front.silences()).toBe(answer === 'silence' ? 1 : 0);
    expect(front.log).toHaveLength(1);
  } finally {
    await front.close();
  }
});

test('conditions have names of their own, and each counts from 1 anew', () => {
  expect(new Set(CONDITIONS.map(({ name }) => name)).size).toBe(CONDITIONS.length);
  const hello = readClientHello(written())!;
  for (const { judge } of CONDITIONS) {
    const decisions = () => {
      const one = judge();
      return Array.from({ length: 30 }, (_, index) => one(hello, index + 1));
    };
    expect(decisions()).toEqual(decisions());
  }
});

/** What comes within some time, in the words of `Answer`. */
function answerOf(port: number): Promise<Answer | string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let bytes = '';
    socket.on('data', (chunk) => {
      bytes += chunk.toString('hex');
    });
    const end = (what: string) => {
      socket.destroy();
      resolve(what);
    };
    socket.once('end', () => end(bytes === '' ? 'close' : alertName(bytes)));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ECONNRESET' ? 'reset' : 'error'),
    );
    socket.setTimeout(SILENCE_MS, () => end('silence'));
    socket.write(written());
  });
}

function alertName(hex: string): string {
  return /^150303000202/.test(hex) && hex.length === 14 ? `alert ${Number.parseInt(hex.slice(12), 16)}` : hex;
}

const SILENCE_MS = 1000;
