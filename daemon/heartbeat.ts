// A thread of the worker that tells it is alive: the main thread is blocked while a session runs, sometimes for minutes.
import { writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Heartbeat, HeartbeatSetup, MemoryNews } from './runs/heartbeat.ts';
import { memoryNow, pressureOf, type MemoryPressure } from './runs/memory.ts';

/** Milliseconds between beats. */
const BEAT = 2000;

// from this process's own main thread
const { path, counter } = workerData as HeartbeatSetup;
const done = new Int32Array(counter);
let pressure: MemoryPressure = 'none';
let count = 0;

function beat(): void {
  const memory = memoryNow();
  const memoryPressure = pressureOf(memory);
  const { user, system } = process.cpuUsage();
  const told: Heartbeat = {
    beat: ++count,
    done: Atomics.load(done, 0),
    processorSeconds: (user + system) / 1e6,
    memory: process.memoryUsage.rss(),
    availableMemory: memory.available,
    memoryPressure,
  };
  try {
    // a reader that comes in between finds half of it, and looks again a second later
    writeFileSync(path, JSON.stringify(told), { mode: 0o600 });
  } catch {
    // a full disk is met by the log as well, which says so
  }
  if (memoryPressure !== pressure) parentPort?.postMessage({ memoryPressure, ...memory } satisfies MemoryNews);
  pressure = memoryPressure;
}

beat();
setInterval(beat, BEAT);
