/** What a scan says of itself while it runs: a line every ten seconds, or one line that is redrawn. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ScanProgress } from '../scan/index.ts';
import { ScanProgressLine } from './scan-progress.ts';

const said: string[] = [];

beforeEach(() => {
  said.length = 0;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function stream(isTTY: boolean, columns = 300): NodeJS.WriteStream {
  return { isTTY, columns, write: (text: string) => said.push(text) > 0 } as unknown as NodeJS.WriteStream;
}

function progress(endpoints: number): ScanProgress {
  const outcomes = { tls: endpoints - 6, tls_rejected: 1, no_starttls: 2, error: 3 };
  return {
    endpoints,
    handshakes: 30 * endpoints,
    outcomes,
    throttled: 1,
    in_flight: 64,
    resting: 5,
    expected: 3610,
  };
}

/** Ten seconds of a scan that does an endpoint every tenth of a second. */
function tenSeconds(line: ScanProgressLine, from: number): void {
  for (let done = from; done < from + 100; done++) {
    vi.advanceTimersByTime(100);
    line.show(progress(done + 1));
  }
}

test('without a terminal: a line every ten seconds, with the rates of these', () => {
  const line = new ScanProgressLine(stream(false));
  line.show(progress(10));
  for (let ten = 0; ten < 3; ten++) tenSeconds(line, 10 + 100 * ten);
  line.stop();
  vi.advanceTimersByTime(60_000);
  expect(said).toHaveLength(3);
  expect(said[2]).toMatch(
    /^scan: \d+ of 3610 endpoints; (9\.\d|10\.0)\/s, (29\d|300) handshakes\/s; \d+ accepted, 1 rejected, 2 without STARTTLS, 3 errors, 1 throttled; 64 in flight, 5 resting; 6 min left\n$/,
  );
});

test('nothing new is told too, and then nothing is known of the time left', () => {
  const line = new ScanProgressLine(stream(false));
  line.show(progress(10));
  vi.advanceTimersByTime(120_000);
  line.stop();
  expect(said).toHaveLength(12);
  expect(said.at(-1)).toMatch(/; 0\.0\/s, 0 handshakes\/s; .*; time left unknown\n$/);
});

test('on a terminal: one line, no longer than that, cleared at the end', () => {
  const line = new ScanProgressLine(stream(true, 60));
  tenSeconds(line, 10);
  line.stop();
  expect(said.length).toBeGreaterThan(10);
  for (const text of said.slice(0, -1)) {
    expect(text.startsWith('\r\u001b[K')).toBe(true);
    expect(text.length).toBeLessThanOrEqual(4 + 59);
    expect(text).not.toContain('\n');
  }
  expect(said.at(-1)).toBe('\r\u001b[K');
});
