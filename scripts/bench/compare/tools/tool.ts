/** What the comparison knows of a tool: how it is called for a full enumeration, and how its output is read. */
import type { Findings } from '../findings.ts';

/** A server as tools are told of it; all of one run have the same port and protocol. */
export interface Peer {
  hosts: readonly string[];
  /** Nominal, and real: tools know the service by it. */
  port: 25 | 143 | 465 | 993;
  /** Null for implicit TLS. */
  starttls: 'smtp' | 'imap' | null;
  /** The server is known to be slow to greet: tools that have an option to be patient are given it. */
  patient: boolean;
}

export interface Tool {
  name: string;
  /** The version, as the tool says it; undefined where it is not there. */
  version(): string | undefined;
  /** The command for all of `peer.hosts` in one process; undefined where the tool can't do that. */
  command(peer: Peer, folder: string): readonly string[] | undefined;
  /** Findings by host, from what it printed and what it wrote into `folder`. A host that is missing was not scanned. */
  read(output: string, folder: string, peer: Peer): ReadonlyMap<string, Findings>;
  /** How it was called and what that leaves out, for the page. */
  about: string;
}
