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

/** `marks` are the seconds after the start at which each match of `mark`, a global expression, was printed. */
export async function measure(command, args, { mark, ...options } = {}) {
  const began = performance.now();
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const seen = [];
  const hear = (chunk) => {
    output += chunk;
    if (mark) while (seen.length < (output.match(mark) ?? []).length) seen.push(performance.now());
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  let peak = 0;
  const timer = setInterval(() => {
    for (const pid of descendants(child.pid)) peak = Math.max(peak, peakOf(pid));
  }, 100);
  const status = await new Promise((done) => child.on('close', done));
  clearInterval(timer);
  const ms = performance.now() - began;
  return { status, seconds: ms / 1000, peak, output, marks: seen.map((time) => (time - began) / 1000) };
}
