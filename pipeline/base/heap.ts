/**
 * Keeps the heap of this process near what is alive in it. V8 lets it double and more before it collects, as long as
 * the machine has memory; with ten thousand endpoints in flight that is half a gigabyte of what is no longer needed.
 */
import { setFlagsFromString } from 'node:v8';

/** For a process that holds much at a time: collections come more often, and past some size they close gaps, too. */
export function keepHeapSmall(): void {
  // V8 looks at its flags at each collection, so that they may be set at any time.
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() < LARGE_BYTES) return;
    clearInterval(timer);
    // Sockets that live for seconds lie among records that live for minutes: where they were, half of the heap is gaps.
    // From the start it would cost a third of the speed, since code is compiled by it too.
    setFlagsFromString('--optimize-for-size');
  }, LOOK_MS);
  timer.unref();
}

const GROWTH_PERCENT = 20;
const LARGE_BYTES = 150 * 1024 * 1024;
const LOOK_MS = 1000;
