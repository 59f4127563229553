/**
 * All addresses of a target list on one line of whole numbers below 2^53, so that a column of doubles holds them: IPv4
 * as it is, then each IPv6 /112 that occurs, in the order of occurrence. No block of targets is larger than one of these
 * two, so a block of addresses is a run of numbers. What has no address yet, a name, stands at UNRESOLVED.
 */
import type { IpAddress, IpBlock } from '../../base/ip-address.ts';

export const UNRESOLVED = 2 ** 52;

const IPV6_START = 2 ** 32;
const PAGE_BITS = 16;
const PAGE = 2 ** PAGE_BITS;

/** Whether an IPv4 address stands there: the number is the address then. */
export function isIPv4(number: number): boolean {
  return number < IPV6_START;
}

export class AddressLine {
  readonly #pages: bigint[] = [];
  readonly #pageNumbers = new Map<bigint, number>();

  /** The number of the block's first address. */
  numberOf({ family, first }: IpBlock): number {
    if (family === 4) return Number(first);
    return (
      IPV6_START + this.#pageNumber(first >> BigInt(PAGE_BITS)) * PAGE + Number(first & BigInt(PAGE - 1))
    );
  }

  /** The address with that number, which is not UNRESOLVED. */
  addressAt(number: number): IpAddress {
    if (isIPv4(number)) return { family: 4, value: BigInt(number) };
    const offset = number - IPV6_START;
    const page = this.#pages[Math.floor(offset / PAGE)]!;
    return { family: 6, value: (page << BigInt(PAGE_BITS)) | BigInt(offset % PAGE) };
  }

  #pageNumber(page: bigint): number {
    const known = this.#pageNumbers.get(page);
    if (known !== undefined) return known;
    this.#pageNumbers.set(page, this.#pages.length);
    return this.#pages.push(page) - 1;
  }
}
