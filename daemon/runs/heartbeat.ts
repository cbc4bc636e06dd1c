// What a worker says of itself every other second, whatever its main thread is doing; and what that means.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Memory, MemoryPressure } from './memory.ts';
import type { RunHealth } from './protocol.ts';

export const heartbeat = z.object({
  /** Counts up. */
  beat: z.number().int(),
  /** Counts what the main thread has got done. */
  done: z.number().int(),
  /** Processor time of the whole process in seconds. */
  processorSeconds: z.number(),
  memory: z.number(),
  availableMemory: z.number(),
  memoryPressure: z.enum(['none', 'low', 'critical']),
});
export type Heartbeat = z.infer<typeof heartbeat>;

/** What the beating thread gets from the main thread. */
export interface HeartbeatSetup {
  /** File that it writes. */
  readonly path: string;
  /** One 32-bit number that the main thread counts up. */
  readonly counter: SharedArrayBuffer;
}

/** What the beating thread tells the main thread when it changes. */
export interface MemoryNews extends Memory {
  readonly memoryPressure: MemoryPressure;
}

/** The last heartbeat that a worker wrote; undefined where there is none, or only half of one. */
export async function readHeartbeat(path: string): Promise<Heartbeat | undefined> {
  try {
    return heartbeat.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** When a worker is called slow or hung, in looks (of about a second each). */
export interface HealthLimits {
  /** Looks without anything done that are always fine. */
  readonly patience: number;
  /** Looks without a beat after which the process counts as frozen. */
  readonly silence: number;
}

export const healthLimits: HealthLimits = { patience: 60, silence: 15 };

/** A step may take so many times the usual. */
const LONGER = 5;
/** Share of one processor below which a process is not at work. */
const IDLE_SHARE = 0.05;

/**
 * Follows the heartbeats of one worker. Time is counted in looks, not by the clock: a clock that is set back and a machine that
 * slept change nothing.
 */
export class HealthWatch {
  readonly #limits: HealthLimits;
  #last: Heartbeat | undefined;
  /** Looks since the last beat, and since the worker got something done. */
  #silent = 0;
  #idle = 0;
  #processorAtDone = 0;

  constructor(limits: HealthLimits) {
    this.#limits = limits;
  }

  /** The last heartbeat; undefined before the first. */
  get last(): Heartbeat | undefined {
    return this.#last;
  }

  /** One look. `stepSeconds`: what a step usually takes; 0 where none is known. */
  look(beat: Heartbeat | undefined, stepSeconds: number): RunHealth {
    const before = this.#last;
    this.#silent = beat && beat.beat !== before?.beat ? 0 : this.#silent + 1;
    if (beat && beat.done !== before?.done) {
      this.#idle = 0;
      this.#processorAtDone = beat.processorSeconds;
    } else this.#idle += 1;
    this.#last = beat ?? before;
    return {
      state: this.#judge(stepSeconds),
      idleSeconds: this.#idle,
      memory: this.#last?.memory ?? 0,
      availableMemory: this.#last?.availableMemory ?? 0,
      memoryPressure: this.#last?.memoryPressure ?? 'none',
    };
  }

  #judge(stepSeconds: number): RunHealth['state'] {
    if (!this.#last) return this.#silent > this.#limits.patience ? 'hung' : 'starting';
    if (this.#silent > this.#limits.silence) return 'hung';
    if (this.#idle <= Math.max(this.#limits.patience, LONGER * stepSeconds)) return 'working';
    const used = this.#last.processorSeconds - this.#processorAtDone;
    return used >= IDLE_SHARE * this.#idle ? 'slow' : 'hung';
  }
}
