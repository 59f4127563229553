/** One tool against one server, measured; and the same server many times over, as a census meets it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDoor } from './counting-door.ts';
import { NOTHING_FOUND, type Scores, score } from './findings.ts';
import type { ComparedServer } from './servers.ts';
import { type TimedRun, timedRun } from './timed-run.ts';
import type { Tool } from './tools/tool.ts';

export interface Compared {
  tool: Tool;
  scores: Scores;
  connections: number;
  run: TimedRun;
}

export interface ComparedMany {
  tool: Tool;
  endpoints: number;
  /** Endpoints of which every suite was found, and none too many. */
  whole: number;
  connections: number;
  run: TimedRun;
}

/** Runs the tool against the server's door. */
export async function compareOne(
  tool: Tool,
  server: ComparedServer,
  limit_seconds: number,
): Promise<Compared> {
  const { peer, door, truth } = server;
  return inFolder(async (folder) => {
    door.count();
    const run = await timedRun(tool.command(peer, folder)!, limit_seconds);
    const found = tryRead(tool, run, folder, server).get(door.host) ?? NOTHING_FOUND;
    return { tool, run, connections: door.count(), scores: score(found, truth) };
  });
}

/** The tool against `count` doors to the server, in one process; undefined for a tool that takes one host a process. */
export async function compareMany(
  tool: Tool,
  server: ComparedServer,
  count: number,
  limit_seconds: number,
): Promise<ComparedMany | undefined> {
  const hosts = Array.from(
    { length: count },
    (_, index) => `127.0.${120 + (process.pid % 100)}.${index + 1}`,
  );
  const peer = { ...server.peer, hosts };
  const doors = await Promise.all(
    hosts.map((host) => openDoor({ host, port: peer.port, behind: server.behind })),
  );
  try {
    return await inFolder(async (folder) => {
      const command = tool.command(peer, folder);
      if (!command) return undefined;
      const run = await timedRun(command, limit_seconds);
      const found = [...tryRead(tool, run, folder, { ...server, peer }).values()];
      const scores = found.map((one) => score(one, server.truth).suites!);
      const whole = scores.filter(({ right, wrong, truth }) => right === truth && wrong === 0).length;
      const connections = doors.reduce((sum, door) => sum + door.count(), 0);
      return { tool, run, endpoints: count, whole, connections };
    });
  } finally {
    for (const door of doors) await door.close();
  }
}

/** A tool that was ended, or gave up, may have written nothing that can be read. */
function tryRead(
  tool: Tool,
  run: TimedRun,
  folder: string,
  { peer }: ComparedServer,
): ReturnType<Tool['read']> {
  try {
    return tool.read(run.output, folder, peer);
  } catch (error) {
    process.stderr.write(
      `${tool.name}: nothing to read (${(error as Error).message})\n${run.output.slice(-500)}\n`,
    );
    return new Map();
  }
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'census-compare-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
