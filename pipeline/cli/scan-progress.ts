/** A scan's progress on standard error: a bar on a terminal, elsewhere a line now and then; a summary at the end. */
import type { ScanFile } from '../formats/raw-record.ts';
import type { ScanProgress } from '../scan/index.ts';

const BAR_CELLS = 24;
const TERMINAL_MS = 100;
const LINE_MS = 2000;

export class ScanProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #expected: number;
  #shownAt = performance.now();

  /** `expected` endpoints: each name counts as one address. */
  constructor(stream: NodeJS.WriteStream, expected: number) {
    this.#stream = stream;
    this.#expected = expected;
  }

  show(progress: ScanProgress): void {
    const now = performance.now();
    if (now - this.#shownAt < (this.#stream.isTTY ? TERMINAL_MS : LINE_MS)) return;
    this.#shownAt = now;
    const line = `${progress.endpoints} of ${this.#expected} endpoints, ${tallies(progress)}`;
    if (this.#stream.isTTY) this.#stream.write(`\r\u001b[K${this.#bar(progress.endpoints)} ${line}`);
    else this.#stream.write(`scan: ${line}\n`);
  }

  end(file: ScanFile, folder: string): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K');
    const how = file.finished_at === null ? 'scan stopped' : 'scan done';
    this.#stream.write(
      `${how}: ${file.counts.endpoints} endpoints, ${tallies(file.counts)}; records in ${folder}\n`,
    );
  }

  #bar(done: number): string {
    const share = this.#expected > 0 ? Math.min(1, done / this.#expected) : 1;
    const full = Math.round(share * BAR_CELLS);
    return `[${'#'.repeat(full)}${'.'.repeat(BAR_CELLS - full)}]`;
  }
}

function tallies({ handshakes, outcomes }: Pick<ScanProgress, 'handshakes' | 'outcomes'>): string {
  const { tls, tls_rejected, no_starttls, error } = outcomes;
  return `${handshakes} handshakes: ${tls} with TLS, ${no_starttls} without STARTTLS, ${tls_rejected} that refused every hello, ${error} errors`;
}
