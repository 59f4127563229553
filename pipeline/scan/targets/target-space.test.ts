import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBlock } from '../../base/ip-address.ts';
import { readExclusion } from './exclusion.ts';
import { hostKey } from './host-name.ts';
import { permutation } from './permutation.ts';
import { readTargets } from './read-targets.ts';
import { shardPosition, shardSize } from './shard.ts';
import { type Target, TargetList } from './target-list.ts';
import { ADDRESSES_OF_A_NAME, type Slot, TargetSpace } from './target-space.ts';

const PORTS = [25, 993];

async function spaceOf(
  lines: string[],
  exclude: string[] = [],
  allow_reserved = false,
): Promise<TargetSpace> {
  const list = await readTargets(lines, { source: 'x', allow_reserved });
  const exclusion = await readExclusion([{ source: 'x', lines: () => exclude }]);
  return new TargetSpace(list, { ports: PORTS, allow_reserved, exclusion });
}

function slotsOf(space: TargetSpace): (Slot | null)[] {
  return Array.from({ length: space.slots }, (_, index) => space.slotAt(index));
}

const placeOf = (slot: Slot | null) => slot && `${slot.target}: ${slot.ip ?? slot.host}`;

describe('slots', () => {
  test('addresses, then names, each in the order of the input, with room for all ports', async () => {
    const slots = slotsOf(await spaceOf(['a.example', '8.8.8.0/31', 'b.example', '2600::1']));
    expect(slots.map(placeOf)).toEqual([
      ...['8.8.8.0/31: 8.8.8.0', '8.8.8.0/31: 8.8.8.1', '2600::1: 2600::1'],
      ...['a.example: a.example', 'b.example: b.example'],
    ]);
    expect(slots.map((slot) => slot!.first_endpoint_id)).toEqual([0, 2, 4, 6, 6 + 2 * ADDRESSES_OF_A_NAME]);
    expect(slots.map((slot) => slot!.index)).toEqual([0, 1, 2, 3, 4]);
  });

  test('what is given twice, or in two blocks, has one slot: at the first place, with the ports of both', async () => {
    const csv = [
      'ip,host,port,connect_port',
      '8.8.8.1,,25,',
      '8.8.8.0/30,,,',
      '8.8.8.2,,465,4650',
      '8.8.8.0/29,,993,',
      '8.8.8.1,mx.example,,',
      ',MX.example.,,',
      '8.8.8.1,Mx.Example.,110,',
      ',mx.example,25,',
    ];
    const slots = slotsOf(await spaceOf(csv));
    expect(slots.map((slot) => `${placeOf(slot)} ${portsOf(slot!)}`)).toEqual([
      '8.8.8.1: 8.8.8.1 25,993',
      '8.8.8.0/30: 8.8.8.0 25,993',
      '8.8.8.0/30: 8.8.8.2 25,993,465@4650',
      '8.8.8.0/30: 8.8.8.3 25,993',
      ...[4, 5, 6, 7].map((last) => `8.8.8.0/29: 8.8.8.${last} 993`),
      '8.8.8.1: 8.8.8.1 25,993,110',
      'MX.example.: mx.example 25,993',
    ]);
  });

  test('a /0 is one entry of 2^32 slots', async () => {
    const space = await spaceOf(['8.8.8.8', '0.0.0.0/0', '8.8.4.4']);
    expect(space.slots).toBe(2 ** 32);
    expect(placeOf(space.slotAt(0))).toBe('8.8.8.8: 8.8.8.8');
    expect(placeOf(space.slotAt(2 ** 32 - 1))).toBeNull();
    expect(placeOf(space.slotAt(0x01020305))).toBe('0.0.0.0/0: 1.2.3.4');
    expect(placeOf(space.slotAt(0x08080808))).toBe('0.0.0.0/0: 8.8.8.7');
    expect(placeOf(space.slotAt(0x08080809))).toBe('0.0.0.0/0: 8.8.8.9');
    expect(space.slotAt(0x08080809)!.first_endpoint_id).toBe(2 * 0x08080809);
    expect(space.reservedCount).toBe(RESERVED_IPV4);
    expect(space.expectedEndpoints()).toBe(2 * (2 ** 32 - RESERVED_IPV4));
    for (const outside of [-1, 2 ** 32, 0.5]) expect(() => space.slotAt(outside)).toThrow(RangeError);
  });

  test('have one digest for the same targets and ports, whatever is excluded', async () => {
    const lines = ['8.8.8.0/31', '2600::1', 'a.example'];
    const digest = (await spaceOf(lines)).sha256();
    expect((await spaceOf([...lines, '8.8.8.1', 'A.example.'], ['2600::1'])).sha256()).toBe(digest);
    for (const other of [lines.slice(1), [...lines, '1.1.1.1'], ['8.8.8.0/31', '2600::2', 'a.example']])
      expect((await spaceOf(other)).sha256()).not.toBe(digest);
  });
});

describe('exclusion', () => {
  test('takes slots away, counts them, and leaves all numbers as they were', async () => {
    const lines = ['8.8.8.0/30', '2600::/126', 'a.example', 'mx.b.example', '1.1.1.1'];
    const exclude = ['8.8.8.2/31', '2600::1', 'b.example', '9.9.9.9'];
    const [all, some] = [slotsOf(await spaceOf(lines)), await spaceOf(lines, exclude)];
    const left = slotsOf(some);
    const gone = [2, 3, 5, 10];
    expect(left).toEqual(all.map((slot, index) => (gone.includes(index) ? null : slot)));
    expect([some.excludedCount, some.reservedCount]).toEqual([4, 0]);
    expect(some.expectedEndpoints()).toBe(2 * (all.length - 4));
  });

  test('reserved ranges inside a block are skipped and counted, excluded ones once', async () => {
    const space = await spaceOf(['192.0.0.0/22'], ['192.0.2.0/25', '192.0.3.0/24']);
    expect([space.slots, space.excludedCount, space.reservedCount]).toEqual([1024, 128 + 256, 256 + 128]);
    expect(
      slotsOf(space)
        .filter((slot) => slot !== null)
        .map((slot) => slot.ip),
    ).toEqual(Array.from({ length: 256 }, (_, host) => `192.0.1.${host}`));
    const allowed = await spaceOf(['192.0.0.0/22'], ['192.0.3.0/24'], true);
    expect([allowed.excludedCount, allowed.reservedCount]).toEqual([256, 0]);
  });

  test('an excluded IPv4 address is not reached through IPv6 either', async () => {
    const space = await spaceOf(['::ffff:8.8.8.0/126', '8.8.8.0/30'], ['8.8.8.1'], true);
    expect(slotsOf(space).map((slot) => slot === null)).toEqual([0, 1, 0, 0, 0, 1, 0, 0].map(Boolean));
    expect(space.excludedCount).toBe(2);
  });
});

/** Few addresses in blocks of all sizes, so that they meet. */
const entry = fc
  .record({
    family: fc.constantFrom(4, 6, undefined),
    offset: fc.nat(31),
    sizeBits: fc.oneof(fc.constant(0), fc.nat(5)),
    host: fc.constantFrom(undefined, 'a.example', 'A.example.', 'b.example'),
    port: fc.constantFrom(undefined, { port: 25, connect_port: 25 }, { port: 993, connect_port: 9930 }),
  })
  .map(({ family, offset, sizeBits, host, port }): Target => {
    if (family === undefined) return { text: host ?? 'c.example', host: host ?? 'c.example', port };
    const first = (offset >> sizeBits) << sizeBits;
    const cidr =
      family === 4 ? `8.8.8.${first}/${32 - sizeBits}` : `2600::${first.toString(16)}/${128 - sizeBits}`;
    return { text: cidr, block: parseBlock(cidr)!, host, port };
  });

describe('any list of targets', () => {
  const build = (targets: Target[]) => {
    const list = new TargetList();
    for (const target of targets) list.add(target);
    return new TargetSpace(list, { ports: PORTS, allow_reserved: false });
  };

  test('has the slots that a map of all its addresses would have', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (targets) => {
        const space = build(targets);
        const found = new Map(slotsOf(space).map((slot) => [keyOf(slot!.host, slot!.ip), slot!]));
        const expected = everyAddress(targets);
        expect(found.size).toBe(space.slots);
        expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
        for (const [key, { first, ports }] of expected) {
          expect(found.get(key)!.target).toBe(first);
          expect(new Set(portsOf(found.get(key)!).split(','))).toEqual(ports);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('gives each endpoint a number of its own, in whatever order and shard it is reached', () => {
    const seed = '5eed'.repeat(8);
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (targets, of) => {
        const [space, again] = [build(targets), build(targets)];
        const order = permutation(space.slots, seed);
        const numbers = new Set<number>();
        let endpoints = 0;
        for (let index = 1; index <= of; index++) {
          for (let place = 0; place < shardSize(space.slots, { index, of }); place++) {
            const slot = space.slotAt(order.at(shardPosition(place, { index, of })))!;
            expect(again.slotAt(slot.index)).toEqual(slot);
            for (const id of endpointIds(slot)) numbers.add(id);
            endpoints += endpointIds(slot).length;
          }
        }
        expect(numbers.size).toBe(endpoints);
        expect([...numbers].every((id) => Number.isSafeInteger(id) && id >= 0)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

/** All numbers that the endpoints of a slot may have. */
function endpointIds({ ip, ports, first_endpoint_id }: Slot): number[] {
  const addresses = ip === null ? ADDRESSES_OF_A_NAME : 1;
  return Array.from({ length: addresses * ports.length }, (_, index) => first_endpoint_id + index);
}

function everyAddress(targets: Target[]): Map<string, { first: string; ports: Set<string> }> {
  const all = new Map<string, { first: string; ports: Set<string> }>();
  for (const { text, block, host, port } of targets) {
    for (const ip of block ? addressesOf(block) : [null]) {
      const key = keyOf(host ?? null, ip);
      const one = all.get(key) ?? { first: text, ports: new Set<string>() };
      for (const each of port ? [port] : PORTS.map((own) => ({ port: own, connect_port: own })))
        one.ports.add(portText(each));
      all.set(key, one);
    }
  }
  return all;
}

function addressesOf({ family, first, last }: NonNullable<Target['block']>): string[] {
  const low = Array.from({ length: Number(last - first) + 1 }, (_, index) => Number(first & 0xffn) + index);
  if (family === 4) return low.map((host) => `8.8.8.${host}`);
  return low.map((host) => (host === 0 ? '2600::' : `2600::${host.toString(16)}`));
}

function keyOf(host: string | null, ip: string | null): string {
  return `${host === null ? '' : hostKey(host)} ${ip}`;
}

function portsOf({ ports }: Slot): string {
  return ports.map(portText).join(',');
}

function portText({ port, connect_port }: Slot['ports'][number]): string {
  return port === connect_port ? `${port}` : `${port}@${connect_port}`;
}

/** Addresses of the IPv4 registry: blocks of /8, /10, /12, /16 and so on, none of which overlap. */
const RESERVED_IPV4 = 3 * 2 ** 24 + 2 ** 22 + 2 ** 20 + 2 * 2 ** 16 + 2 ** 17 + 8 * 2 ** 8 + 2 * 2 ** 28;
