/**
 * Lines to targets, in whichever shape they come: an IP address, CIDR block or host name a line; CSV with a header,
 * ours or zmap's (csv-line.ts); zmap's `address,port` without one; masscan's output (masscan-line.ts). `#` begins a
 * comment. A bad line is a UsageError with file and line: nothing is scanned then. What another scanner found on ports
 * that carry no mail is no mistake: it is left out and counted.
 */
import { UsageError } from '../../base/errors.ts';
import { type IpBlock, parseAddress, parseBlock, parseIPv4 } from '../../base/ip-address.ts';
import { printable } from '../../base/printable.ts';
import { MAIL_PORTS, mailPort } from '../../formats/ports.ts';
import { type CsvRow, readCsvHeader, readCsvRow } from './csv-line.ts';
import { isHostName } from './host-name.ts';
import { isJsonLine, type MasscanLine, readMasscanLine } from './masscan-line.ts';
import type { TargetPort } from './port-lists.ts';
import { reservedAddresses, reservedBlock } from './reserved-addresses.ts';
import { TargetList } from './target-list.ts';
import { badLine, withoutComment } from './target-place.ts';

export interface TargetRules {
  /** File name for messages. */
  source: string;
  allow_reserved: boolean;
}

/** An IPv6 block holds at most a /112: 65,536 addresses. Larger ones are mostly empty; list addresses instead. */
export const IPV6_BLOCK_LIMIT = 65_536n;

/**
 * All targets of `lines`, put behind those of `list`. Throws UsageError at the first bad line, or when there is no
 * target at all.
 */
export async function readTargets(
  lines: AsyncIterable<string> | Iterable<string>,
  rules: TargetRules,
  list = new TargetList(),
): Promise<TargetList> {
  const reader = new TargetReader(rules, list);
  for await (const line of lines) reader.read(line);
  reader.end();
  return list;
}

class TargetReader {
  readonly #rules: TargetRules;
  readonly #list: TargetList;
  readonly #before: number;
  readonly #skippedBefore: number;
  #line = 0;
  #columns: string[] | undefined;
  /** Line number of an object that is not whole: no mistake if nothing comes after it. */
  #broken: number | undefined;

  constructor(rules: TargetRules, list: TargetList) {
    this.#rules = rules;
    this.#list = list;
    this.#before = list.length;
    this.#skippedBefore = list.skipped.no_mail_port;
  }

  read(raw: string): void {
    this.#line++;
    // A banner in JSON may hold a `#`.
    const line = isJsonLine(raw) ? raw.trim() : withoutComment(raw);
    if (line === '') return;
    if (this.#broken !== undefined) this.#failObject(this.#broken, 'is not whole');
    const ipv4 = this.#columns ? undefined : parseIPv4(line);
    if (this.#columns) this.#row(line, this.#columns);
    else if (ipv4 !== undefined) this.#ipv4(line, ipv4);
    else if (!this.#isHeader(line)) this.#other(line);
  }

  /** Throws UsageError where nothing was read. */
  end(): void {
    if (this.#broken !== undefined) this.#list.skipped.broken_off++;
    if (this.#list.length > this.#before) return;
    const { source } = this.#rules;
    if (this.#list.skipped.no_mail_port > this.#skippedBefore)
      throw new UsageError(`${source}: no targets, all open ports in it are none of ${knownPorts()}`);
    throw new UsageError(`${source}: no targets; give one IP, CIDR or host name a line`);
  }

  #isHeader(line: string): boolean {
    if (this.#list.length === this.#before) this.#columns = readCsvHeader(line);
    return this.#columns !== undefined;
  }

  #other(line: string): void {
    const scanned = readMasscanLine(line);
    if (scanned === 'broken') this.#broken = this.#line;
    else if (scanned === 'foreign') this.#failObject(this.#line, 'is none of masscan');
    else if (scanned) this.#masscan(scanned);
    else {
      const [, address, port] = ADDRESS_AND_PORT.exec(line) ?? [];
      if (address) this.#scanned(address, Number(port));
      else this.#target(line, undefined, undefined);
    }
  }

  #ipv4(text: string, value: number, port?: TargetPort): void {
    if (!this.#rules.allow_reserved && reservedAddresses().hasIPv4(value)) this.#parsedBlock(text);
    this.#list.addIPv4(value, port);
  }

  #row(line: string, columns: readonly string[]): void {
    const row = readCsvRow(line, columns);
    if (!row) this.#fail('quotes do not match', 'write "" for a quote inside quotes');
    if (row.closed || row.scanned_port === '') this.#list.skipped.not_open++;
    else if (row.scanned_port !== undefined)
      this.#scanned(row.address, this.#port(row.scanned_port, 'sport')!, row.host || undefined);
    else this.#ownRow(row);
  }

  #ownRow({ address, host, port: portText, connect_port: connectText }: CsvRow): void {
    const port = this.#port(portText, 'port');
    const connectPort = this.#port(connectText, 'connect_port');
    if (port !== undefined && !mailPort(port)) this.#failMailPort(port);
    if (connectPort !== undefined && port === undefined) this.#fail('connect_port without port', 'give both');
    const ports = port === undefined ? undefined : { port, connect_port: connectPort ?? port };
    this.#target(address || host, address ? host || undefined : undefined, ports);
  }

  #masscan({ open, not_open }: MasscanLine): void {
    this.#list.skipped.not_open += not_open;
    for (const { address, port } of open) this.#scanned(address, port);
  }

  /** What another scanner found. */
  #scanned(address: string, port: number, host?: string): void {
    if (parseAddress(address) === undefined) this.#failTarget(address);
    if (port < 1 || port > 65_535) this.#fail(`${port} is no port`, 'use 1 to 65535');
    if (!mailPort(port)) this.#list.skipped.no_mail_port++;
    else this.#target(address, host, { port, connect_port: port });
  }

  #target(text: string, givenHost: string | undefined, port: TargetPort | undefined): void {
    const ipv4 = givenHost === undefined ? parseIPv4(text) : undefined;
    if (ipv4 !== undefined) this.#ipv4(text, ipv4, port);
    else this.#blockOrName(text, givenHost, port);
  }

  #blockOrName(text: string, givenHost: string | undefined, port: TargetPort | undefined): void {
    const block = this.#parsedBlock(text);
    if (!block && !isHostName(text)) this.#failTarget(text);
    if (givenHost !== undefined && !isHostName(givenHost))
      this.#fail(`'${printable(givenHost, 80)}' is no host name`, 'use ASCII letters, digits and hyphens');
    if (givenHost !== undefined && !block) this.#fail('ip and host are both names', 'leave ip empty');
    this.#list.add({ text, block, host: block ? givenHost : text, port });
  }

  /** The block of `text`, where it is one and may be scanned. */
  #parsedBlock(text: string): IpBlock | undefined {
    const block = parseBlock(text);
    if (!block) return undefined;
    const size = block.last - block.first + 1n;
    if (block.family === 6 && size > IPV6_BLOCK_LIMIT)
      this.#fail(`${text} is larger than a /112`, 'list the addresses instead');
    const isReserved = !this.#rules.allow_reserved && reservedAddresses().countWithin(block) === Number(size);
    if (isReserved) {
      const { cidr, name, reference } = reservedBlock(block)!;
      const where = `${cidr} (${name}, ${reference})`;
      this.#fail(`${text} is in ${where}`, 'take it out, or allow it with --allow-reserved');
    }
    return block;
  }

  #port(text: string, column: string): number | undefined {
    if (text === '') return undefined;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65_535)
      this.#fail(`${column} '${printable(text, 20)}' is no port`, 'use 1 to 65535');
    return port;
  }

  #failTarget(text: string): never {
    return this.#fail(`'${printable(text, 80)}' is no address, CIDR or host name`, hint(text));
  }

  #failMailPort(port: number): never {
    return this.#fail(
      `port ${port} is no mail port`,
      `use one of ${knownPorts()}, and connect_port for the real one`,
    );
  }

  #failObject(line: number, what: string): never {
    const place = { source: this.#rules.source, line };
    return badLine(
      place,
      `this object ${what}`,
      "give masscan's -oJ, -oD or -oL as it is, one object a line",
    );
  }

  #fail(what: string, todo: string): never {
    return badLine({ source: this.#rules.source, line: this.#line }, what, todo);
  }
}

function knownPorts(): string {
  return MAIL_PORTS.map((entry) => entry.port).join(', ');
}

function hint(text: string): string {
  if (/^[\d.]+\/\d+$/.test(text)) return 'a CIDR has 0 to 32 bits and no host bits set';
  return text.includes('/')
    ? 'a CIDR has a valid address, a prefix length and no host bits set'
    : 'mend the line';
}

/** What zmap prints of several ports, with --no-header-row. */
const ADDRESS_AND_PORT = /^([\d.:a-f]+), ?(\d{1,5})$/i;
