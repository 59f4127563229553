/** Ports and addresses: every endpoint once, in the order of addresses, and the weights kept. */
import { describe, expect, test } from 'vitest';
import { addressOf, countBefore, endpointsBefore, PORT_WEIGHTS, population } from './population.ts';

test.each([1, 2, 10, 999, 20_000, 18_381_936])(
  '%i endpoints are divided without a rest, by weight',
  (endpoints) => {
    const { ports } = population(endpoints);
    expect(ports.reduce((sum, port) => sum + port.endpoints, 0)).toBe(endpoints);
    const total = Object.values(PORT_WEIGHTS).reduce((sum, weight) => sum + weight, 0);
    for (const { port, endpoints: count } of ports) {
      expect(Math.abs(count - (endpoints * PORT_WEIGHTS[port]!) / total)).toBeLessThan(1);
    }
  },
);

describe('addresses', () => {
  test('have each endpoint of a port once, and one of the ports at least', () => {
    const people = population(5000);
    let endpoints = 0;
    for (let host = 0; host < people.hosts; host++) {
      expect(endpointsBefore(people, host)).toBe(endpoints);
      const here = people.ports.filter(
        (port) =>
          countBefore(host + 1, port.endpoints, people.hosts) >
          countBefore(host, port.endpoints, people.hosts),
      );
      expect(here.length).toBeGreaterThan(0);
      endpoints += here.length;
    }
    expect(endpoints).toBe(5000);
  });

  test('are private ones, each another', () => {
    const all = [0, 1, 255, 256, 65_536, 2 ** 24 - 1].map(addressOf);
    expect(all).toEqual(['10.0.0.0', '10.0.0.1', '10.0.0.255', '10.0.1.0', '10.1.0.0', '10.255.255.255']);
  });
});
