/**
 * How a stack says no: hellos as the scan sends them, one for each way of refusing, and what came back as words. The bytes
 * of the answer are read here once more, without the codec: record by record, to the end or to a silence.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { suitesOfVersion } from '../../pipeline/formats/datasets.ts';
import { FULL } from '../../pipeline/scan/hello-form.ts';
import { standardGroups, standardHello } from '../../pipeline/scan/standard-hello.ts';
import type { HelloOffer } from '../../pipeline/tls/index.ts';
import { SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2, TLS1_3, writeHello } from '../../pipeline/tls/index.ts';

/** One way of asking for a refusal; `about` is what a fair refusal of it would be about. */
export interface Refusal {
  title: string;
  about: 'version' | 'suites' | 'group' | 'scheme' | 'form';
  version: number;
  change: Partial<HelloOffer>;
}

/** What 127.0.0.1 answers: `ServerHello 0x0303 0xc02f`, `alert 40`, `warning 112`, `close`, `reset`, `silence`, joined by commas. */
export function answerTo({ version, change }: Refusal, port: number): Promise<string> {
  const random = (length: number) => Uint8Array.from(randomBytes(length));
  const question = { version, cipher_suites: suitesOf(version), ...standardGroups(version, random) };
  const shares = version === TLS1_3 ? { key_shares: [share(0x7f)] } : {};
  return exchange(port, writeHello({ ...standardHello(question, FULL, random(32)), ...shares, ...change }));
}

function exchange(port: number, hello: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const end = (how: string[]) => {
      clearTimeout(timer);
      socket.destroy();
      resolve([...wordsOf(Buffer.concat(chunks)), ...how].join(', ') || 'silence');
    };
    let timer = setTimeout(() => end([]), SILENCE_MS);
    socket.once('connect', () => socket.write(hello));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(() => end([]), AFTER_MS);
    });
    socket.once('end', () => end(chunks.length > 0 ? [] : ['close']));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end([error.code === 'ECONNRESET' ? 'reset' : `${error.code}`]),
    );
  });
}

/** RFC 8446, 5.1: type, version, length of a record; a flight's later messages say nothing here. SSLv2 has a length first. */
function wordsOf(bytes: Buffer): string[] {
  if (bytes.length > 0 && (bytes[0]! < 20 || bytes[0]! > 23))
    return [`not TLS: ${bytes.subarray(0, 5).toString('hex')}`];
  const words: string[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
    const type = bytes[at]!;
    if (type === ALERT) words.push(`${bytes[at + 5] === 1 ? 'warning' : 'alert'} ${bytes[at + 6]}`);
    if (type === HANDSHAKE && bytes[at + 5] === SERVER_HELLO) words.push(serverHello(bytes.subarray(at + 9)));
  }
  return words;
}

/** RFC 8446, 4.1.3: version, random, session id, suite, compression; supported_versions is told by the suite. */
function serverHello(body: Buffer): string {
  const suite = body.readUInt16BE(35 + body[34]!);
  const version = suite >> 8 === 0x13 || (suite & 0xfffe) === 0xc0b4 ? TLS1_3 : body.readUInt16BE(0);
  const name = body.subarray(2, 34).toString('hex').startsWith(RETRY) ? 'HelloRetryRequest' : 'ServerHello';
  return `${name} ${hex(version)} ${hex(suite)}`;
}

const hex = (number: number) => `0x${number.toString(16).padStart(4, '0')}`;

function suitesOf(version: number): number[] {
  return suitesOfVersion(version).map(({ code }) => code);
}

/** RFC 7748, 5: the highest bit of the last byte is to be masked by who gets it; no public value has it set. */
function share(last: number) {
  return { named_group: 0x001d, key_exchange: Uint8Array.from([...randomBytes(31), last & 0xf0]) };
}

/** So many suites, those of `ECDHE` first. */
function first(count: number): number[] {
  return [...new Set([...ECDHE, ...suitesOf(TLS1_2)])].slice(0, count);
}

const [ALERT, HANDSHAKE, SERVER_HELLO] = [21, 22, 2];
/** Of SHA-256 of "HelloRetryRequest". */
const RETRY = 'cf21ad74e59a6111';
const SILENCE_MS = 2500;
const AFTER_MS = 150;

/** Hellos with nothing in common with any server: registered suites that none of the stacks has. */
const NO_SUITE = [0x0021, 0x0025]; // TLS_KRB5_WITH_IDEA_CBC_SHA, TLS_KRB5_WITH_IDEA_CBC_MD5
const NO_SUITE_1_3 = [0x1306, 0x1307]; // TLS_AEGIS_256_SHA512, TLS_AEGIS_128L_SHA256
const DSS = [0x0013, 0x0032, 0x0038, 0x0040, 0x006a, 0x00a2, 0x00a3];
const DHE = [0x009e, 0x009f, 0x0033, 0x0039, 0x0067, 0x006b, 0x0016];
const ECDHE = [0xc02f, 0xc030, 0xc02b, 0xc02c, 0xcca8, 0xcca9, 0xc013, 0xc014, 0xc009, 0xc00a];

const unknown = { type: 0x1234, data: Uint8Array.of(1, 2, 3) };
const padding = (length: number) => ({ type: 21, data: new Uint8Array(length) });

const short = {
  cipher_suites: ECDHE,
  compression_methods: [0],
  named_groups: [29, 23, 24],
  signature_schemes: [0x0804, 0x0403, 0x0401],
};

export const REFUSALS: readonly Refusal[] = [
  { title: 'SSLv2 alone', about: 'version', version: SSL2, change: {} },
  { title: 'SSLv3 alone', about: 'version', version: SSL3, change: {} },
  { title: 'TLS 1.0 alone', about: 'version', version: TLS1_0, change: {} },
  { title: 'TLS 1.1 alone', about: 'version', version: TLS1_1, change: {} },
  { title: 'TLS 1.2 alone', about: 'version', version: TLS1_2, change: {} },
  { title: 'TLS 1.3 alone', about: 'version', version: TLS1_3, change: {} },
  { title: 'SSLv3, no common suite', about: 'suites', version: SSL3, change: { cipher_suites: NO_SUITE } },
  {
    title: 'TLS 1.0, no common suite',
    about: 'suites',
    version: TLS1_0,
    change: { cipher_suites: NO_SUITE },
  },
  {
    title: 'TLS 1.1, no common suite',
    about: 'suites',
    version: TLS1_1,
    change: { cipher_suites: NO_SUITE },
  },
  {
    title: 'TLS 1.2, no common suite',
    about: 'suites',
    version: TLS1_2,
    change: { cipher_suites: NO_SUITE },
  },
  {
    title: 'TLS 1.3, no common suite',
    about: 'suites',
    version: TLS1_3,
    change: { cipher_suites: NO_SUITE_1_3 },
  },
  {
    title: 'TLS 1.2, suites of a key that is missing (DSA)',
    about: 'suites',
    version: TLS1_2,
    change: { cipher_suites: DSS },
  },
  {
    title: 'TLS 1.2, suites of TLS 1.3',
    about: 'suites',
    version: TLS1_2,
    change: { cipher_suites: [0x1301, 0x1302] },
  },
  { title: 'TLS 1.3, suites of TLS 1.2', about: 'suites', version: TLS1_3, change: { cipher_suites: ECDHE } },
  {
    title: 'TLS 1.2, DHE, groups without ffdhe',
    about: 'group',
    version: TLS1_2,
    change: { cipher_suites: DHE },
  },
  {
    title: 'TLS 1.2, DHE, groups with ffdhe2048',
    about: 'group',
    version: TLS1_2,
    change: { cipher_suites: DHE, named_groups: [29, 23, 0x0100] },
  },
  {
    title: 'TLS 1.2, DHE, no supported_groups',
    about: 'group',
    version: TLS1_2,
    change: { cipher_suites: DHE, named_groups: [] },
  },
  {
    title: 'TLS 1.2, ECDHE, no supported_groups',
    about: 'group',
    version: TLS1_2,
    change: { cipher_suites: ECDHE, named_groups: [] },
  },
  {
    title: 'TLS 1.2, ECDHE, no common group',
    about: 'group',
    version: TLS1_2,
    change: { cipher_suites: ECDHE, named_groups: [1] },
  },
  {
    title: 'TLS 1.3, no common group, no share',
    about: 'group',
    version: TLS1_3,
    change: { named_groups: [0x0022], key_shares: [] },
  },
  {
    title: 'TLS 1.3, no common group, a share of it',
    about: 'group',
    version: TLS1_3,
    change: {
      named_groups: [0x0022],
      key_shares: [{ named_group: 0x0022, key_exchange: new Uint8Array(64).fill(7) }],
    },
  },
  {
    title: 'TLS 1.2, ECDHE, no common scheme',
    about: 'scheme',
    version: TLS1_2,
    change: { cipher_suites: ECDHE, signature_schemes: [0x0302] },
  },
  {
    title: 'TLS 1.3, no common scheme',
    about: 'scheme',
    version: TLS1_3,
    change: { signature_schemes: [0x0302] },
  },
  { title: 'TLS 1.2, 150 suites', about: 'form', version: TLS1_2, change: { cipher_suites: first(150) } },
  { title: 'TLS 1.2, 151 suites', about: 'form', version: TLS1_2, change: { cipher_suites: first(151) } },
  { title: 'TLS 1.2, all suites', about: 'form', version: TLS1_2, change: {} },
  { title: 'TLS 1.2, 10 suites, no name', about: 'form', version: TLS1_2, change: short },
  { title: 'unknown name', about: 'form', version: TLS1_2, change: { ...short, server_name: 'mx.example' } },
  {
    title: 'name with an underscore',
    about: 'form',
    version: TLS1_2,
    change: { ...short, server_name: 'mx_1.test' },
  },
  {
    title: 'name with a dot at its end',
    about: 'form',
    version: TLS1_2,
    change: { ...short, server_name: 'mx.test.' },
  },
  {
    title: 'an address for a name',
    about: 'form',
    version: TLS1_2,
    change: { ...short, server_name: '127.0.0.1' },
  },
  { title: 'TLS 1.3, unknown name', about: 'form', version: TLS1_3, change: { server_name: 'mx.example' } },
  {
    title: 'TLS 1.3, name with an underscore',
    about: 'form',
    version: TLS1_3,
    change: { server_name: 'mx_1.test' },
  },
  {
    title: 'DEFLATE or null',
    about: 'form',
    version: TLS1_2,
    change: { ...short, compression_methods: [1, 0] },
  },
  { title: 'DEFLATE alone', about: 'form', version: TLS1_2, change: { ...short, compression_methods: [1] } },
  {
    title: 'TLS 1.3, DEFLATE or null',
    about: 'form',
    version: TLS1_3,
    change: { compression_methods: [1, 0] },
  },
  {
    title: 'TLS 1.3, share of x25519 with its highest bit set',
    about: 'form',
    version: TLS1_3,
    change: { key_shares: [share(0xff)] },
  },
  {
    title: 'hello version 0x0304, no supported_versions',
    about: 'form',
    version: TLS1_2,
    change: { ...short, hello_version: 0x0304 },
  },
  {
    title: 'an unknown extension',
    about: 'form',
    version: TLS1_2,
    change: { ...short, extensions: [unknown] },
  },
  {
    title: 'an empty extension last',
    about: 'form',
    version: TLS1_0,
    change: { named_groups: [], extensions: [{ type: 35, data: new Uint8Array(0) }] },
  },
  {
    title: 'none of the rare extensions, 10 suites',
    about: 'form',
    version: TLS1_2,
    change: { ...short, extensions: [] },
  },
  {
    title: 'padded into 256 to 511 bytes',
    about: 'form',
    version: TLS1_2,
    change: { ...short, extensions: [padding(230)] },
  },
  {
    title: 'padded to 4,096 bytes',
    about: 'form',
    version: TLS1_2,
    change: { ...short, extensions: [padding(4000)] },
  },
  {
    title: 'padded to 20,000 bytes',
    about: 'form',
    version: TLS1_2,
    change: { ...short, extensions: [padding(19_900)] },
  },
  {
    title: 'TLS 1.1 with TLS_FALLBACK_SCSV',
    about: 'form',
    version: TLS1_1,
    change: { signalling_suites: [0x5600] },
  },
];

/** Asked of a server that knows mx.test alone. */
export const NAMES: readonly Refusal[] = [
  { title: 'TLS 1.2, mx.test', about: 'form', version: TLS1_2, change: { ...short, server_name: 'mx.test' } },
  { title: 'TLS 1.2, no name', about: 'form', version: TLS1_2, change: short },
  {
    title: 'TLS 1.2, other.example',
    about: 'form',
    version: TLS1_2,
    change: { ...short, server_name: 'other.example' },
  },
  { title: 'TLS 1.3, mx.test', about: 'form', version: TLS1_3, change: { server_name: 'mx.test' } },
  { title: 'TLS 1.3, no name', about: 'form', version: TLS1_3, change: {} },
  {
    title: 'TLS 1.3, other.example',
    about: 'form',
    version: TLS1_3,
    change: { server_name: 'other.example' },
  },
];
