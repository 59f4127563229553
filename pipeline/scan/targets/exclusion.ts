/**
 * What the operator excludes: addresses, CIDR blocks and host names, one a line, `#` begins a comment (the shape of
 * zmap's blocklists). A name excludes itself and all names beneath it. An excluded address is never connected to, not
 * even where a name that is not excluded leads to it.
 */

import { type IpBlock, parseBlock, parseIPv4 } from '../../base/ip-address.ts';
import { printable } from '../../base/printable.ts';
import { AddressBlocks, AddressSet } from './address-set.ts';
import { digestLines } from './digest-lines.ts';
import { hostKey, isHostName } from './host-name.ts';
import { badLine, type TargetPlace, withoutComment } from './target-place.ts';

export interface ExclusionSource {
  /** File name for messages. */
  source: string;
  /** Opens it: a line reader that waits for its turn would lose what comes meanwhile. */
  lines(): AsyncIterable<string> | Iterable<string>;
}

export class Exclusion {
  readonly addresses: AddressSet;
  readonly #names: ReadonlySet<string>;

  constructor(blocks: AddressBlocks | Iterable<IpBlock> = [], names: Iterable<string> = []) {
    this.addresses = new AddressSet(blocks instanceof AddressBlocks ? blocks : AddressBlocks.of(blocks));
    this.#names = new Set([...names].map(hostKey));
  }

  /** SHA-256 over all of it: the same for the same addresses and names, in whatever order and shape they came. */
  sha256(): string {
    return digestLines(this.#lines());
  }

  /** Whether `host` or a name above it is excluded. */
  hasName(host: string): boolean {
    if (this.#names.size === 0) return false;
    for (let name = hostKey(host); name !== ''; name = parentOf(name)) {
      if (this.#names.has(name)) return true;
    }
    return false;
  }

  *#lines(): Generator<string> {
    for (const { family, first, last } of this.addresses.blocks()) yield `${family} ${first} ${last}`;
    yield* [...this.#names].sort();
  }
}

/** All that is excluded by `sources`. Throws UsageError, with file and line, for a line that is none of the three. */
export async function readExclusion(sources: Iterable<ExclusionSource>): Promise<Exclusion> {
  const blocks = new AddressBlocks();
  const names: string[] = [];
  for (const { source, lines } of sources) {
    let line = 0;
    for await (const raw of lines()) {
      line++;
      const text = withoutComment(raw);
      if (text !== '' && !addBlock(text, blocks)) names.push(nameOf(text, { source, line }));
    }
  }
  return new Exclusion(blocks, names);
}

/** Whether `text` is an address or a block. */
function addBlock(text: string, blocks: AddressBlocks): boolean {
  const ipv4 = parseIPv4(text);
  if (ipv4 !== undefined) blocks.addIPv4(ipv4, ipv4);
  const block = ipv4 === undefined ? parseBlock(text) : undefined;
  if (block) blocks.add(block);
  return ipv4 !== undefined || block !== undefined;
}

function nameOf(text: string, place: TargetPlace): string {
  const name = text.replace(/^\*?\./, '');
  if (isHostName(name)) return name;
  return badLine(
    place,
    `'${printable(text, 80)}' can't be excluded`,
    'give an address, a CIDR or a host name',
  );
}

function parentOf(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}
