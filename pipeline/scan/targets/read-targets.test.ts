import { describe, expect, test } from 'vitest';
import { UsageError } from '../../base/errors.ts';
import { readTargets } from './read-targets.ts';
import type { TargetList } from './target-list.ts';
import { TargetSpace } from './target-space.ts';

const rules = { source: 'list.txt', allow_reserved: false };
const read = (...lines: string[]) => readTargets(lines, rules);

/** The slots of a list as text: what is connected to, under which name, on which ports. */
function told(list: TargetList): string[] {
  const space = new TargetSpace(list, { ports: [25, 993], allow_reserved: true });
  return Array.from({ length: space.slots }, (_, index) => {
    const { host, ip, ports } = space.slotAt(index)!;
    const all = ports.map(({ port, connect_port }) =>
      port === connect_port ? port : `${port}@${connect_port}`,
    );
    return `${[host, ip].filter((part) => part !== null).join(' ')} ${all.join(',')}`;
  });
}

describe('lines', () => {
  test('addresses, blocks, names, comments, blank lines, a byte order mark', async () => {
    const list = await read(
      '\ufeff8.8.8.8 # resolver',
      '',
      '  # nothing',
      '[2600::1]',
      '2600::2/127',
      'Mail.Example.org.',
      '1.0.0.0/31',
    );
    expect(told(list)).toEqual([
      ...['8.8.8.8 25,993', '2600::1 25,993', '2600::2 25,993', '2600::3 25,993'],
      ...['1.0.0.0 25,993', '1.0.0.1 25,993', 'Mail.Example.org. 25,993'],
    ]);
    const texts = Array.from({ length: list.length }, (_, index) => list.textAt(index));
    expect(texts).toEqual(['8.8.8.8', '[2600::1]', '2600::2/127', 'Mail.Example.org.', '1.0.0.0/31']);
  });

  test('several sources make one list, each with its own header', async () => {
    const list = await readTargets(['ip,port', '8.8.8.8,25'], rules);
    await readTargets(['8.8.4.4'], { ...rules, source: 'more.txt' }, list);
    await readTargets(['saddr', '1.1.1.1'], rules, list);
    expect(told(list)).toEqual(['8.8.8.8 25', '8.8.4.4 25,993', '1.1.1.1 25,993']);
  });

  test('reserved addresses are taken where that is allowed, or where they are only part of a block', async () => {
    const allowed = await readTargets(['127.0.0.1', '::1'], { ...rules, allow_reserved: true });
    expect(told(allowed)).toEqual(['127.0.0.1 25,993', '::1 25,993']);
    expect((await read('0.0.0.0/0')).length).toBe(1);
  });
});

describe('CSV', () => {
  test('columns by name, others ignored, quotes read', async () => {
    const list = await read(
      'rank,Host,IP,port,connect_port',
      '1,"mx.example.org",8.8.8.8,25,2525',
      '2,a.example,,,',
      '3,,2600::1,465,',
    );
    expect(told(list)).toEqual(['mx.example.org 8.8.8.8 25@2525', '2600::1 465', 'a.example 25,993']);
  });

  test("zmap's fields: the server's port is sport; closed ports and those without mail are left out", async () => {
    const list = await read(
      'saddr, daddr, sport, dport, classification, success',
      '8.8.8.8,192.0.2.1,25,47821,synack,1',
      '8.8.8.8,192.0.2.1,587,47821,synack,1',
      '8.8.4.4,192.0.2.1,443,39292,synack,1',
      '1.1.1.1,192.0.2.1,25,39292,rst,0',
      '9.9.9.9,192.0.2.1,,,icmp,0',
    );
    expect(told(list)).toEqual(['8.8.8.8 25,587']);
    expect(list.skipped).toEqual({ no_mail_port: 1, not_open: 2, broken_off: 0 });
  });

  test('zmap without sport tells addresses', async () => {
    expect(told(await read('saddr,daddr', '8.8.8.8,192.0.2.1'))).toEqual(['8.8.8.8 25,993']);
    expect(told(await read('8.8.8.8', '8.8.4.4'))).toEqual(['8.8.8.8 25,993', '8.8.4.4 25,993']);
  });

  test('zmap of several ports without a header row', async () => {
    const list = await read('8.8.8.8,25', '8.8.8.8,80', '2600::1, 993');
    expect(told(list)).toEqual(['8.8.8.8 25', '2600::1 993']);
    expect(list.skipped.no_mail_port).toBe(1);
  });
});

describe('masscan', () => {
  const found = ['1.2.3.4 25,143', '2600::1 993'];
  const skipped = { no_mail_port: 1, not_open: 1, broken_off: 0 };
  const record = (ip: string, port: number, status = 'open', proto = 'tcp') =>
    `{   "ip": "${ip}",   "timestamp": "1447000000", "ports": [ {"port": ${port}, "proto": "${proto}", ` +
    `"status": "${status}", "reason": "syn-ack", "ttl": 48} ] }`;
  const all = [
    record('1.2.3.4', 25),
    record('1.2.3.4', 80),
    record('1.2.3.4', 143),
    record('1.2.3.4', 110, 'closed'),
    '{   "ip": "1.2.3.4",   "timestamp": "1447000001", "ports": [ {"port": 25, "proto": "tcp", "service": ' +
      '{"name": "smtp", "banner": "220 # {mx}, ready"} } ] }',
    record('2600::1', 993),
  ];

  test.each([
    ['commas on their own lines', ['[', ...all.flatMap((one) => [one, ',']).slice(0, -1), ']']],
    ['commas at line ends', ['[', ...all.map((one) => `${one},`), '{finished: 1}', ']']],
    ['the last comma and the end in one', ['[', ...all.map((one) => `${one},`), '{finished: 1}]']],
    ['no end', ['[', ...all.map((one) => `${one},`)]],
    ['one line', [`[${all.join(',')}]`]],
    ['no array', all],
  ])('-oJ with %s', async (_, lines) => {
    const list = await read(...lines);
    expect(told(list)).toEqual(found);
    expect(list.skipped).toEqual(skipped);
  });

  test('-oJ of the first versions, whose keys have no quotes', async () => {
    const list = await read(
      '{   ip: "1.2.3.4",   ports: [ {port: 25, proto: "tcp", status: "open", reason: "syn-ack", ttl: 48} ] },',
      '{   ip: "1.2.3.4",   ports: [ {port: 25, proto: "tcp", service: {name: "smtp", banner: "220 a"} } ] },',
      '{finished: 1}',
    );
    expect(told(list)).toEqual(['1.2.3.4 25']);
  });

  test('-oJ that broke off within a record: what is whole is taken, and the loss is counted', async () => {
    const whole = record('2600::1', 993);
    for (let length = 1; length < whole.length; length++) {
      const list = await read('[', `${record('1.2.3.4', 25)},`, whole.slice(0, length));
      expect(told(list)).toEqual(['1.2.3.4 25']);
      expect(list.skipped.broken_off).toBe(1);
    }
  });

  test('-oD', async () => {
    const line = (ip: string, port: number, proto: string, rest: string) =>
      `{"ip":"${ip}","timestamp":"1447000000","port":${port},"proto":"${proto}",${rest}}`;
    const open = '"rec_type":"status","data":{"status":"open","reason":"syn-ack","ttl":48}';
    const list = await read(
      line('1.2.3.4', 25, 'tcp', open),
      line('1.2.3.4', 80, 'tcp', open),
      line('1.2.3.4', 143, 'tcp', open),
      line('1.2.3.4', 993, 'udp', open),
      line('1.2.3.4', 25, 'tcp', '"rec_type":"banner","data":{"service_name":"smtp","banner":"220 a"}'),
      line('2600::1', 993, 'tcp', open),
    );
    expect(told(list)).toEqual(found);
    expect(list.skipped).toEqual(skipped);
  });

  test('-oL', async () => {
    const list = await read(
      '#masscan',
      'open tcp 25 1.2.3.4 1447000000',
      'open tcp 80 1.2.3.4 1447000000',
      'open tcp 143 1.2.3.4 1447000000',
      'closed tcp 110 1.2.3.4 1447000000',
      'banner tcp 25 1.2.3.4 1447000000 smtp 220 mx # {ready}',
      'open tcp 993 2600::1 1447000000',
      '# end',
    );
    expect(told(list)).toEqual(found);
    expect(list.skipped).toEqual(skipped);
  });

  test('what it prints', async () => {
    const list = await read(
      'Discovered open port 25/tcp on 1.2.3.4                                         ',
      'Discovered open port 993/tcp on 2600::1',
      'Discovered open port 80/tcp on 1.2.3.4',
    );
    expect(told(list)).toEqual(['1.2.3.4 25', '2600::1 993']);
    expect(list.skipped.no_mail_port).toBe(1);
  });
});

test.each([
  [['8.8.8.8', '999.1.1.1'], 'list.txt, line 2: .*999.1.1.1'],
  [['8.8.8.0/33'], 'line 1: .*0 to 32 bits'],
  [['8.8.8.8/24'], 'line 1: .*no host bits'],
  [['8.8.8.8-8.8.8.9'], 'line 1: .*no address'],
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
  [['224.0.0.0/3'], 'line 1: .*multicast.*--allow-reserved'],
  [['fe80::/112'], 'line 1: .*link local.*--allow-reserved'],
  [['saddr,sport', '8.8.8.8,0'], "line 2: sport '0' is no port"],
  [['saddr,sport', 'a.example,25'], "line 2: 'a.example' is no address"],
  [['open tcp 25 1.2.3 1447'], "line 1: '1.2.3' is no address"],
  [['open tcp 0 1.2.3.4 1447'], 'line 1: 0 is no port'],
  [['open tcp 25 10.2.3.4 1447'], 'line 1: 10.2.3.4 is in 10.0.0.0/8'],
  [['[', '{"ip": "1.2.3.4", "po', ']'], 'line 2: this object is not whole'],
  [['{"ip": "1.2.3.4"}'], 'line 1: this object is none of masscan'],
  [['{"saddr": "1.2.3.4"}', '1.1.1.1'], 'line 1: this object is none of masscan'],
  [['{', '"ip": "1.2.3.4"', '}'], 'line 1: this object is not whole'],
  [['open tcp 80 1.2.3.4 1447'], 'list.txt: no targets, all open ports in it are none of 25, 110'],
  [['# nothing'], 'no targets'],
])('%j is refused with file, line and what to do', async (lines, message) => {
  const failure = await read(...lines).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).toMatch(new RegExp(message));
  expect((failure as Error).message).not.toContain('\n');
});
