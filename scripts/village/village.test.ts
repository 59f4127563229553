import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { EndpointSpec } from './endpoint-spec.ts';
import { startVillage, type Village, type VillageEndpoint } from './index.ts';

/** An SSLv3 ClientHello with one suite that nobody has: everyone who speaks TLS has to say something to it. */
const HELLO = Buffer.from(`160300002d0100002903 00${'5a'.repeat(32)}000002fafa0100`.replace(' ', ''), 'hex');
const STARTTLS = { smtp: 'STARTTLS\r\n', pop3: 'STLS\r\n', imap: 'a1 STARTTLS\r\n' };

let village: Village;
let startup_ms: number;

beforeAll(async () => {
  const started = performance.now();
  village = await startVillage();
  startup_ms = performance.now() - started;
});

afterAll(() => village.stop());

const of = (wanted: (one: VillageEndpoint) => boolean) => village.endpoints.filter(wanted);
const behaves = (behaviour: string) =>
  of(({ server }) => server.kind === 'neighbour' && server.behaviour === behaviour);

test('is up in no time', () => {
  // 0.1 s when nothing else runs; the rest is for machines that do other things.
  expect(startup_ms).toBeLessThan(1000);
});

test('targets name every endpoint, in order', () => {
  const lines = village.targetsCsv().trimEnd().split('\n');
  expect(lines[0]).toBe('ip,port,connect_port');
  expect(lines.slice(1)).toEqual(
    village.endpoints.map(({ port, connect_port }) => `127.0.0.1,${port},${connect_port}`),
  );
});

describe('each endpoint speaks', () => {
  test('who offers STARTTLS starts it', async () => {
    const willing = of(
      ({ tls_mode, dialogue, server }) =>
        tls_mode === 'starttls' && dialogue.starttls === 'accepted' && server.kind !== 'neighbour',
    );
    expect(willing.length).toBeGreaterThan(15);
    const heard = await Promise.all(willing.map((one) => talk(one, [STARTTLS[one.protocol]])));
    for (const [index, { text }] of heard.entries()) {
      const { dialogue, what } = willing[index]!;
      expect(text.split('\r\n')[0], what).toContain(dialogue.banner);
      expect(text.split('\r\n')[1], what).toMatch(/^(220 |\+OK |a1 OK )/);
    }
  });

  test('who speaks TLS answers a hello', async () => {
    const speaking = of(({ server }) => server.kind !== 'neighbour');
    const heard = await Promise.all(speaking.map((one) => talk(one, tlsStart(one))));
    for (const [index, { tail, ended }] of heard.entries()) {
      const { server, what } = speaking[index]!;
      const closes = server.kind === 'legacy' && server.when_unsupported === 'close';
      // An SSLv3 or TLS alert, or the end of the connection where that is how it refuses.
      if (!tail.startsWith('1503'))
        expect({ tail, ended, closes }, what).toMatchObject({ tail: '', closes: true });
    }
  });

  test('who is closed refuses connections', async () => {
    for (const one of behaves('refused_connection')) expect((await talk(one, [])).error).toBe('ECONNREFUSED');
    expect(behaves('refused_connection')).toHaveLength(2);
  });

  test('who is silent says nothing', async () => {
    const heard = await talk(behaves('silent')[0]!, []);
    expect(heard).toMatchObject({ text: '', ended: false });
  });

  test('who is garbled is', async () => {
    for (const one of [...behaves('garbage_greeting'), ...behaves('garbage_tls')]) {
      const { text, ended } = await talk(one, one.tls_mode === 'implicit' ? [HELLO] : []);
      expect(text).toContain('not a mail server');
      expect(ended).toBe(true);
    }
  });

  test('who resets does so after part of a ServerHello', async () => {
    for (const one of behaves('reset_mid_flight')) {
      const { tail, error } = await talk(one, tlsStart(one));
      expect(tail).toMatch(/^160303004a02000046/);
      expect(tail).toHaveLength(40);
      expect(error).toBe('ECONNRESET');
    }
  });

  test('who refuses all does so with an alert', async () => {
    const { tail, ended } = await talk(behaves('alert_always')[0]!, [HELLO]);
    expect([tail, ended]).toEqual(['15030100020228', true]);
  });

  test('who sends away, refuses STARTTLS or has none, says so', async () => {
    const heard = await Promise.all(behaves('no_tls').map((one) => talk(one, [STARTTLS[one.protocol]])));
    for (const [index, { text }] of heard.entries()) {
      const one = behaves('no_tls')[index]!;
      const expected = one.dialogue.greeting_code === 421 ? /^421 / : /\r\n(454|502|-ERR|a1 NO|a1 BAD) ?/;
      expect(text, one.what).toMatch(expected);
    }
    expect(behaves('no_tls').length).toBeGreaterThanOrEqual(7);
  });

  test('who is hostile sends its bytes as they are', async () => {
    const [hostile] = of(({ what }) => what.startsWith('Hostile'));
    const { text } = await talk(hostile!, []);
    expect(text).toContain('<script>alert(1)</script> \u001b[2J');
  });

  test('who is slow is slow once', async () => {
    const [slow] = of(({ dialogue }) => (dialogue.greeting_delay_ms ?? 0) > 0);
    const fresh = await startVillage([slow as EndpointSpec]);
    const times = [];
    for (let round = 0; round < 2; round++) {
      const started = performance.now();
      await talk(fresh.endpoints[0]!, [], true);
      times.push(performance.now() - started);
    }
    await fresh.stop();
    expect(times[0]).toBeGreaterThan(950);
    expect(times[1]).toBeLessThan(times[0]!);
  });
});

test('stops with connections open, and leaves nobody behind', async () => {
  const before = handles();
  const short = await startVillage();
  expect(handles()).toBeGreaterThan(before + 50);
  const listening = short.endpoints.filter(({ connect_port }) => connect_port >= 1024);
  const open = listening.map((one) => talk(one, []));
  await Promise.all(open.slice(0, 1));
  await short.stop();
  await Promise.all(open);
  await expect.poll(handles).toBeLessThanOrEqual(before);
});

describe('npm run village', () => {
  const folder = temporaryFolder('village-main');

  test('writes the targets, tells who lives there, ends after its seconds', async () => {
    const file = join(folder, 'targets.csv');
    const { code, out } = await run(['--targets', file, '--seconds', '0']);
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(village.endpoints.length);
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(village.endpoints.length + 2);
  });

  test('says what is wrong in one line', async () => {
    for (const words of [
      ['--second', '1'],
      ['--seconds', 'x'],
      ['--targets', '/nowhere/t.csv'],
    ]) {
      const { code, err } = await run(words);
      expect(code).toBe(2);
      expect(err).toMatch(/^village: [^\n]+\n$/);
    }
  });
});

/** How many listeners and connections this process has. */
function handles(): number {
  return process.getActiveResourcesInfo().filter((name) => /^TCP.*Wrap$/.test(name)).length;
}

function tlsStart(one: VillageEndpoint): (string | Buffer)[] {
  return one.tls_mode === 'implicit' ? [HELLO] : [STARTTLS[one.protocol], HELLO];
}

interface Heard {
  text: string;
  /** Hexadecimal, what came after the last thing that was said. */
  tail: string;
  ended: boolean;
  error: string | undefined;
}

/** Long enough on loopback to hear what comes without being asked for. */
const QUIET_MS = 300;

/** Says each line once something was heard (the first at once on implicit ports), and listens. */
function talk(one: VillageEndpoint, lines: readonly (string | Buffer)[], first = false): Promise<Heard> {
  return new Promise((resolve) => {
    const heard: Heard = { text: '', tail: '', ended: false, error: undefined };
    const left = [...lines];
    const socket = connect(one.connect_port, one.ip);
    let quiet = setTimeout(() => socket.destroy(), QUIET_MS + (one.dialogue.greeting_delay_ms ?? 0));
    const say = () => {
      const line = left.shift();
      if (line === undefined) return;
      heard.tail = '';
      socket.write(line);
    };
    if (one.tls_mode === 'implicit') socket.once('connect', say);
    socket.on('data', (chunk) => {
      heard.text += chunk.toString();
      heard.tail += chunk.toString('hex');
      say();
      clearTimeout(quiet);
      quiet = setTimeout(() => socket.destroy(), first ? 0 : QUIET_MS);
    });
    socket.once('end', () => {
      heard.ended = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      heard.error = error.code;
    });
    socket.once('close', () => {
      clearTimeout(quiet);
      resolve(heard);
    });
  });
}

function run(words: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const main = join(import.meta.dirname, 'main.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...words], { stdio: 'pipe' });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.once('close', (code) => resolve({ code, out, err }));
  });
}
