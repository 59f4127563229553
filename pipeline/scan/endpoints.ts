/**
 * Targets to endpoints: blocks to addresses, names to all their addresses, each with its ports, in the order of the
 * targets. Names are resolved some way ahead; an endpoint's number doesn't depend on how fast they are. What is given
 * twice is scanned once: the first place wins.
 */
import { type MailPort, mailPort } from '../formats/ports.ts';
import type { ErrorKind } from '../formats/raw-record.ts';
import { formatAddress, parseBlock } from './ip-address.ts';
import type { ScanOptions, ScanWorld } from './options.ts';
import { reservedBlock } from './reserved-addresses.ts';
import type { Target } from './targets.ts';

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

type Address = { ip: string | null; refused: Endpoint['refused'] };

/** More addresses than this behind one name are left out: no mail service has as many. */
export const ADDRESSES_OF_A_NAME = 64;
const NAMES_AHEAD = 32;
/** So many endpoints are remembered, some 500 MB of them: what comes later is not known when it is given again. */
const REMEMBERED = 4_194_304;

export async function* endpointsOf(options: ScanOptions, world: ScanWorld): AsyncGenerator<Endpoint> {
  let next = 0;
  const seen = new Set<string>();
  for await (const { target, addresses } of addressesOf(options, world)) {
    for (const address of addresses) {
      for (const port of target.port === undefined ? options.ports : [target.port]) {
        const endpoint = makeEndpoint(target, address, port);
        if (isNew(endpoint, seen)) yield { endpoint_id: next++, ...endpoint };
      }
    }
  }
}

function makeEndpoint(target: Target, address: Address, port: number): Omit<Endpoint, 'endpoint_id'> {
  return {
    target: target.text,
    host: target.host ?? null,
    ...address,
    service: mailPort(port)!,
    connect_port: target.connect_port ?? port,
  };
}

/** Names are the same in upper and lower case, with and without the final dot. */
function isNew(
  { host, ip, service, connect_port }: Omit<Endpoint, 'endpoint_id'>,
  seen: Set<string>,
): boolean {
  const name = host?.toLowerCase().replace(/\.$/, '') ?? '';
  const key = `${name} ${ip} ${service.port} ${connect_port}`;
  if (seen.has(key)) return false;
  if (seen.size < REMEMBERED) seen.add(key);
  return true;
}

/** How many endpoints there will be, if each name has one address and nothing is given twice. */
export function expectedEndpoints(targets: readonly Target[], ports: readonly number[]): number {
  return targets.reduce((sum, { block, port }) => {
    const addresses = block ? Number(block.last - block.first) + 1 : 1;
    return sum + addresses * (port === undefined ? ports.length : 1);
  }, 0);
}

type Resolved = { target: Target; addresses: Iterable<Address> };

async function* addressesOf(options: ScanOptions, world: ScanWorld): AsyncGenerator<Resolved> {
  const ahead: (Resolved | Promise<Resolved>)[] = [];
  for (const target of options.targets) {
    ahead.push(resolveTarget(target, options, world));
    if (ahead.length > NAMES_AHEAD) yield await ahead.shift()!;
  }
  for (const resolved of ahead) yield await resolved;
}

function resolveTarget(target: Target, options: ScanOptions, world: ScanWorld): Resolved | Promise<Resolved> {
  if (target.block) return { target, addresses: addressesOfBlock(target.block) };
  return resolveName(target, options, world);
}

function* addressesOfBlock(block: NonNullable<Target['block']>): Generator<Address> {
  for (let value = block.first; value <= block.last; value++) {
    yield { ip: formatAddress(block.family, value), refused: null };
  }
}

async function resolveName(target: Target, options: ScanOptions, world: ScanWorld): Promise<Resolved> {
  const host = target.host!;
  const found = await world.resolve(host).catch(() => []);
  const ips = [...new Set(found)].sort(byFamilyThenText).slice(0, ADDRESSES_OF_A_NAME);
  const addresses = ips.map((ip) => ({ ip, refused: options.allow_reserved ? null : refusal(ip) }));
  if (addresses.length > 0) return { target, addresses };
  const refused = { error_kind: 'name_not_resolved', error_detail: 'no A or AAAA record' } as const;
  return { target, addresses: [{ ip: null, refused }] };
}

function refusal(ip: string): Endpoint['refused'] {
  const block = parseBlock(ip);
  const reserved = block && reservedBlock(block);
  if (block && !reserved) return null;
  const detail = reserved ? `${reserved.cidr} (${reserved.name}, ${reserved.reference})` : 'no plain address';
  return { error_kind: 'reserved_address', error_detail: detail };
}

function byFamilyThenText(left: string, right: string): number {
  const family = Number(left.includes(':')) - Number(right.includes(':'));
  return family || (left < right ? -1 : 1);
}
