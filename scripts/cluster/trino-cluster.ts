/**
 * A Trino cluster for tests and measurements: a coordinator and workers as processes of their own on loopback, each in a
 * process group that ends with this process, however it ends.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, type RunningServer, startServer } from '../peers/running-server.ts';
import type { Java } from './java.ts';
import { type ClusterFolder, type SecuredAccess, trinoCommand, writeClusterFolder } from './trino-node.ts';

export interface ClusterOptions {
  /** The unpacked server, and the Java that runs it. */
  server: string;
  java: Java;
  workers?: number;
  heapMib?: number;
  /** Makes key and password file in the folder given, for HTTPS with passwords beside HTTP without. */
  secure?: ((folder: string) => Omit<SecuredAccess, 'port'>) | undefined;
}

/** What another process needs to use the cluster: plain data. */
export interface ClusterAddress {
  url: string;
  secured_url: string | null;
  catalog: string;
  folder: ClusterFolder;
}

export interface TrinoCluster extends ClusterAddress {
  stop(): Promise<void>;
}

/** Resolves when all workers are active. */
export async function startTrinoCluster(options: ClusterOptions): Promise<TrinoCluster> {
  const { workers = 2, heapMib = 1400, server, java } = options;
  const folder = mkdtempSync(join(tmpdir(), 'census-trino-'));
  const running: RunningServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const [port, securedPort, ...workerPorts] = (await freePorts(2 + workers)) as [
      number,
      number,
      ...number[],
    ];
    const secured = options.secure && { ...options.secure(folder), port: securedPort };
    const secret = randomBytes(32).toString('hex');
    const cluster: ClusterFolder = { folder, server, java, port, heapMib, secret, secured };
    writeClusterFolder(cluster);
    const commands = [
      trinoCommand(cluster, 'coordinator', port, 'coordinator'),
      ...workerPorts.map((at, place) => trinoCommand(cluster, `worker-${place + 1}`, at, 'worker')),
    ];
    const started = await Promise.allSettled(commands.map(startProcess));
    running.push(...started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
    const failed = started.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    const url = `http://127.0.0.1:${port}`;
    await waitForWorkers(url, workers);
    const secured_url = secured ? `https://127.0.0.1:${secured.port}` : null;
    return { url, secured_url, catalog: 'hive', folder: cluster, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One more worker, which ends with the process that started it. */
export async function addWorker({ folder, url }: ClusterAddress, name: string): Promise<RunningServer> {
  const before = await activeWorkers(url);
  const [port] = await freePorts(1);
  const worker = await startProcess(trinoCommand(folder, name, port!, 'worker'));
  await waitForWorkers(url, before + 1);
  return worker;
}

/** Workers that the coordinator gives work to. */
export async function activeWorkers(url: string): Promise<number> {
  const answer = await ask(
    url,
    "select count(*) from system.runtime.nodes where not coordinator and state = 'active'",
  );
  return Number(answer[0]?.[0] ?? 0);
}

export async function waitForWorkers(url: string, count: number): Promise<void> {
  const giveUp = Date.now() + START_LIMIT_MS;
  while (Date.now() < giveUp) {
    if ((await activeWorkers(url).catch(() => 0)) === count) return;
    await sleep(500);
  }
  throw new Error(`${url} has not ${count} active workers after ${START_LIMIT_MS / 1000} s`);
}

function startProcess(command: readonly string[]): Promise<RunningServer> {
  return startServer(command, (output) => output.includes('SERVER STARTED'), START_LIMIT_MS);
}

/** Trino's client protocol in its barest form: the tests' own, beside that of the program. */
async function ask(url: string, sql: string): Promise<unknown[][]> {
  const headers = { 'X-Trino-User': 'census' };
  const rows: unknown[][] = [];
  let page = (await (
    await fetch(`${url}/v1/statement`, { method: 'POST', body: sql, headers })
  ).json()) as Page;
  for (;;) {
    if (page.error) throw new Error(page.error.message);
    rows.push(...(page.data ?? []));
    if (page.nextUri === undefined) return rows;
    page = (await (await fetch(page.nextUri)).json()) as Page;
  }
}

interface Page {
  nextUri?: string;
  data?: unknown[][];
  error?: { message: string };
}

/** Three Java processes at once on two cores take a minute. */
const START_LIMIT_MS = 240_000;
