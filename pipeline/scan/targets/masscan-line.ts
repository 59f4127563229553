/**
 * One line of masscan's output to what it found: -oJ (an array, one object a line, commas before or after; the oldest
 * versions without quotes around keys, closed by `{finished: 1}`), -oD (an object a line), -oL (`open tcp 25 ADDRESS
 * TIME`) and what it prints on a terminal. What it says of banners is left out: the scan reads its own.
 */

export interface ScannedPort {
  address: string;
  port: number;
}

export interface MasscanLine {
  open: ScannedPort[];
  /** Ports that are closed, or not TCP. */
  not_open: number;
}

/** Whether the line is JSON: an object, perhaps with the array's begin or a comma before it. */
export function isJsonLine(line: string): boolean {
  return /^\s*[[,]?\s*\{/.test(line);
}

/**
 * What masscan found; undefined where the line is not of its making, `broken` where it is an object that is not whole,
 * `foreign` where it is another program's.
 */
export function readMasscanLine(line: string): MasscanLine | 'broken' | 'foreign' | undefined {
  if (PUNCTUATION.test(line)) return { open: [], not_open: 0 };
  if (isJsonLine(line)) return readObjects(line.replace(/^[[,]\s*/, '').replace(/\s*[\],]+$/, ''));
  const listed = LISTED.exec(line);
  if (listed) return ofStatus(listed[1]!, listed[2]!, listed[4]!, Number(listed[3]));
  const printed = PRINTED.exec(line);
  return printed ? ofStatus('open', printed[2]!, printed[3]!, Number(printed[1])) : undefined;
}

/** `[`, `]` and `,` alone, and the old end. */
const PUNCTUATION = /^(?:[[\],]|\{\s*finished:\s*1\s*\}[\],]*)$/;
const LISTED = /^(open|closed|unknown|up|banner) (\w+) (\d{1,5}) (\S+) \d+(?: .*)?$/;
const PRINTED = /^Discovered open port (\d{1,5})\/(\w+) on (\S+)$/;

function readObjects(text: string): MasscanLine | 'broken' | 'foreign' {
  const objects = parseObjects(text);
  if (!objects) return 'broken';
  const found: MasscanLine = { open: [], not_open: 0 };
  for (const object of objects) {
    const ports = portsOf(object);
    if (!ports) return 'foreign';
    for (const { address, port, proto, status } of ports) {
      const one = ofStatus(status, proto, address, port);
      found.open.push(...one.open);
      found.not_open += one.not_open;
    }
  }
  return found;
}

/** One object, or several with commas between; undefined where they can't be read. */
function parseObjects(text: string): unknown[] | undefined {
  const quoted = /^\{\s*ip:/.test(text) ? text.replace(/([{,]\s*)(\w+):/g, '$1"$2":') : text;
  try {
    return JSON.parse(`[${quoted}]`);
  } catch {
    return undefined;
  }
}

interface PortStatus extends ScannedPort {
  proto: string;
  /** `banner` where the record tells one. */
  status: string;
}

/** Every port that a masscan object speaks of; undefined where it is another kind of object. */
function portsOf(object: unknown): PortStatus[] | undefined {
  if (!isObject(object)) return undefined;
  const entries = Array.isArray(object['ports']) ? object['ports'] : [object];
  const ports = entries.map((entry) => portOf(object['ip'], entry));
  return ports.includes(undefined) ? undefined : (ports as PortStatus[]);
}

function portOf(address: unknown, entry: unknown): PortStatus | undefined {
  if (!isObject(entry) || typeof address !== 'string') return undefined;
  const { port, proto, service, rec_type, data } = entry;
  if (!Number.isInteger(port) || typeof proto !== 'string') return undefined;
  const isBanner = service !== undefined || rec_type === 'banner';
  const status = isBanner ? 'banner' : (entry['status'] ?? (isObject(data) ? data['status'] : undefined));
  return typeof status === 'string' ? { address, port: port as number, proto, status } : undefined;
}

function ofStatus(status: string, proto: string, address: string, port: number): MasscanLine {
  if (status === 'banner') return { open: [], not_open: 0 };
  if (status !== 'open' || proto !== 'tcp') return { open: [], not_open: 1 };
  return { open: [{ address, port }], not_open: 0 };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
