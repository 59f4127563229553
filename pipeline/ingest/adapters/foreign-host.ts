/** Address and name of a host as other tools write them → those of a record; what can be neither is no host. */
import { isIP } from 'node:net';
import { isTargetName } from './tool-words.ts';

export interface ForeignHost {
  /** The name where there is one, else the address. */
  target: string;
  ip: string | null;
}

/** Null where there is neither. Names stand as the tool was given them. */
export function foreignHost(name: string | null, address: string | null): ForeignHost | null {
  const ip = [address, name].find((text) => text !== null && isIP(text) !== 0) ?? null;
  const target = isTargetName(name) ? name : ip;
  return target === null ? null : { target, ip };
}
