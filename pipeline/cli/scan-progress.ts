/**
 * A scan's progress on standard error: on a terminal one line that is redrawn, elsewhere a line every ten seconds; a
 * summary at the end. Rates are those of the last ten seconds, the time left is by the last minute.
 */
import type { ScanFile, ScanInference } from '../formats/raw-record.ts';
import type { ScanProgress } from '../scan/index.ts';

const TERMINAL_MS = 500;
const LINE_MS = 10_000;
const RATE_MS = 10_000;
const LEFT_MS = 60_000;
const SAMPLE_MS = 1000;

interface Sample {
  at: number;
  endpoints: number;
  handshakes: number;
}

export class ScanProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #progress: ScanProgress | undefined;
  /** A second apart, those of the last minute. */
  #samples: Sample[] = [];

  /** `now`: milliseconds, for durations. */
  constructor(stream: NodeJS.WriteStream, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
    this.#timer = setInterval(() => this.draw(), stream.isTTY ? TERMINAL_MS : LINE_MS).unref();
  }

  /** Notes how far the scan is; it is drawn in its time. */
  show(progress: ScanProgress): void {
    this.#progress = progress;
    const at = this.#now();
    const last = this.#samples.at(-1);
    if (last && at - last.at < SAMPLE_MS) return;
    const { endpoints, handshakes } = progress;
    this.#samples = [
      ...this.#samples.filter((sample) => at - sample.at < LEFT_MS),
      { at, endpoints, handshakes },
    ];
  }

  /** Draws what was noted last. */
  draw(): void {
    if (!this.#progress) return;
    const line = this.#line(this.#progress);
    const width = (this.#stream.columns ?? 80) - 1;
    this.#stream.write(this.#stream.isTTY ? `\r\u001b[K${line.slice(0, width)}` : `scan: ${line}\n`);
  }

  end(file: ScanFile, folder: string): void {
    this.stop();
    const how = file.finished_at === null ? 'scan stopped' : 'scan done';
    const more = file.finished_at === null ? '; --resume goes on with it' : '';
    this.#stream.write(
      `${how}: ${file.counts.endpoints} endpoints, ${summaryOf(file.counts)}; records in ${folder}${more}\n`,
    );
    if (file.inference) this.#stream.write(`inferred: ${inferenceText(file.inference)}\n`);
  }

  /** Draws no more. */
  stop(): void {
    clearInterval(this.#timer);
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K');
  }

  #line(progress: ScanProgress): string {
    const { endpoints, expected, outcomes, throttled, in_flight, resting } = progress;
    const { tls, tls_rejected, no_starttls, error } = outcomes;
    const rate = this.#rate(RATE_MS);
    return [
      `${endpoints} of ${expected} endpoints`,
      `${rate.endpoints.toFixed(1)}/s, ${rate.handshakes.toFixed(0)} handshakes/s`,
      `${tls} accepted, ${tls_rejected} rejected, ${no_starttls} without STARTTLS, ${error} errors, ${throttled} throttled`,
      `${in_flight} in flight, ${resting} resting`,
      timeLeft(expected - endpoints, this.#rate(LEFT_MS).endpoints),
    ].join('; ');
  }

  /** What was done a second in the last so many milliseconds. */
  #rate(milliseconds: number): { endpoints: number; handshakes: number } {
    const now = this.#now();
    const since = this.#samples.find((sample) => now - sample.at <= milliseconds) ?? this.#samples.at(-1);
    const seconds = since ? (now - since.at) / 1000 : 0;
    if (!since || seconds <= 0) return { endpoints: 0, handshakes: 0 };
    const { endpoints, handshakes } = this.#progress!;
    return {
      endpoints: (endpoints - since.endpoints) / seconds,
      handshakes: (handshakes - since.handshakes) / seconds,
    };
  }
}

function timeLeft(endpoints: number, rate: number): string {
  if (endpoints <= 0) return 'about to end';
  if (rate <= 0) return 'time left unknown';
  const minutes = Math.ceil(endpoints / rate / 60);
  if (minutes < 120) return `${minutes} min left`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h left` : `${Math.round(minutes / 1440)} days left`;
}

function inferenceText({ standing, endpoints, stopped, ...error }: ScanInference): string {
  const percent = (share: number | null) => `${Number(((share ?? 0) * 100).toPrecision(2))} %`;
  const { estimated_error, low, high } = error;
  const measured =
    estimated_error === null
      ? 'nothing to measure an error by'
      : `${percent(estimated_error)} of them wrong as estimated (95 % interval ${percent(low)} to ${percent(high)})`;
  const checked = `checks were wrong at ${endpoints.wrong} of ${endpoints.checked} endpoints`;
  const end = stopped ? '; that is more than --max-inference-error, and inference was stopped' : '';
  return `${standing} answers, ${measured}; ${checked}${end}`;
}

function summaryOf({ handshakes, outcomes }: ScanFile['counts']): string {
  const { tls, tls_rejected, no_starttls, error } = outcomes;
  return `${handshakes} handshakes: ${tls} with TLS, ${no_starttls} without STARTTLS, ${tls_rejected} that refused every hello, ${error} errors`;
}
