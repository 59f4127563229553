/** All stacks that are asked for their truth. */
import { botanPeer } from './botan.ts';
import { goPeer, mbedtlsPeer, rustlsPeer, wolfsslPeer } from './built-stacks.ts';
import { gnutlsPeer } from './gnutls-stack.ts';
import { bouncyCastlePeer, jssePeer } from './java-stacks.ts';
import { nssPeer } from './nss.ts';
import { opensslPeer } from './openssl-stack.ts';
import type { StackPeer } from './stack-peer.ts';

export const STACK_PEERS: readonly StackPeer[] = [
  ...[opensslPeer, gnutlsPeer, nssPeer, jssePeer, bouncyCastlePeer],
  ...[goPeer, rustlsPeer, mbedtlsPeer, wolfsslPeer, botanPeer],
];
