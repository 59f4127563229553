/**
 * Target lines to targets: an IP address, a CIDR block or a host name a line, or CSV with a header (columns ip,
 * address or saddr; host; port; connect_port; others are ignored). `#` begins a comment. A bad line is a UsageError
 * with file and line: nothing is scanned then.
 */
import { parse } from 'csv-parse/sync';
import { UsageError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { MAIL_PORTS, mailPort } from '../formats/ports.ts';
import { type IpBlock, parseBlock } from './ip-address.ts';
import { reservedBlock } from './reserved-addresses.ts';

export interface Target {
  /** As the operator wrote it. */
  text: string;
  /** Addresses to connect to; undefined for a host name that is to be resolved. */
  block: IpBlock | undefined;
  /** Sent as server_name. */
  host: string | undefined;
  /** Nominal port; undefined for all that the scan asks for. */
  port: number | undefined;
  /** Port to connect to, where it is not the nominal one. */
  connect_port: number | undefined;
}

export interface TargetRules {
  /** File name for messages. */
  source: string;
  allow_reserved: boolean;
}

/** An IPv6 block holds at most a /112: 65,536 addresses. Larger ones are mostly empty; list addresses instead. */
export const IPV6_BLOCK_LIMIT = 65_536n;

/** All targets of `lines`. Throws UsageError at the first bad line, or when there is no target at all. */
export async function readTargets(
  lines: AsyncIterable<string> | Iterable<string>,
  rules: TargetRules,
): Promise<Target[]> {
  const targets: Target[] = [];
  let columns: string[] | undefined;
  let number = 0;
  for await (const raw of lines) {
    number++;
    const line = withoutComment(number === 1 ? raw.replace(/^\ufeff/, '') : raw);
    if (line === '') continue;
    const header: string[] | undefined = targets.length === 0 && !columns ? readHeader(line) : undefined;
    columns ??= header;
    if (!header) targets.push(new TargetLine(rules, number).read(line, columns));
  }
  if (targets.length === 0)
    throw new UsageError(`${rules.source}: no targets; give one IP, CIDR or host name a line`);
  return targets;
}

class TargetLine {
  readonly #rules: TargetRules;
  readonly #number: number;

  constructor(rules: TargetRules, number: number) {
    this.#rules = rules;
    this.#number = number;
  }

  read(line: string, columns: string[] | undefined): Target {
    if (!columns) return this.#target(line, {});
    const cells = splitCsv(line);
    if (!cells) return this.#fail('quotes do not match', 'write "" for a quote inside quotes');
    const row = Object.fromEntries(columns.map((column, index) => [column, cells[index]?.trim() ?? '']));
    const address = row['ip'] || row['address'] || row['saddr'] || '';
    const port = this.#port(row['port'], 'port');
    const connectPort = this.#port(row['connect_port'], 'connect_port');
    if (port !== undefined && !mailPort(port)) this.#badMailPort(port);
    if (connectPort !== undefined && port === undefined) this.#fail('connect_port without port', 'give both');
    return this.#target(address || row['host'] || '', {
      host: address ? row['host'] || undefined : undefined,
      port,
      connect_port: connectPort,
    });
  }

  #target(text: string, rest: Partial<Pick<Target, 'host' | 'port' | 'connect_port'>>): Target {
    const block = parseBlock(text);
    if (block) this.#checkBlock(text, block);
    else if (!isHostName(text))
      this.#fail(`'${printable(text, 80)}' is no address, CIDR or host name`, hint(text));
    if (rest.host !== undefined && !isHostName(rest.host)) {
      this.#fail(`'${printable(rest.host, 80)}' is no host name`, 'use ASCII letters, digits and hyphens');
    }
    if (rest.host !== undefined && block === undefined)
      this.#fail('ip and host are both names', 'leave ip empty');
    const host = block ? rest.host : text;
    return { text, block, host, port: rest.port, connect_port: rest.connect_port };
  }

  #checkBlock(text: string, block: IpBlock): void {
    if (block.family === 6 && block.last - block.first >= IPV6_BLOCK_LIMIT) {
      this.#fail(`${text} is larger than a /112`, 'list the addresses instead');
    }
    const reserved = this.#rules.allow_reserved ? undefined : reservedBlock(block);
    if (reserved) {
      const where = `${reserved.cidr} (${reserved.name}, ${reserved.reference})`;
      this.#fail(`${text} is in ${where}`, 'take it out, or allow it with --allow-reserved');
    }
  }

  #port(text: string | undefined, column: string): number | undefined {
    if (text === undefined || text === '') return undefined;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65_535)
      this.#fail(`${column} '${printable(text, 20)}' is no port`, 'use 1 to 65535');
    return port;
  }

  #badMailPort(port: number): never {
    const known = MAIL_PORTS.map((entry) => entry.port).join(', ');
    return this.#fail(
      `port ${port} is no mail port`,
      `use one of ${known}, and connect_port for the real one`,
    );
  }

  #fail(what: string, todo: string): never {
    throw new UsageError(
      `${this.#rules.source}, line ${this.#number}: ${what}; ${todo}; nothing was scanned`,
    );
  }
}

function hint(text: string): string {
  if (/^[\d.]+\/\d+$/.test(text)) return 'a CIDR has 0 to 32 bits and no host bits set';
  return text.includes('/')
    ? 'a CIDR has a valid address, a prefix length and no host bits set'
    : 'mend the line';
}

/** RFC 1123 names (underscores tolerated), with or without the final dot; not all digits, as a bad address is. */
export function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  if (text.length > 253 || /^[\d.]*$/.test(text)) return false;
  return labels.every((label) => /^[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/i.test(label));
}

function withoutComment(line: string): string {
  return line.replace(/(?:^|\s)#.*$/, '').trim();
}

/** Column names, lower case, where the line is a header: it names one of the columns that say where to connect. */
function readHeader(line: string): string[] | undefined {
  const columns = splitCsv(line)?.map((cell) => cell.trim().toLowerCase());
  return columns?.some((column) => ADDRESS_COLUMNS.includes(column)) ? columns : undefined;
}

function splitCsv(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',');
  try {
    return (parse(line, { relax_column_count: true }) as string[][])[0];
  } catch {
    return undefined;
  }
}

const ADDRESS_COLUMNS = ['ip', 'address', 'saddr', 'host'];
