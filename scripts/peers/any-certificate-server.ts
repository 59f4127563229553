/** `any-certificate-server.go`, built with the Go that is installed: chains that no other stack shows, and broken signatures. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningServer, startServer } from './running-server.ts';

export interface AnyCertificates {
  /** Sent as they are, leaf first. */
  chain: readonly Uint8Array[];
  /** PEM file of the key that signs. */
  key: string;
  versions?: { min: '1.2' | '1.3'; max: '1.2' | '1.3' };
  /** `wrong`: one bit of it is; `fails`: there is none, and Go breaks off with an alert. */
  signature?: 'right' | 'wrong' | 'fails';
}

/** What to do where Go is missing; undefined where it is there. */
export function missingGo(): string | undefined {
  const there = spawnSync('go', ['version']).status === 0;
  return there ? undefined : 'no Go is installed (apt-get install golang-go)';
}

/** The program, built into `folder`: a minute where Go's standard library was never built before. */
export function buildAnyCertificateServer(folder: string): string {
  const program = join(folder, 'any-certificate-server');
  const source = join(import.meta.dirname, 'any-certificate-server.go');
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '', GO111MODULE: 'auto', CGO_ENABLED: '0' };
  const { status, stderr } = spawnSync('go', ['build', '-o', program, source], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`go build: ${stderr}`);
  return program;
}

/** Starts `program`; what it shows is written into a new folder `name` of `folder`. */
export async function startAnyCertificateServer(
  program: string,
  folder: string,
  name: string,
  { chain, key, versions = { min: '1.3', max: '1.3' }, signature = 'right' }: AnyCertificates,
): Promise<RunningServer & { port: number }> {
  const own = join(folder, name);
  mkdirSync(own);
  const files = chain.map((der, index) => {
    const file = join(own, `${index}.der`);
    writeFileSync(file, der);
    return file;
  });
  const { min, max } = versions;
  const words = ['-chain', files.join(','), '-key', key, '-min', min, '-max', max, '-signature', signature];
  const server = await startServer([program, ...words], (output) => LISTENING.test(output));
  return { ...server, port: Number(LISTENING.exec(server.output())![1]) };
}

const LISTENING = /^LISTENING (\d+)$/m;
