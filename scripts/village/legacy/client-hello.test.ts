import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../../pipeline/base/byte-writer.ts';
import { DecodeError } from '../../../pipeline/base/errors.ts';
import { fromHex } from '../../../pipeline/base/hex.ts';
import { readHello } from './client-hello.ts';

/** Sent by nmap's sslv2 and ssl-enum-ciphers to a real server. */
const SSL2_HELLO = fromHex(
  '8034010002001b000000100300800000000800800100800500800400800600400200800700c02cffb201198be180b5fd40fb79c89b81',
);
const TLS_HELLO = fromHex(
  '16030100c3010000bf03016b048858f81608de4ce522b1fce8f634764cbaa692423c714bd5ad7851f9b93b000080001d001cfefffefe0063006500110072001300730032004000a200740038006a00a3c042c056c043c057004400bdc080008700c3c081001200660099008f009000b2c0a600aa009100b3c0a700abc066c06cc067c06dc096c090c097c091ccad002d00b400b5008e001400770016007800330067c09ec0a2009e00790039006b01000016000b00020100000a000c000a001700180019001d0100',
);

describe('readHello', () => {
  test('reads a real SSLv2 hello', () => {
    expect(readHello(SSL2_HELLO)).toEqual({
      kind: 'ssl2',
      version: 2,
      cipher_kinds: [
        0x030080, 0x000000, 0x080080, 0x010080, 0x050080, 0x040080, 0x060040, 0x020080, 0x0700c0,
      ],
    });
  });

  test('reads a real TLS 1.0 hello', () => {
    const hello = readHello(TLS_HELLO);
    expect(hello).toMatchObject({ kind: 'tls', record_version: 0x0301, version: 0x0301 });
    const suites = hello?.kind === 'tls' ? hello.cipher_suites : [];
    expect(suites).toHaveLength(64);
    expect(suites.slice(0, 4)).toEqual([0x001d, 0x001c, 0xfeff, 0xfefe]);
    expect(suites.at(-1)).toBe(0x006b);
  });

  test('a prefix is not a hello yet', () => {
    for (const whole of [SSL2_HELLO, TLS_HELLO]) {
      for (let length = 0; length < whole.length; length++) {
        expect(readHello(whole.subarray(0, length)), `${length} bytes`).toBeUndefined();
      }
    }
  });

  test('reads what is written, also over several records', () => {
    const suites = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(suites, fc.integer({ min: 1, max: 200 }), (cipher_suites, size) => {
        const hello = readHello(inRecords(clientHello(0x0303, cipher_suites), size));
        expect(hello).toEqual({ kind: 'tls', record_version: 0x0301, version: 0x0303, cipher_suites });
      }),
      { numRuns: 50 },
    );
  });

  test('random bytes are a hello, none yet, or an error of known kind', () => {
    const heads = fc.constantFrom([0x16, 3, 1], [0x80, 46, 1], []);
    fc.assert(
      fc.property(heads, fc.uint8Array({ maxLength: 300 }), (head, tail) => {
        try {
          readHello(Uint8Array.of(...head, ...tail));
        } catch (error) {
          expect(error instanceof DecodeError || error instanceof RangeError).toBe(true);
        }
      }),
    );
  });
});

function clientHello(version: number, cipherSuites: readonly number[]): Uint8Array {
  return new ByteWriter()
    .u8(1)
    .vector(3, (hello) =>
      hello
        .u16(version)
        .bytes(new Uint8Array(32))
        .vector(1, () => {})
        .vector(2, (list) => {
          for (const code of cipherSuites) list.u16(code);
        })
        .vector(1, (methods) => methods.u8(0)),
    )
    .finish();
}

function inRecords(message: Uint8Array, size: number): Uint8Array {
  const writer = new ByteWriter();
  for (let at = 0; at < message.length; at += size) {
    writer
      .u8(22)
      .u16(0x0301)
      .vector(2, (record) => record.bytes(message.subarray(at, at + size)));
  }
  return writer.finish();
}
