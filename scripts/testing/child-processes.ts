/** Process ids of a process's children, from Linux's /proc. */
import { readdirSync, readFileSync } from 'node:fs';

export function childrenOf(pid: number): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return all.filter((name) => parentOf(name) === pid).map(Number);
}

/** Undefined where the process is gone, or ended and not waited for. */
function parentOf(name: string): number | undefined {
  try {
    // pid (name, which may hold anything) state ppid …
    const [state, ppid] = readFileSync(`/proc/${name}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    return state === 'Z' ? undefined : Number(ppid);
  } catch {
    return undefined;
  }
}
