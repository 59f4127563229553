/** Address and name of a host as other tools write them → those of a record; what can be neither is no host. */
import { isIP } from 'node:net';

export interface ForeignHost {
  /** The name where there is one, else the address. */
  target: string;
  ip: string | null;
}

/** Null where there is neither. Names stand as the tool was given them: with underscores, or a dot at the end. */
export function foreignHost(name: string | null, address: string | null): ForeignHost | null {
  const ip = [address, name].find((text) => text !== null && isIP(text) !== 0) ?? null;
  const target = name !== null && NAME.test(name) ? name : ip;
  return target === null ? null : { target, ip };
}

/** RFC 1035, 2.3.4, with the letters of international names (RFC 5890) as they may stand before they are encoded. */
const NAME = /^[\p{L}\p{M}\p{N}_:%-][\p{L}\p{M}\p{N}._:%-]{0,254}$/u;
