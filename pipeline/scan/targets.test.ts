import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../base/errors.ts';
import { type Endpoint, endpointsOf, expectedEndpoints } from './endpoints.ts';
import { formatAddress, parseAddress, parseBlock } from './ip-address.ts';
import { realWorld, SCAN_DEFAULTS, type ScanOptions } from './options.ts';
import { reservedBlock } from './reserved-addresses.ts';
import { readTargets } from './targets.ts';

const rules = { source: 'list.txt', allow_reserved: false };
const read = (...lines: string[]) => readTargets(lines, rules);

describe('target lines', () => {
  test('addresses, blocks, names, comments, blank lines, a byte order mark', async () => {
    const targets = await read(
      '\ufeff8.8.8.8 # resolver',
      '',
      '  # nothing',
      '2600::/127',
      'Mail.Example.org.',
      '1.0.0.0/31',
    );
    expect(targets.map((target) => target.text)).toEqual([
      '8.8.8.8',
      '2600::/127',
      'Mail.Example.org.',
      '1.0.0.0/31',
    ]);
    expect(targets.map((target) => target.host)).toEqual([
      undefined,
      undefined,
      'Mail.Example.org.',
      undefined,
    ]);
    expect(expectedEndpoints(targets, [25, 993])).toBe(2 * (1 + 2 + 1 + 2));
  });

  test('CSV: columns by name, others ignored, quotes read', async () => {
    const targets = await read(
      'rank,Host,SADDR,port,connect_port',
      '1,"mx.example.org",8.8.8.8,25,2525',
      '2,a.example,,,',
    );
    expect(targets[0]).toMatchObject({
      text: '8.8.8.8',
      host: 'mx.example.org',
      port: 25,
      connect_port: 2525,
    });
    expect(targets[1]).toMatchObject({
      text: 'a.example',
      host: 'a.example',
      port: undefined,
      block: undefined,
    });
  });

  test.each([
    [['8.8.8.8', '999.1.1.1'], 'list.txt, line 2: .*999.1.1.1'],
    [['8.8.8.0/33'], 'line 1: .*0 to 32 bits'],
    [['8.8.8.8/24'], 'line 1: .*no host bits'],
    [['2600::/64'], 'line 1: .*larger than a /112'],
    [['mail example'], 'line 1: .*no address, CIDR or host name'],
    [['a_b..c'], 'line 1'],
    [['\u001b[31mx'], 'line 1: .*\\\\x1b'],
    [['ip,port', '8.8.8.8,26'], 'line 2: port 26 is no mail port'],
    [['ip,port', '8.8.8.8,x'], "line 2: port 'x' is no port"],
    [['ip,connect_port', '8.8.8.8,2525'], 'line 2: connect_port without port'],
    [['ip,host', 'a.example,b.example'], 'line 2: ip and host are both names'],
    [['ip,host', '8.8.8.8,not a name'], "line 2: 'not a name' is no host name"],
    [['ip,host', '"8.8.8.8,x'], 'line 2: quotes'],
    [
      ['ip', ' ', '10.1.2.3'],
      'line 3: 10.1.2.3 is in 10.0.0.0/8 \\(private use, RFC 1918\\).*--allow-reserved',
    ],
    [['0.0.0.0/0'], 'line 1: .*--allow-reserved'],
    [['# nothing'], 'no targets'],
  ])('%j is refused with file, line and what to do', async (lines, message) => {
    const failure = await read(...lines).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toMatch(new RegExp(message));
    expect((failure as Error).message).not.toContain('\n');
  });

  test('reserved addresses are taken where that is allowed', async () => {
    expect(await readTargets(['127.0.0.1', '::1'], { ...rules, allow_reserved: true })).toHaveLength(2);
  });
});

describe('addresses', () => {
  test('IPv6 goes to numbers and back in the form of RFC 5952', () => {
    const words = fc.array(fc.constantFrom(0, 0, 0, 1, 0xffff, 0x0db8), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(words, (groups) => {
        const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
        const text = formatAddress(6, value);
        expect(parseAddress(text)).toEqual({ family: 6, value });
        expect(text).toBe(new URL(`http://[${text}]`).hostname.slice(1, -1));
      }),
    );
  });

  test('IPv4, and IPv4 inside IPv6', () => {
    expect(parseAddress('255.0.0.1')).toEqual({ family: 4, value: 0xff000001n });
    expect(formatAddress(4, 0xff000001n)).toBe('255.0.0.1');
    expect(parseAddress('::ffff:1.2.3.4')?.value).toBe(0xffff01020304n);
    expect(parseAddress('fe80::1%eth0')).toBeUndefined();
  });

  test.each([
    ['127.8.8.8', 'loopback'],
    ['172.31.255.255', 'private use'],
    ['::1', 'unspecified, loopback and IPv4-compatible'],
    ['::ffff:8.8.8.8', 'IPv4-mapped'],
    ['fd00::1', 'unique local'],
    ['ff02::1', 'multicast'],
    ['172.32.0.0', undefined],
    ['100.128.0.0', undefined],
    ['2600::1', undefined],
  ])('%s is %s', (address, name) => {
    expect(reservedBlock(parseBlock(address)!)?.name).toBe(name);
  });
});

describe('endpoints', () => {
  const found: Record<string, string[]> = {
    'a.example': ['2600::1', '8.8.4.4', '8.8.4.4', '1.1.1.1'],
    'inside.example': ['10.0.0.1', '::ffff:127.0.0.1', '8.8.8.8'],
  };

  async function all(lines: string[], allow_reserved = false) {
    const targets = await readTargets(lines, { source: 'x', allow_reserved });
    const options: ScanOptions = { ...SCAN_DEFAULTS, targets, ports: [25, 993], out: '', allow_reserved };
    const slow = (host: string) => new Promise<void>((done) => setTimeout(done, host.length % 3));
    const resolve = async (host: string) =>
      slow(host).then(() => found[host] ?? Promise.reject(new Error('ENOTFOUND')));
    const endpoints: Endpoint[] = [];
    for await (const one of endpointsOf(options, { ...realWorld(), resolve })) endpoints.push(one);
    return endpoints;
  }

  test('stand in the order of targets, addresses and ports, numbered from 0', async () => {
    const endpoints = await all(['host,ip,port,connect_port', 'a.example,,,', ',8.8.8.0/31,465,4650']);
    expect(
      endpoints.map((one) => `${one.endpoint_id} ${one.ip} ${one.service.port} ${one.connect_port}`),
    ).toEqual([
      ...['0 1.1.1.1 25 25', '1 1.1.1.1 993 993', '2 8.8.4.4 25 25', '3 8.8.4.4 993 993'],
      ...['4 2600::1 25 25', '5 2600::1 993 993', '6 8.8.8.0 465 4650', '7 8.8.8.1 465 4650'],
    ]);
    expect(endpoints[0]).toMatchObject({ host: 'a.example', target: 'a.example', refused: null });
  });

  test('a name that leads to a reserved address, or nowhere, is an endpoint that is not connected to', async () => {
    const endpoints = await all(['inside.example', 'nowhere.example']);
    const told = endpoints
      .filter((one) => one.service.port === 25)
      .map((one) => `${one.ip} ${one.refused?.error_kind}`);
    expect(told).toEqual([
      ...['10.0.0.1 reserved_address', '8.8.8.8 undefined', '::ffff:127.0.0.1 reserved_address'],
      'null name_not_resolved',
    ]);
    expect((await all(['inside.example'], true)).every((one) => one.refused === null)).toBe(true);
  });
});
