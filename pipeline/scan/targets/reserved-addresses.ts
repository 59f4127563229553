/**
 * Addresses that are not for a census: the IANA special-purpose registries of IPv4 and IPv6 (RFC 6890 and updates, as
 * of 2024-10), multicast, blocks that stand for IPv4 addresses inside IPv6, and what IANA has never handed out (RFC
 * 4291: all but 2000::/3). Anycast services inside such a block (PCP, TURN, AS112) are left out with it: no mail there.
 */

import { type IpAddress, type IpBlock, parseBlock } from '../../base/ip-address.ts';
import { AddressBlocks, AddressSet } from './address-set.ts';

export interface ReservedBlock {
  cidr: string;
  name: string;
  reference: string;
}

/** The first reserved block that overlaps `block`, undefined where none does. */
export function reservedBlock(block: IpBlock): ReservedBlock | undefined {
  return parsed().find(
    (entry) => entry.family === block.family && entry.first <= block.last && block.first <= entry.last,
  )?.reserved;
}

/** Why `address` is not for a census, for people; undefined where it is. */
export function reservedReason({ family, value }: IpAddress): string | undefined {
  const reserved = reservedBlock({ family, first: value, last: value });
  return reserved && `${reserved.cidr} (${reserved.name}, ${reserved.reference})`;
}

/** All reserved addresses of both families. */
export function reservedAddresses(): AddressSet {
  set ??= new AddressSet(AddressBlocks.of(parsed()));
  return set;
}

let set: AddressSet | undefined;
let cache: (IpBlock & { reserved: ReservedBlock })[] | undefined;

function parsed(): (IpBlock & { reserved: ReservedBlock })[] {
  cache ??= TABLE.map(([cidr, name, reference]) => ({
    ...parseBlock(cidr)!,
    reserved: { cidr, name, reference },
  }));
  return cache;
}

/** Special ones before what is merely not handed out: the first that fits is named. */
const TABLE: readonly (readonly [cidr: string, name: string, reference: string])[] = [
  ['0.0.0.0/8', 'this network', 'RFC 791'],
  ['10.0.0.0/8', 'private use', 'RFC 1918'],
  ['100.64.0.0/10', 'shared address space', 'RFC 6598'],
  ['127.0.0.0/8', 'loopback', 'RFC 1122'],
  ['169.254.0.0/16', 'link local', 'RFC 3927'],
  ['172.16.0.0/12', 'private use', 'RFC 1918'],
  ['192.0.0.0/24', 'IETF protocol assignments', 'RFC 6890'],
  ['192.0.2.0/24', 'documentation', 'RFC 5737'],
  ['192.31.196.0/24', 'AS112', 'RFC 7535'],
  ['192.52.193.0/24', 'AMT', 'RFC 7450'],
  ['192.88.99.0/24', '6to4 relay anycast, deprecated', 'RFC 7526'],
  ['192.168.0.0/16', 'private use', 'RFC 1918'],
  ['192.175.48.0/24', 'AS112, direct delegation', 'RFC 7534'],
  ['198.18.0.0/15', 'benchmarking', 'RFC 2544'],
  ['198.51.100.0/24', 'documentation', 'RFC 5737'],
  ['203.0.113.0/24', 'documentation', 'RFC 5737'],
  ['224.0.0.0/4', 'multicast', 'RFC 5771'],
  ['240.0.0.0/4', 'reserved, and limited broadcast', 'RFC 1112'],
  ['::/96', 'unspecified, loopback and IPv4-compatible', 'RFC 4291'],
  ['::ffff:0:0/96', 'IPv4-mapped', 'RFC 4291'],
  ['64:ff9b::/96', 'IPv4-IPv6 translation', 'RFC 6052'],
  ['64:ff9b:1::/48', 'IPv4-IPv6 translation', 'RFC 8215'],
  ['100::/64', 'discard only', 'RFC 6666'],
  ['100:0:0:1::/64', 'dummy prefix', 'RFC 9780'],
  ['2001::/23', 'IETF protocol assignments, among them Teredo and ORCHID', 'RFC 2928'],
  ['2001:db8::/32', 'documentation', 'RFC 3849'],
  ['2002::/16', '6to4', 'RFC 3056'],
  ['2620:4f:8000::/48', 'AS112, direct delegation', 'RFC 7534'],
  ['3fff::/20', 'documentation', 'RFC 9637'],
  ['5f00::/16', 'segment routing identifiers', 'RFC 9602'],
  ['fc00::/7', 'unique local', 'RFC 4193'],
  ['fe80::/10', 'link local', 'RFC 4291'],
  ['fec0::/10', 'site local, deprecated', 'RFC 3879'],
  ['ff00::/8', 'multicast', 'RFC 4291'],
  ['::/3', 'not handed out', 'RFC 4291'],
  ['4000::/2', 'not handed out', 'RFC 4291'],
  ['8000::/1', 'not handed out', 'RFC 4291'],
];
