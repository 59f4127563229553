import { describe, expect, test } from 'vitest';
import { type Endpoint, endpointsOfSlot } from './endpoints.ts';
import { readExclusion } from './exclusion.ts';
import { readTargets } from './read-targets.ts';
import { ADDRESSES_OF_A_NAME, TargetSpace } from './target-space.ts';

const FOUND: Record<string, string[]> = {
  'a.example': ['2600::1', '8.8.4.4', '8.8.4.4', '1.1.1.1'],
  'inside.example': ['10.0.0.1', '::ffff:127.0.0.1', '8.8.8.8'],
  'many.example': Array.from({ length: 100 }, (_, index) => `9.9.9.${index}`),
  'empty.example': [],
};

async function all(lines: string[], allow_reserved = false, exclude: string[] = []): Promise<Endpoint[]> {
  const list = await readTargets(lines, { source: 'x', allow_reserved });
  const exclusion = await readExclusion([{ source: 'x', lines: () => exclude }]);
  const space = new TargetSpace(list, { ports: [25, 993], allow_reserved, exclusion });
  const resolve = async (host: string) => FOUND[host] ?? Promise.reject(new Error('queryA ESERVFAIL'));
  const slots = Array.from({ length: space.slots }, (_, index) => space.slotAt(index));
  const endpoints = slots.map(
    (slot) => slot && endpointsOfSlot(slot, resolve, { allow_reserved, exclusion }),
  );
  return (await Promise.all(endpoints)).flatMap((each) => each ?? []);
}

const told = ({ endpoint_id, ip, service, connect_port }: Endpoint) =>
  `${endpoint_id} ${ip} ${service.port} ${connect_port}`;

describe('endpoints', () => {
  test('of an address are its ports; of a name, those of all its addresses, sorted', async () => {
    const endpoints = await all(['host,ip,port,connect_port', 'a.example,,,', ',8.8.8.0/31,465,4650']);
    expect(endpoints.map(told)).toEqual([
      ...['0 8.8.8.0 465 4650', '2 8.8.8.1 465 4650'],
      ...['4 1.1.1.1 25 25', '5 1.1.1.1 993 993', '6 8.8.4.4 25 25', '7 8.8.4.4 993 993'],
      ...['8 2600::1 25 25', '9 2600::1 993 993'],
    ]);
    expect(endpoints[2]).toMatchObject({ host: 'a.example', target: 'a.example', refused: null });
  });

  test('of a name are those of 64 addresses at most', async () => {
    const endpoints = await all(['many.example', 'a.example']);
    const numbers = endpoints.map(({ endpoint_id }) => endpoint_id);
    expect(endpoints.filter(({ host }) => host === 'many.example')).toHaveLength(2 * ADDRESSES_OF_A_NAME);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test('are not connected to where a name leads to a reserved or excluded address, or nowhere', async () => {
    const refusals = async (...args: Parameters<typeof all>) =>
      (await all(...args))
        .filter(({ service }) => service.port === 25)
        .map(({ ip, refused }) => `${ip} ${refused?.error_kind}`);
    expect(await refusals(['inside.example', 'nowhere.example', 'empty.example'])).toEqual([
      ...['10.0.0.1 reserved_address', '8.8.8.8 undefined', '::ffff:127.0.0.1 reserved_address'],
      ...['null name_not_resolved', 'null name_not_resolved'],
    ]);
    expect(await refusals(['inside.example'], true, ['127.0.0.0/8', '8.8.8.8'])).toEqual([
      ...['10.0.0.1 undefined', '8.8.8.8 excluded_address', '::ffff:127.0.0.1 excluded_address'],
    ]);
    expect(await refusals(['inside.example'], false, ['example'])).toEqual([]);
  });

  test('say why a name was not resolved', async () => {
    const [failed] = await all(['nowhere.example']);
    const [empty] = await all(['empty.example']);
    expect(failed!.refused!.error_detail).toBe('queryA ESERVFAIL');
    expect(empty!.refused!.error_detail).toBe('no A or AAAA record');
  });
});
