/**
 * A slot to its endpoints: each port of an address, or of all addresses that a host name has. Their numbers follow from
 * the slot, the place of the address among the name's (sorted) and the place of the port. What must not be connected to
 * is an endpoint all the same, with the reason, where it came out of a name: it was asked for.
 */

import { parseAddress } from '../../base/ip-address.ts';
import { type MailPort, mailPort } from '../../formats/ports.ts';
import type { ErrorKind } from '../../formats/raw-record.ts';
import type { Exclusion } from './exclusion.ts';
import { reservedReason } from './reserved-addresses.ts';
import { ADDRESSES_OF_A_NAME, type Slot } from './target-space.ts';

export interface Endpoint {
  endpoint_id: number;
  target: string;
  host: string | null;
  ip: string | null;
  service: MailPort;
  connect_port: number;
  /** Why it can't be connected to. */
  refused: { error_kind: ErrorKind; error_detail: string } | null;
}

/** What holds for the addresses of names; those of address slots are looked at by TargetSpace. */
export interface EndpointRules {
  allow_reserved: boolean;
  exclusion: Exclusion;
}

type Address = Pick<Endpoint, 'ip' | 'refused'>;

/** The endpoints of `slot`. `resolve` gives all addresses of a host name; that it fails is what an endpoint says. */
export async function endpointsOfSlot(
  slot: Slot,
  resolve: (host: string) => Promise<string[]>,
  rules: EndpointRules,
): Promise<Endpoint[]> {
  const { target, host, ip, ports, first_endpoint_id } = slot;
  const addresses = ip === null ? await addressesOf(host!, resolve, rules) : [{ ip, refused: null }];
  return addresses.flatMap((address, addressIndex) =>
    ports.map(({ port, connect_port }, portIndex) => ({
      endpoint_id: first_endpoint_id + addressIndex * ports.length + portIndex,
      target,
      host,
      ...address,
      service: mailPort(port)!,
      connect_port,
    })),
  );
}

async function addressesOf(
  host: string,
  resolve: (host: string) => Promise<string[]>,
  rules: EndpointRules,
): Promise<Address[]> {
  try {
    const found = await resolve(host);
    const ips = [...new Set(found)].sort(byFamilyThenText).slice(0, ADDRESSES_OF_A_NAME);
    if (ips.length > 0) return ips.map((ip) => ({ ip, refused: refusal(ip, rules) }));
    return [notResolved('no A or AAAA record')];
  } catch (error) {
    return [notResolved(error instanceof Error ? error.message : String(error))];
  }
}

function notResolved(error_detail: string): Address {
  return { ip: null, refused: { error_kind: 'name_not_resolved', error_detail } };
}

function refusal(ip: string, { allow_reserved, exclusion }: EndpointRules): Endpoint['refused'] {
  const address = parseAddress(ip);
  if (address && exclusion.addresses.has(address))
    return { error_kind: 'excluded_address', error_detail: `${ip} is excluded` };
  if (allow_reserved) return null;
  const reason = address ? reservedReason(address) : 'no plain address';
  return reason === undefined ? null : { error_kind: 'reserved_address', error_detail: reason };
}

function byFamilyThenText(left: string, right: string): number {
  const family = Number(left.includes(':')) - Number(right.includes(':'));
  return family || (left < right ? -1 : 1);
}
