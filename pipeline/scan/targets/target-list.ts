/**
 * The targets as they were read, in their order, repeats included, in columns: 8 bytes a plain address; a few more, or
 * an object, only for what has a port, a host name or an unusual spelling. TargetSpace makes slots of it.
 */

import { formatAddress, formatBlock, type IpBlock } from '../../base/ip-address.ts';
import { AddressLine, UNRESOLVED } from './address-line.ts';
import { Column } from './column.ts';
import { hostKey } from './host-name.ts';
import { PortLists, type TargetPort } from './port-lists.ts';

export interface Target {
  /** As the operator wrote it. */
  text: string;
  /** Addresses to connect to; undefined for a host name that is to be resolved. */
  block?: IpBlock | undefined;
  /** Sent as server_name. */
  host?: string | undefined;
  /** Undefined for all that the scan asks for. */
  port?: TargetPort | undefined;
}

/** What other scanners' output told, and is no target. */
export interface SkippedLines {
  /** Open, but the port is none of the mail ports. */
  no_mail_port: number;
  /** Not open, or not TCP. */
  not_open: number;
  /** A last line that broke off. */
  broken_off: number;
}

export class TargetList {
  readonly line = new AddressLine();
  readonly portLists = new PortLists();
  readonly skipped: SkippedLines = { no_mail_port: 0, not_open: 0, broken_off: 0 };
  readonly #numbers = new Column(Float64Array);
  readonly #sizeBits = new Column(Uint8Array);
  readonly #hosts = new Column(Uint32Array);
  readonly #ports = new Column(Uint32Array);
  readonly #hostNames: (string | null)[] = [null];
  readonly #hostNumbers = new Map<string, number>();
  readonly #texts = new Map<number, string>();

  get length(): number {
    return this.#numbers.length;
  }

  /** Whether any target has a host name. */
  get hasHosts(): boolean {
    return this.#hostNames.length > 1;
  }

  add({ text, block, host, port }: Target): void {
    const hostNumber = host === undefined ? 0 : this.#hostNumber(host);
    const usual = block ? formatBlock(block) : this.#hostNames[hostNumber];
    if (text !== usual) this.#texts.set(this.length, text);
    const sizeBits = block ? (block.last - block.first + 1n).toString(2).length - 1 : 0;
    this.#push(block ? this.line.numberOf(block) : UNRESOLVED, sizeBits, hostNumber, port);
  }

  /** One IPv4 address in its usual spelling, without a host name. */
  addIPv4(value: number, port?: TargetPort): void {
    this.#push(value, 0, 0, port);
  }

  #push(number: number, sizeBits: number, host: number, port: TargetPort | undefined): void {
    this.#numbers.push(number);
    this.#sizeBits.push(sizeBits);
    this.#hosts.push(host);
    this.#ports.push(port ? this.portLists.one(port) : 0);
  }

  /** Where on the line of addresses entry `index` begins. */
  numberAt(index: number): number {
    return this.#numbers.at(index);
  }

  /** The entry has 2^sizeBits addresses. */
  sizeBitsAt(index: number): number {
    return this.#sizeBits.at(index);
  }

  /** Equal for two entries with the same host name, whatever its spelling; 0 for none. */
  hostNumberAt(index: number): number {
    return this.#hosts.at(index);
  }

  portListAt(index: number): number {
    return this.#ports.at(index);
  }

  /** The host name as it was written first. */
  hostAt(index: number): string | null {
    return this.#hostNames[this.hostNumberAt(index)]!;
  }

  /** The target as the operator wrote it. */
  textAt(index: number): string {
    const text = this.#texts.get(index);
    if (text !== undefined) return text;
    const number = this.numberAt(index);
    if (number === UNRESOLVED) return this.hostAt(index)!;
    const { family, value } = this.line.addressAt(number);
    const size = 1n << BigInt(this.sizeBitsAt(index));
    return size === 1n
      ? formatAddress(family, value)
      : formatBlock({ family, first: value, last: value + size - 1n });
  }

  #hostNumber(host: string): number {
    const key = hostKey(host);
    const known = this.#hostNumbers.get(key);
    if (known !== undefined) return known;
    this.#hostNumbers.set(key, this.#hostNames.length);
    return this.#hostNames.push(host) - 1;
  }
}
