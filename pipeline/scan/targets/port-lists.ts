/** Lists of ports, each kept once and numbered: most targets have the scan's own, list 0, and many share a list. */

export interface TargetPort {
  /** Nominal: which service it stands for. */
  port: number;
  connect_port: number;
}

/** Stands for the ports that the scan was told, wherever a target names none. */
const OWN_PORTS: TargetPort = { port: 0, connect_port: 0 };

export class PortLists {
  readonly #lists: (readonly TargetPort[])[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #unions = new Map<string, number>();

  constructor() {
    this.#numberOf([OWN_PORTS]);
  }

  /** The number of the list with this port alone. */
  one(port: TargetPort): number {
    return this.#numberOf([port]);
  }

  /** The number of the list with the ports of `first`, then those of `second` that are not in it. */
  union(first: number, second: number): number {
    if (first === second) return first;
    const key = `${first} ${second}`;
    const known = this.#unions.get(key);
    if (known !== undefined) return known;
    const union = this.#numberOf(distinct([...this.#lists[first]!, ...this.#lists[second]!]));
    this.#unions.set(key, union);
    return union;
  }

  /** All lists by number, where the scan was told `ports`. */
  expand(ports: readonly number[]): (readonly TargetPort[])[] {
    const own = ports.map((port) => ({ port, connect_port: port }));
    return this.#lists.map((list) => distinct(list.flatMap((port) => (port === OWN_PORTS ? own : [port]))));
  }

  #numberOf(list: readonly TargetPort[]): number {
    const key = list.map(keyOf).join(' ');
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#lists.length);
    return this.#lists.push(list) - 1;
  }
}

function keyOf({ port, connect_port }: TargetPort): string {
  return `${port}:${connect_port}`;
}

function distinct(ports: readonly TargetPort[]): TargetPort[] {
  return [...new Map(ports.map((port) => [keyOf(port), port])).values()];
}
