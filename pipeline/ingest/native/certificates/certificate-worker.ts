/** A process that reads buckets of certificates, seen from the one that started it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../../../base/package-root.ts';
import type { Bucket } from './buckets.ts';

/** What the process says to a bucket: that it is done, or what went wrong. */
export type FromCertificateWorker = { failure: null } | { failure: { message: string; stack: string } };

export class CertificateWorker {
  readonly #process: ChildProcess;
  #settle: ((error?: Error) => void) | undefined;
  #ended: Error | undefined;

  constructor() {
    this.#process = fork(PROGRAM, [], { env: { ...process.env, CENSUS_PROCESS: 'certificate-worker' } });
    this.#process.on('message', ({ failure }: FromCertificateWorker) => {
      this.#settle?.(failure === null ? undefined : Object.assign(new Error(failure.message), failure));
    });
    this.#process.on('error', (error) => this.#gone(error));
    this.#process.on('exit', (code, signal) => {
      this.#gone(new Error(`a process that read certificates ended (${signal ?? `exit code ${code}`})`));
    });
  }

  /** Resolves once the facts of `bucket` are written. Rejects where they can't be, or the process has died. */
  read(bucket: Bucket): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended) reject(this.#ended);
      this.#settle = (error) => (error ? reject(error) : resolve());
      // That it can't be sent is told by the process's exit.
      if (this.#process.connected) this.#process.send(bucket, () => {});
    });
  }

  /** Ends the process. */
  async end(): Promise<void> {
    if (this.#ended) return;
    const exit = once(this.#process, 'exit');
    if (this.#process.connected) this.#process.disconnect();
    await exit;
  }

  #gone(error: Error): void {
    this.#ended ??= error;
    this.#settle?.(error);
  }
}

/** It starts the program from source or from the build, whichever there is. */
const PROGRAM = join(packageRoot, 'pipeline/cli/census.mjs');
