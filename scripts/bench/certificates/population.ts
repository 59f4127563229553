/**
 * Certificates as mail servers show them, made here: shares after the study of 2015 (more than half self-signed or
 * malformed), keys from a small pool, signatures that are right. Every one is another: its serial number is its place.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { der, derHex } from '../../testing/der-bytes.ts';

interface Key {
  private: KeyObject;
  spki: Buffer;
  algorithm: Buffer;
  digest: string;
}

interface Kind {
  /** Of a hundred. */
  share: number;
  key(pool: Pool, index: number): Key;
  selfSigned: boolean;
  /** Its validity begins at no date. */
  malformed?: boolean;
}

type Pool = Record<'rsa2048' | 'rsa1024' | 'ec', Key[]>;

/** DER of `count` certificates; signing takes about a millisecond each. */
export function* population(count: number): Generator<Buffer> {
  const pool = makePool();
  const deck = KINDS.flatMap((kind) => Array<Kind>(kind.share).fill(kind));
  for (let index = 0; index < count; index++) {
    // 37 and 100 have no common factor: every hundred in a row holds each kind by its share.
    yield certificate(deck[(index * 37) % deck.length]!, pool, index);
  }
}

function certificate({ key, selfSigned, malformed }: Kind, pool: Pool, index: number): Buffer {
  const own = key(pool, index);
  const issuer = selfSigned ? own : pool.ec[0]!;
  const host = `mail${index}.example.net`;
  const name = subjectName(host);
  const serial = Buffer.alloc(8, 1);
  serial.writeUInt32BE(index, 4);
  const extensions = der(0xa3, der(0x30, ...(selfSigned ? OWN_EXTENSIONS : issuedExtensions(host))));
  const tbs = der(
    0x30,
    derHex('a003020102'),
    der(2, serial),
    issuer.algorithm,
    selfSigned ? name : ISSUER,
    malformed ? NO_VALIDITY : VALIDITY,
    name,
    own.spki,
    extensions,
  );
  return der(0x30, tbs, issuer.algorithm, der(3, Buffer.of(0), sign(issuer.digest, tbs, issuer.private)));
}

function makePool(): Pool {
  const rsa = (modulusLength: number, algorithm: Buffer, digest: string) => () =>
    keyOf(generateKeyPairSync('rsa', { modulusLength }), algorithm, digest);
  const ec = () => keyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }), ECDSA_SHA256, 'sha256');
  return {
    rsa2048: Array.from({ length: 24 }, rsa(2048, RSA_SHA256, 'sha256')),
    rsa1024: Array.from({ length: 24 }, rsa(1024, RSA_SHA1, 'sha1')),
    ec: Array.from({ length: 24 }, ec),
  };
}

function keyOf(
  pair: { privateKey: KeyObject; publicKey: KeyObject },
  algorithm: Buffer,
  digest: string,
): Key {
  const spki = pair.publicKey.export({ format: 'der', type: 'spki' });
  return { private: pair.privateKey, spki, algorithm, digest };
}

function subjectName(host: string): Buffer {
  return nameOf(
    ['0603550406', '13', 'AT'],
    ['0603550408', '0c', 'Wien'],
    ['060355040a', '0c', 'Example Hosting GmbH'],
    ['0603550403', '0c', host],
  );
}

function nameOf(...attributes: [oid: string, tag: string, value: string][]): Buffer {
  const sets = attributes.map(([oid, tag, value]) =>
    der(0x31, der(0x30, derHex(oid), der(Number.parseInt(tag, 16), Buffer.from(value)))),
  );
  return der(0x30, ...sets);
}

function extension(oid: string, value: Buffer): Buffer {
  return der(0x30, derHex(oid), der(4, value));
}

/** What a public CA puts in. */
function issuedExtensions(host: string): Buffer[] {
  const access = (method: string, url: string) =>
    der(0x30, derHex(`06082b0601050507300${method}`), der(0x86, Buffer.from(url)));
  const timestamp = Buffer.alloc(119, 0x5a);
  timestamp[0] = 0;
  const list = Buffer.concat([derHex('00f20077'), timestamp, derHex('0077'), timestamp]);
  return [
    extension('0603551d0f', derHex('030205a0')),
    extension('0603551d25', derHex('301406082b0601050507030106082b06010505070302')),
    extension('0603551d13', derHex('3000')),
    extension('0603551d0e', der(4, Buffer.alloc(20, 7))),
    extension('0603551d23', der(0x30, der(0x80, Buffer.alloc(20, 8)))),
    extension(
      '06082b06010505070101',
      der(0x30, access('1', 'http://ocsp.ca.example'), access('2', 'http://ca.example/one.der')),
    ),
    extension('0603551d11', der(0x30, der(0x82, Buffer.from(host)), der(0x82, Buffer.from(`www.${host}`)))),
    extension('0603551d20', derHex('300a3008060667810c010201')),
    extension('060a2b06010401d679020402', der(4, list)),
  ];
}

const ISSUER = nameOf(
  ['0603550406', '13', 'US'],
  ['060355040a', '0c', 'Example Trust'],
  ['0603550403', '0c', 'R1'],
);
const validity = (from: string, to: string) =>
  der(0x30, der(0x17, Buffer.from(from)), der(0x17, Buffer.from(to)));
const VALIDITY = validity('150401000000Z', '250401000000Z');
const NO_VALIDITY = validity('150431000000Z', '250401000000Z');
const OWN_EXTENSIONS = [
  extension('0603551d0e', der(4, Buffer.alloc(20, 9))),
  extension('0603551d13', derHex('30030101ff')),
];
const RSA_SHA256 = derHex('300d06092a864886f70d01010b0500');
const RSA_SHA1 = derHex('300d06092a864886f70d0101050500');
const ECDSA_SHA256 = derHex('300a06082a8648ce3d040302');

const of = (kind: keyof Pool) => (pool: Pool, index: number) => pool[kind][index % pool[kind].length]!;
const KINDS: readonly Kind[] = [
  { share: 40, key: of('rsa2048'), selfSigned: true },
  { share: 15, key: of('rsa1024'), selfSigned: true },
  { share: 5, key: of('rsa2048'), selfSigned: true, malformed: true },
  { share: 35, key: of('rsa2048'), selfSigned: false },
  { share: 5, key: of('ec'), selfSigned: false },
];
