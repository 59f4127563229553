/**
 * A TLS stack as a peer: a server in some configurations, and the stack's own client, which is the truth: what it got, suite
 * by suite and version by version. Nothing of ours says what the server ought to accept.
 */
import type { KeyMaterial } from './openssl.ts';
import type { RunningServer } from './running-server.ts';

export interface StackPeer {
  /** The stack's name in titles. */
  name: string;
  /** What to do where the stack is missing; undefined where it is there. */
  missing(): string | undefined;
  configurations: readonly string[];
  /** Whether there is one more configuration, `named`: a server that knows the name mx.test, and refuses others. */
  takesNames?: boolean;
  start(configuration: string, keys: StackKeys): Promise<StackServer>;
  /** What the stack's own client, or where it can't say another one, finished a handshake with. */
  ask(server: StackServer): Promise<Accepted>;
}

export type StackServer = RunningServer & { port: number };

/** Each server shows these: RSA of 2,048 bits, ECDSA on P-256. `folder` is for what a stack wants to write. */
export interface StackKeys {
  folder: string;
  rsa: KeyMaterial;
  ecdsa: KeyMaterial;
}

/** Accepted suites by version, both as numbers, ascending; versions without any are left out. */
export type Accepted = Record<number, number[]>;

/** Lines `0x0303 0xc02f`, in any order, some twice (suites with two names). */
export function acceptedIn(lines: string): Accepted {
  const pairs = [...lines.matchAll(/^0x([0-9a-f]{4}) 0x([0-9a-f]{4})$/gm)];
  return acceptedOf(
    pairs.map(([, version, suite]) => [Number.parseInt(version!, 16), Number.parseInt(suite!, 16)]),
  );
}

export function acceptedOf(pairs: readonly (readonly [version: number, suite: number])[]): Accepted {
  const all: Accepted = {};
  for (const [version, suite] of pairs) all[version] = [...(all[version] ?? []), suite];
  for (const [version, suites] of Object.entries(all)) {
    all[Number(version)] = [...new Set(suites)].sort((left, right) => left - right);
  }
  return all;
}
