/** Forms of hello: what each leaves out on the wire, and that two of them share little. */
import { expect, test } from 'vitest';
import { ByteReader } from '../base/byte-reader.ts';
import { type ClientHello, readClientHello } from '../tls/client-hello.ts';
import { SSL3, TLS1_0, TLS1_1, TLS1_2, TLS1_3, writeHello } from '../tls/index.ts';
import {
  CLASSICAL,
  FULL,
  featuresOf,
  fillers,
  formWithout,
  type HelloForm,
  isFiller,
  PADDED_LENGTH,
  SPARE,
  SPARE_NAMELESS,
} from './hello-form.ts';
import { suitesToOffer } from './offer-lists.ts';
import { standardGroups, standardHello } from './standard-hello.ts';

const BELOW = [TLS1_0, TLS1_1, TLS1_2];
const RANDOM = Uint8Array.from({ length: 32 }, (_, at) => at);
const OFFERED = suitesToOffer('iana');

const bytesOf = (
  version: number,
  form: HelloForm,
  suites = OFFERED.get(version)!,
  name = 'mx.example.org',
) => {
  const question = { version, cipher_suites: suites, ...standardGroups(version, () => RANDOM) };
  const offer = standardHello(question, form, RANDOM);
  return writeHello(form.without.has(0) ? offer : { ...offer, server_name: name });
};

/** Of one record: its header, then that of the message. */
function helloOf(version: number, form: HelloForm): ClientHello {
  return readClientHello(new ByteReader(bytesOf(version, form).subarray(9)));
}

const extensionsOf = (version: number, form: HelloForm) =>
  (helloOf(version, form).extensions ?? []).map(({ type }) => type);

test('a full hello of every version with extensions is as long, whatever it offers', () => {
  for (const version of [...BELOW, TLS1_3]) {
    for (const count of [1, 2, 100, OFFERED.get(version)!.length]) {
      expect(bytesOf(version, FULL, OFFERED.get(version)!.slice(0, count)).length).toBe(PADDED_LENGTH);
    }
  }
  const longest = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(10)}.example.org`;
  expect(bytesOf(TLS1_2, FULL, OFFERED.get(TLS1_2), longest).length).toBe(PADDED_LENGTH);
});

test('what each form carries', () => {
  expect(extensionsOf(TLS1_2, FULL)).toEqual([0, 23, 0xff01, 35, 22, 5, 15, 10, 11, 13, 21]);
  expect(extensionsOf(TLS1_2, SPARE)).toEqual([0, 23, 0xff01, 10, 11, 13]);
  expect(extensionsOf(TLS1_2, SPARE_NAMELESS)).toEqual([23, 0xff01, 10, 11, 13]);
  expect(helloOf(TLS1_2, CLASSICAL).extensions).toBeNull();
  expect(extensionsOf(TLS1_0, SPARE)).toEqual([0, 23, 0xff01, 10, 11]);
  expect(extensionsOf(TLS1_3, FULL)).toEqual([0, 10, 13, 43, 51, 21]);
  expect(extensionsOf(TLS1_3, CLASSICAL)).toEqual([10, 13, 43, 51]);
  expect([...helloOf(TLS1_2, FULL).compression_methods]).toEqual([1, 0]);
  expect([...helloOf(TLS1_2, SPARE).compression_methods]).toEqual([0]);
  expect([...helloOf(SSL3, SPARE).compression_methods]).toEqual([0]);
});

test('the features of a form are what is on the wire', () => {
  for (const version of [...BELOW, TLS1_3]) {
    for (const form of [FULL, SPARE, SPARE_NAMELESS, CLASSICAL, formWithout([22, 'compression'])]) {
      const wire = extensionsOf(version, form).filter((type) => type !== 43 && type !== 51);
      const features = featuresOf(version, form).filter((one) => typeof one === 'number');
      expect(new Set(features)).toEqual(new Set(wire));
      const compresses = [...helloOf(version, form).compression_methods].length > 1;
      expect(featuresOf(version, form).includes('compression')).toBe(compresses);
    }
  }
});

test('fillers are reserved suites, and no suite that is offered is one', () => {
  expect(fillers(3)).toEqual([0x0a0a, 0x1a1a, 0x2a2a]);
  expect(fillers(0)).toEqual([]);
  expect(fillers(-1)).toEqual([]);
  expect(fillers(40).every(isFiller)).toBe(true);
  for (const suites of OFFERED.values()) expect(suites.filter(isFiller)).toEqual([]);
});
