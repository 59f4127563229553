/**
 * Runs a command and tells what it took together with all processes that it starts: seconds, seconds of CPU, and the most
 * memory that they held at one time. Linux: /proc is looked at several times a second, so that a shorter peak is missed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

export interface Took {
  seconds: number;
  cpu_seconds: number;
  peak_mib: number;
  stdout: string;
}

/** Rejects with what it said where it ends with another code than 0. */
export async function measure(words: readonly string[]): Promise<Took> {
  const started = performance.now();
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const watch = new TreeWatch(child.pid!);
  const timer = setInterval(() => watch.look(), LOOK_EVERY_MS);
  const [stdout, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  clearInterval(timer);
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${signal ?? code}: ${stdout.slice(-500)}`);
  return { seconds: (performance.now() - started) / 1000, ...watch.seen(), stdout };
}

const LOOK_EVERY_MS = 250;
/** sysconf(_SC_CLK_TCK) and the page size of Linux on the machines that this is run on. */
const TICKS = 100;
const PAGE = 4096;

class TreeWatch {
  readonly #root: number;
  /** Ticks of each process, when it was last seen. */
  readonly #ticks = new Map<number, number>();
  #peak = 0;

  constructor(root: number) {
    this.#root = root;
  }

  look(): void {
    const all = processes();
    const ours = new Set([this.#root]);
    // Children have higher numbers than their parents but for a wrap, which the next look mends.
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
    let pages = 0;
    for (const { pid, ticks, resident } of all) {
      if (!ours.has(pid)) continue;
      this.#ticks.set(pid, ticks);
      pages += resident;
    }
    this.#peak = Math.max(this.#peak, (pages * PAGE) / 2 ** 20);
  }

  seen(): Pick<Took, 'cpu_seconds' | 'peak_mib'> {
    const ticks = [...this.#ticks.values()].reduce((sum, one) => sum + one, 0);
    return { cpu_seconds: ticks / TICKS, peak_mib: Math.round(this.#peak) };
  }
}

interface ProcessSeen {
  pid: number;
  parent: number;
  ticks: number;
  resident: number;
}

/** Of all processes, by number; proc(5) says what stands where in their stat. */
function processes(): ProcessSeen[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const fields = stat
          .slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .map(Number);
        const [parent, ticks, resident] = [fields[1]!, fields[11]! + fields[12]!, fields[21]!];
        return [{ pid: Number(pid), parent, ticks, resident }];
      } catch {
        return []; // It ended between the two looks.
      }
    })
    .sort((a, b) => a.pid - b.pid);
}
