/**
 * How many endpoints each port has and which addresses they stand on. Ports have the weights of the study's counts; an
 * address has its ports spread evenly over all addresses, so that any of them can be told without the ones before.
 */
import { UsageError } from '../base/errors.ts';
import { MAIL_PORTS } from '../formats/ports.ts';

/**
 * TLS endpoints of the pattern files that were published with the study (Mayer and Schmiedecker 2017). They cover four
 * ports; the three with implicit TLS have no count at hand and take that of the same protocol's port with STARTTLS.
 */
export const PORT_WEIGHTS: Readonly<Record<number, number>> = {
  25: 1_221_682,
  110: 2_249_440,
  143: 652_879,
  465: 1_046_817,
  587: 1_046_817,
  993: 652_879,
  995: 2_249_440,
};

/** Whose answers stand in for those of a port that has none of its own. */
export const SAME_SERVICE: Readonly<Record<number, number>> = { 465: 587, 993: 143, 995: 110 };

/** Addresses are those of 10.0.0.0/8 (RFC 1918): nobody's on the Internet. */
const ADDRESSES = 2 ** 24;
const FIRST_OCTET = 10;

/** More would need more addresses than there are. */
export const MOST_ENDPOINTS = 60_000_000;

export interface Population {
  endpoints: number;
  /** Endpoints by port, ports ascending. */
  ports: readonly { port: number; endpoints: number }[];
  /** Addresses: each has one to seven of the ports. */
  hosts: number;
}

/** `endpoints` divided over the ports by weight, largest remainders first. UsageError for a number that can't be. */
export function population(endpoints: number): Population {
  if (!Number.isInteger(endpoints) || endpoints < 1 || endpoints > MOST_ENDPOINTS) {
    throw new UsageError(`--endpoints is ${endpoints}; give a whole number from 1 to ${MOST_ENDPOINTS}`);
  }
  const total = MAIL_PORTS.reduce((sum, { port }) => sum + PORT_WEIGHTS[port]!, 0);
  const shares = MAIL_PORTS.map(({ port }) => ({ port, exact: (endpoints * PORT_WEIGHTS[port]!) / total }));
  const counts = new Map(shares.map(({ port, exact }) => [port, Math.floor(exact)]));
  let left = endpoints - [...counts.values()].reduce((sum, count) => sum + count, 0);
  const byRemainder = [...shares].sort((a, b) => (b.exact % 1) - (a.exact % 1) || a.port - b.port);
  for (const { port } of byRemainder) if (left-- > 0) counts.set(port, counts.get(port)! + 1);
  const ports = [...counts].map(([port, count]) => ({ port, endpoints: count }));
  const hosts = Math.max(...counts.values());
  if (hosts > ADDRESSES) throw new Error('more addresses than 10.0.0.0/8 has');
  return { endpoints, ports, hosts };
}

/** How many endpoints the first `host` addresses have: the number of the first endpoint of the next one. */
export function endpointsBefore({ ports, hosts }: Population, host: number): number {
  return ports.reduce((sum, { endpoints }) => sum + countBefore(host, endpoints, hosts), 0);
}

/** How many of the first `place` of `of` things have one of `count` marks that are spread evenly over all of them. */
export function countBefore(place: number, count: number, of: number): number {
  return Math.floor((place * count) / of);
}

/** The address of a host, dotted. */
export function addressOf(host: number): string {
  return `${FIRST_OCTET}.${host >>> 16}.${(host >>> 8) & 255}.${host & 255}`;
}

/** Its name: `.invalid` is nobody's either (RFC 2606). */
export function hostNameOf(host: number): string {
  return `mx${host}.invalid`;
}
