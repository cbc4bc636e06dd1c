// What tells one process and one machine from another, as each system says it. Process ids are used again, and names of
// machines change with the network they are in.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The system, as far as this file asks it. */
export interface System {
  readonly platform: NodeJS.Platform;
  /** A file's text. Throws where there is none. */
  readonly read: (path: string) => string;
  /** What a command prints. Throws where it fails. */
  readonly run: (command: string, args: readonly string[]) => string;
}

export const thisSystem: System = {
  platform: process.platform,
  read: (path) => readFileSync(path, 'latin1'),
  run: (command, args) =>
    execFileSync(command, args, {
      encoding: 'utf8',
      timeout: 2000,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C' },
    }),
};

/** When a process began, in the system's own words; undefined where it has ended or the system does not tell (Windows). */
export function startOf(pid: number, system: System = thisSystem): string | undefined {
  try {
    if (system.platform === 'linux') return linuxStart(pid, system);
    if (system.platform === 'darwin') return system.run('ps', ['-o', 'lstart=', '-p', String(pid)]).trim() || undefined;
  } catch {
    // it has ended
  }
  return undefined;
}

/** Boot id and start time in clock ticks since boot (proc(5), stat, field 22). */
function linuxStart(pid: number, { read }: System): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // the name in parentheses may hold anything, so fields are counted from its end
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // a zombie has ended, even where nobody collects it
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return `${read('/proc/sys/kernel/random/boot_id').trim()} ${fields[19]}`;
}

/** What stays the same where a machine's name does not: on macOS that is the network's. Undefined where the name will do. */
export function machineOf(system: System = thisSystem): string | undefined {
  if (system.platform !== 'darwin') return undefined;
  try {
    const told = system.run('ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']);
    return /"IOPlatformUUID" = "([0-9A-F-]+)"/i.exec(told)?.[1];
  } catch {
    return undefined;
  }
}
