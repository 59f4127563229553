/**
 * Target entries to runs: what is given twice, and blocks that lie in blocks, become runs of addresses that share no
 * address. Each run belongs to the entry that named it first and has the ports of all entries that name it. CIDR blocks
 * are nested or apart, so one walk along the sorted entries with a stack is enough.
 */
import { Column } from './column.ts';
import type { PortLists } from './port-lists.ts';
import { identityOrder, sortedBy } from './radix-sort.ts';
import type { TargetList } from './target-list.ts';

/** Columns of runs, sorted by host name and address. */
export class TargetRuns {
  /** Number of the first address. */
  readonly firsts = new Column(Float64Array);
  /** Addresses after the first. */
  readonly more = new Column(Float64Array);
  /** The entry that named it first. */
  readonly owners = new Column(Uint32Array);
  readonly portLists = new Column(Uint32Array);

  get length(): number {
    return this.firsts.length;
  }
}

interface Block {
  first: number;
  end: number;
  owner: number;
  ports: number;
}

export function mergeTargets(list: TargetList): TargetRuns {
  const walk = new Walk(list.portLists);
  let host = 0;
  for (const block of distinctBlocks(list)) {
    const blockHost = list.hostNumberAt(block.owner);
    if (blockHost !== host) walk.leaveAll();
    host = blockHost;
    walk.enter(block);
  }
  walk.leaveAll();
  return walk.runs;
}

/** Entries by host name, address and size, the largest first; equal ones are one, with the ports of all. */
function* distinctBlocks(list: TargetList): Generator<Block> {
  let open: Block | undefined;
  for (const index of sortedEntries(list)) {
    const block = blockAt(list, index);
    const same =
      open !== undefined &&
      open.first === block.first &&
      open.end === block.end &&
      list.hostNumberAt(open.owner) === list.hostNumberAt(index);
    if (open && same) open.ports = list.portLists.union(open.ports, block.ports);
    else {
      if (open) yield open;
      open = block;
    }
  }
  if (open) yield open;
}

function sortedEntries(list: TargetList): Uint32Array {
  let order = sortedBy(identityOrder(list.length), (index) => 63 - list.sizeBitsAt(index));
  order = sortedBy(order, (index) => list.numberAt(index));
  return sortedBy(order, (index) => list.hostNumberAt(index));
}

function blockAt(list: TargetList, index: number): Block {
  const first = list.numberAt(index);
  return { first, end: first + 2 ** list.sizeBitsAt(index), owner: index, ports: list.portListAt(index) };
}

/** The blocks around the place that the walk has come to, the innermost last. */
class Walk {
  readonly runs = new TargetRuns();
  readonly #around: Block[] = [];
  readonly #portLists: PortLists;
  #place = 0;

  constructor(portLists: PortLists) {
    this.#portLists = portLists;
  }

  enter(block: Block): void {
    this.#leaveUpTo(block.first);
    const outer = this.#around.at(-1);
    const inner = outer ? this.#inside(block, outer) : block;
    if (outer && inner.owner === outer.owner && inner.ports === outer.ports) return;
    if (outer) this.#emit(outer, block.first);
    this.#place = block.first;
    this.#around.push(inner);
  }

  leaveAll(): void {
    this.#leaveUpTo(Number.POSITIVE_INFINITY);
    this.#place = 0;
  }

  #leaveUpTo(place: number): void {
    for (let inner = this.#around.at(-1); inner && inner.end <= place; inner = this.#around.at(-1)) {
      this.#emit(inner, inner.end);
      this.#around.pop();
    }
  }

  /** What holds where `block` lies in `outer`: the first of both owns it, the ports are those of both. */
  #inside(block: Block, outer: Block): Block {
    const [first, second] = block.owner < outer.owner ? [block, outer] : [outer, block];
    return { ...block, owner: first.owner, ports: this.#portLists.union(first.ports, second.ports) };
  }

  #emit({ owner, ports }: Block, end: number): void {
    if (end > this.#place) {
      this.runs.firsts.push(this.#place);
      this.runs.more.push(end - this.#place - 1);
      this.runs.owners.push(owner);
      this.runs.portLists.push(ports);
    }
    this.#place = end;
  }
}
