// The process table, as far as tests ask it: who lives, who was started by whom.
import { spawnSync } from 'node:child_process';

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

export function processes(): readonly Process[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || parent === undefined || command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }]; // prettier-ignore
  });
}

/** Processes below one, however deep. */
export function descendants(pid: number): readonly Process[] {
  const all = processes();
  const below = (parent: number): readonly Process[] => all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]); // prettier-ignore
  return below(pid);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Asks a process to end, and waits until it has. */
export async function endProcess(pid: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  try {
    process.kill(pid, signal);
  } catch {
    return;
  }
  for (const began = performance.now(); isAlive(pid);) {
    if (performance.now() - began > 10_000) return void process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
