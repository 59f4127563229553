/** Progress of several stages on standard error: lines, and on a terminal one line that is rewritten. */
export class StageProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #stages: readonly string[];

  constructor(stream: NodeJS.WriteStream, stages: readonly string[]) {
    this.#stream = stream;
    this.#stages = stages;
  }

  begin(stage: string): void {
    this.#line(stage, '…');
  }

  note(stage: string, text: string): void {
    this.#line(stage, text);
  }

  /** Step `done` of `of`, before it is taken. On a terminal the last step's line is cleared. */
  step(stage: string, text: string, done: number, of: number): void {
    if (!this.#stream.isTTY) return;
    this.#stream.write(`\r\u001b[K[${'#'.repeat(done + 1)}${'.'.repeat(of - done - 1)}] ${stage}: ${text}`);
    if (done + 1 === of) this.#stream.write('\r\u001b[K');
  }

  #line(stage: string, text: string): void {
    const place = this.#stages.indexOf(stage) + 1;
    this.#stream.write(`[${place}/${this.#stages.length}] ${stage}: ${text}\n`);
  }
}
