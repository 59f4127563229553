/** The fingerprint: its hellos byte by byte, the same for the same server, another one for another; never made from an error. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, TLSSocket, type TlsOptions } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { flightOf, messageOf, serverHelloOf } from '../../../scripts/testing/wire.ts';
import { packageRoot } from '../../base/package-root.ts';
import { SERVER_HELLO_DONE } from '../../tls/handshake-types.ts';
import { writeHello } from '../../tls/index.ts';
import type { ServerFlight } from '../../tls/server-flight.ts';
import { local, scanOne } from '../testing/scan-local.ts';
import { mailServer, withServer } from '../testing/servers.ts';
import { answerText } from './fingerprint.ts';
import { fingerprintHellos } from './fingerprint-hellos.ts';
import { type Hello, identity, rsaServer, scanned, scripted } from './probed.fixture.ts';

const PROBES = ['fingerprint'];
/** The probe needs one accepted hello to go by. */
const FEW = {
  suites: new Map([
    [0x0303, [0x002f, 0xc02f, 0xc02b]],
    [0x0304, [0x1301]],
  ]),
};

describe('the hellos', () => {
  const page = readFileSync(join(packageRoot, 'docs/fingerprint.md'), 'utf8');
  const hellos = fingerprintHellos((length) => new Uint8Array(length)).map(([name, question]) => {
    const { server_name: _none, ...asked } = question;
    return [name, writeHello({ ...asked, random: new Uint8Array(32) })] as const;
  });

  test.each(hellos)('%s stands in docs/fingerprint.md, byte by byte', (name, bytes) => {
    const hex = Buffer.from(bytes).toString('hex');
    const lines = hex.match(/.{1,96}/g)!.join('\n');
    expect(page).toContain(`\n\`${name}\`, ${bytes.length} bytes`);
    expect(page).toContain(`\n\`\`\`text\n${lines}\n\`\`\`\n`);
  });

  test('are ten, all different', () => {
    expect(new Set(hellos.map(([, bytes]) => createHash('sha256').update(bytes).digest('hex'))).size).toBe(
      10,
    );
  });
});

const CONFIGURATIONS: Record<string, TlsOptions> = {
  default: {},
  'another order of suites': { ciphers: 'AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256' },
  'by the order of clients': { honorCipherOrder: false },
  'TLS 1.2 at most': { maxVersion: 'TLSv1.2' },
  'TLS 1.3 at least': { minVersion: 'TLSv1.3' },
  'old versions': { minVersion: 'TLSv1' },
  'finite fields': { dhparam: 'auto' },
  'another curve': { ecdhCurve: 'P-384' },
  'another key': identity('ec-p384'),
};

describe("Node's TLS stack", () => {
  test('differs by configuration, and by nothing else', async () => {
    const seen = new Map<string, string>();
    for (const [name, options] of Object.entries(CONFIGURATIONS)) {
      const runs = await withServer(rsaServer(options), async ({ port }) => {
        const hosts = [undefined, 'mx.example.org', undefined];
        return Promise.all(hosts.map((host) => scanOne(local(993, port, host), { ...FEW, probes: PROBES })));
      });
      const prints = runs.map(({ facts }) => facts.fingerprint);
      expect(prints[0], name).not.toBeNull();
      expect(prints, name).toEqual([prints[0], prints[0], prints[0]]);
      const { sha256, answers } = prints[0]!;
      expect(createHash('sha256').update(answers).digest('hex')).toBe(sha256);
      expect(seen.get(sha256), `${name}: ${answers}`).toBeUndefined();
      seen.set(sha256, name);
    }
  });

  test('has the same behind STARTTLS', async () => {
    const bare = await scanned(rsaServer({ maxVersion: 'TLSv1.2' }), PROBES, FEW);
    const context = { ...identity('dovecot-localhost'), ciphers: 'DEFAULT:@SECLEVEL=0' };
    const replies = { STLS: '+OK go\r\n', CAPA: '+OK\r\nSTLS\r\n.\r\n', QUIT: '+OK\r\n' };
    const starting = mailServer('+OK ready\r\n', replies, (socket) => {
      const secureContext = createSecureContext({
        ...context,
        maxVersion: 'TLSv1.2',
        honorCipherOrder: true,
      });
      const secured = new TLSSocket(socket, { isServer: true, secureContext });
      secured.on('error', () => secured.destroy());
    });
    const behind = await withServer(starting, ({ port }) =>
      scanOne(local(110, port), { ...FEW, probes: PROBES }),
    );
    expect(bare.facts.fingerprint).not.toBeNull();
    expect(behind.facts.fingerprint).toEqual(bare.facts.fingerprint);
  });
});

describe('a server from a script', () => {
  const flight = flightOf(serverHelloOf({ cipher_suite: 0x002f }), messageOf(SERVER_HELLO_DONE));
  const nonsense = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
  const isModern = ({ cipher_suites }: Hello) => cipher_suites[0] === 0xc02b && cipher_suites.length > 20;
  const printOf = async (answer: (hello: Hello) => Uint8Array | null) => {
    const server = scripted((hello) => (hello.cipher_suites.includes(0x002f) ? answer(hello) : null));
    return (await scanned(server, PROBES, { suites: new Map([[0x0303, [0x002f]]]) })).facts.fingerprint;
  };

  test('that fails once has the same as one that does not', async () => {
    let failed = 0;
    const steady = await printOf(() => flight);
    const shaky = await printOf((hello) => (isModern(hello) && failed++ === 0 ? nonsense : flight));
    expect(failed).toBeGreaterThan(1);
    expect(steady!.answers).toMatch(/^1\|0303,002f,0,,,,\|/);
    expect(shaky).toEqual(steady);
  });

  test('that never answers one of them has none', async () => {
    expect(await printOf((hello) => (isModern(hello) ? nonsense : flight))).toBeNull();
  });

  test('whose flight breaks off has none, but for an alert', async () => {
    const hello = flightOf(serverHelloOf({ cipher_suite: 0x002f }));
    expect(await printOf((one) => (isModern(one) ? hello : flight))).toBeNull();
    const alert = Buffer.concat([hello, Buffer.from('15030300020250', 'hex')]);
    const print = await printOf((one) => (isModern(one) ? alert : flight));
    expect(print!.answers).toMatch(/^1\|0303,002f,0,,,,alert 80\|/);
  });

  test('that closes without a word says so by that', async () => {
    const print = await printOf((one) => (isModern(one) ? new Uint8Array(0) : flight));
    expect(print!.answers).toMatch(/^1\|silent\|/);
  });

  test('that sends many extensions has a short text all the same', () => {
    const extensions = Array.from({ length: 5000 }, (_, type) => ({
      type: 65_535 - type,
      data: new Uint8Array(0),
    }));
    const huge = { version: 0xffff, cipher_suite: 0xffff, compression_method: 255, extensions } as unknown;
    const text = answerText({
      ...(huge as ServerFlight),
      kind: 'server_hello',
      ephemeral_key: {
        kind: 'dh',
        prime: new Uint8Array(65_535).fill(255),
        generator: NONE,
        public_value: NONE,
      },
      selected_group: null,
      signature_scheme: 0xffff,
      complete: true,
      broken_by: null,
    });
    expect(text!.length * 10 + 20).toBeLessThan(4096);
  });
});

const NONE = new Uint8Array(0);
