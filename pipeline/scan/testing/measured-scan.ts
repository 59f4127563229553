/** For tests: a scan of one endpoint with what it cost this machine: connections, bytes read, time, sockets left open. */
import type { Socket } from 'node:net';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { realWorld, type ScanOptions, type ScanWorld } from '../index.ts';
import { local, scanLocal } from './scan-local.ts';
import { type LocalServer, withServer } from './servers.ts';

export interface MeasuredScan {
  record: EndpointRecord;
  connections: number;
  /** Of all connections together. */
  bytes_read: number;
  duration_ms: number;
  /** Sockets of the scanner's that were still there when it was done. */
  left_open: number;
}

/** `port` is nominal. The record is held against the schema. */
export async function measuredScan(
  starting: Promise<LocalServer>,
  port: number,
  overrides: Partial<ScanOptions> = {},
): Promise<MeasuredScan> {
  /** One may be used for several connections, unless it is read as a stream. */
  const sockets = new Set<Socket>();
  const streams: Socket[] = [];
  let [connections, bytes] = [0, 0];
  const { connect } = realWorld();
  const world: Partial<ScanWorld> = {
    connect: (ip, to, onData) => {
      const counted = (chunk: Uint8Array) => {
        bytes += chunk.length;
        onData!(chunk);
      };
      const socket = connect(ip, to, onData && counted);
      connections++;
      sockets.add(socket);
      if (!onData) streams.push(socket);
      return socket;
    },
  };
  return withServer(starting, async (server) => {
    const started = performance.now();
    const { records } = await scanLocal([local(port, server.port)], overrides, world);
    return {
      record: records[0]!,
      connections,
      bytes_read: streams.reduce((sum, socket) => sum + socket.bytesRead, bytes),
      duration_ms: performance.now() - started,
      left_open: [...sockets].filter((socket) => !socket.destroyed && socket.writableLength === 0).length,
    };
  });
}
