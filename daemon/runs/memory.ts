// Memory that this process could still get: of the machine, or of the container it lives in, whichever has less.
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';

export interface Memory {
  readonly available: number;
  readonly total: number;
}

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** Limits of control groups (version 2), from the process's own up to the root. Linux only. */
export function* groupLimits(root = '/sys/fs/cgroup', own = read('/proc/self/cgroup')): Generator<Memory> {
  let path = /^0::(.*)$/m.exec(own ?? '')?.[1];
  while (path !== undefined) {
    const folder = join(root, path);
    const limit = Number(read(join(folder, 'memory.max')) ?? 'none');
    const used = Number(read(join(folder, 'memory.current')) ?? 'none');
    if (Number.isFinite(limit) && Number.isFinite(used)) {
      // files in the cache are given back before anybody is killed
      const stat = read(join(folder, 'memory.stat')) ?? '';
      const cached = [...stat.matchAll(/^(?:in)?active_file (\d+)$/gm)].reduce(
        (sum, match) => sum + Number(match[1]),
        0,
      );
      yield { available: Math.max(0, limit - used + cached), total: limit };
    }
    path = path === '/' || path === '' ? undefined : path.slice(0, path.lastIndexOf('/')) || '/';
  }
}

/** What the machine has. Linux counts what its caches would give back; elsewhere libuv knows. */
function machineMemory(): Memory {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(read('/proc/meminfo') ?? '')?.[1];
  return {
    available: available === undefined ? process.availableMemory() : Number(available) * 1024,
    total: totalmem(),
  };
}

export function memoryNow(): Memory {
  return [machineMemory(), ...groupLimits()].reduce((least, one) => (one.available < least.available ? one : least));
}

export type MemoryPressure = 'none' | 'low' | 'critical';

const MEGABYTE = 1024 * 1024;

/** low: other programs feel it. critical: the next allocation may get somebody killed. */
export function pressureOf({ available, total }: Memory): MemoryPressure {
  if (available < Math.max(128 * MEGABYTE, 0.03 * total)) return 'critical';
  return available < Math.max(256 * MEGABYTE, 0.08 * total) ? 'low' : 'none';
}
