/** Certificates: facts, never an exception, whatever the bytes; and the elements that they are made of. */

import { DerReader, within } from '../../pipeline/x509/der.ts';
import { type CertificateFacts, readCertificate } from '../../pipeline/x509/index.ts';
import { ProblemLog } from '../../pipeline/x509/problem-log.ts';
import { certificates } from './corpus.ts';
import { checkDecoder, expectBounded, expectSame, Fault, type FuzzTarget } from './fuzz-target.ts';

export function certificateTargets(): FuzzTarget[] {
  const seeds = certificates();
  return [
    { name: 'x509-certificate', seeds, words: WORDS, check: checkCertificate },
    { name: 'der-elements', seeds, words: WORDS, check: (bytes) => checkDecoder(bytes, readElements) },
  ];
}

function checkCertificate(bytes: Uint8Array): string {
  const facts = readCertificate(bytes);
  expectBounded(facts, bytes.length);
  expectSame('read again', JSON.stringify(facts), JSON.stringify(readCertificate(bytes)));
  for (const [field, form] of Object.entries(FORMS)) {
    const value = facts[field as keyof CertificateFacts];
    if (value !== null && !form.test(String(value)))
      throw new Fault(`${field} is ${String(value).slice(0, 100)}`);
  }
  for (const value of Object.values(facts)) {
    if (typeof value === 'string' && value.length > MOST_CHARACTERS)
      throw new Fault(`a text of ${value.length}`);
  }
  return Object.values(facts)
    .map((fact) => (fact === null ? '-' : typeof fact === 'boolean' ? String(fact)[0] : '+'))
    .join('')
    .concat((facts.problem ?? '').replaceAll(/\d+.*/g, ''));
}

/** How many there are at each depth. */
function readElements(bytes: Uint8Array): number[] {
  const counts: number[] = [];
  const log = new ProblemLog();
  const walk = (reader: DerReader) => {
    for (const element of reader.all('element')) {
      counts[element.depth] = (counts[element.depth] ?? 0) + 1;
      if (element.bytes.length > bytes.length) throw new Fault('an element longer than its surroundings');
      if (element.constructed) walk(within(element, log));
    }
  };
  walk(new DerReader(bytes, log));
  return [...counts];
}

/** Of any fact. */
const MOST_CHARACTERS = 65_536;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const OID = /^[012](\.\d+)+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const PRINTED = /^[^\x00-\x1f\x7f]*$/;
const FORMS: Partial<Record<keyof CertificateFacts, RegExp>> = {
  certificate_sha256: /^[0-9a-f]{64}$/,
  sha1: /^[0-9a-f]{40}$/,
  version: /^[123]$/,
  serial_number: /^([0-9a-f]{2})*$/,
  not_before: TIME,
  not_after: TIME,
  key_algorithm: OID,
  key_curve: OID,
  signature_algorithm: OID,
  key_bits: /^\d+$/,
  rsa_modulus_hex: /^([0-9a-f]{2}){0,2048}$/,
  rsa_exponent_hex: /^([0-9a-f]{2}){0,2048}$/,
  path_length: /^\d{1,8}$/,
  key_usage: /^([a-zA-Z]+( |$))*$/,
  extended_key_usage: /^([012](\.\d+)+( |$))+$/,
  ocsp_urls: PRINTED,
  ca_issuers_urls: PRINTED,
  sct_count: /^\d+$/,
  sct_log_ids: /^([0-9a-f]{64}( |$))+$/,
  subject_alt_names: PRINTED,
  problem: / at byte \d+/,
};

const WORDS: readonly Uint8Array[] = [
  ...[
    '3080',
    '0000',
    '308200',
    '30820100',
    '0500',
    '020101',
    '0101ff',
    '0603550403',
    '0603551d11',
    '0603551d13',
    '0603551d0f',
    '0603551d25',
    '06082b06010505070101',
    '060a2b06010401d679020402',
    '0404000100',
  ],
  ...[
    '06092a864886f70d010101',
    '06092a864886f70d01010b',
    '06072a8648ce3d0201',
    '06032b6570',
    '8204',
    '8704',
    'a003020102',
  ],
  ...['1e02d800', '0c02c328', '170d', '180f', '0300', '030100', '9fff', '308400000010'],
].map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));
