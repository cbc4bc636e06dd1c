// Runs a command to its end and watches its memory: wall time, exit status, and the highest resident size of any one process in its tree.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Highest resident size in bytes that the kernel has seen for a process; 0 where it is gone or not Linux. */
function peakOf(pid) {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Number(match[1]) * 1024 : 0;
  } catch {
    return 0;
  }
}

function descendants(root) {
  const children = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[1];
      children.set(parent, [...(children.get(parent) ?? []), pid]);
    } catch {
      // ended meanwhile
    }
  }
  const found = [String(root)];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

export async function measure(command, args, options = {}) {
  const began = performance.now();
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  let peak = 0;
  const timer = setInterval(() => {
    for (const pid of descendants(child.pid)) peak = Math.max(peak, peakOf(pid));
  }, 100);
  const status = await new Promise((done) => child.on('close', done));
  clearInterval(timer);
  return { status, seconds: (performance.now() - began) / 1000, peak, output };
}
