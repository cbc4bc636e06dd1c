// Which run is next on which device: one at a time on each, in the order of their ranks.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { writePrivate } from './home.ts';
import type { QueueStatus } from './protocol.ts';
import type { RunRecord } from './record.ts';
import { isActive } from './states.ts';
import type { RunStore } from './store.ts';

const settingsSchema = z.object({
  continueAfterFailure: z.boolean().default(true),
  pausedDevices: z.array(z.string()).default([]),
});
type Settings = z.infer<typeof settingsSchema>;

export interface QueueParts {
  readonly store: RunStore;
  /** File that keeps what was set. */
  readonly settingsFile: string;
  /** Starts a run's worker; what it throws becomes the run's failure. */
  readonly start: (id: string) => Promise<void>;
  readonly failed: (id: string, error: unknown) => Promise<void>;
  readonly changed: () => void;
}

export interface QueueChange {
  readonly device?: string | undefined;
  readonly order?: readonly string[] | undefined;
  readonly paused?: boolean | undefined;
  readonly continueAfterFailure?: boolean | undefined;
}

export class RunQueue {
  readonly #parts: QueueParts;
  #settings: Settings;
  /** Devices whose next run is being started. */
  readonly #starting = new Set<string>();
  #closed = false;
  #writing = Promise.resolve();

  private constructor(parts: QueueParts, settings: Settings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  static async open(parts: QueueParts): Promise<RunQueue> {
    return new RunQueue(parts, await readSettings(parts.settingsFile));
  }

  /** Queued runs of a device, the next one first. */
  waiting(device: string): RunRecord[] {
    return this.#parts.store
      .list()
      .filter((record) => record.state === 'queued' && record.device === device)
      .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  }

  /** A rank behind all others. */
  lastRank(): number {
    return Math.max(0, ...this.#parts.store.list().map(({ rank }) => rank ?? 0)) + 1;
  }

  status(): QueueStatus {
    const records = this.#parts.store.list();
    const busy = records.filter(({ state }) => state === 'queued' || isActive(state)).map(({ device }) => device);
    const devices = [...new Set([...busy, ...this.#settings.pausedDevices])].sort();
    return {
      devices: devices.map((device) => ({
        device,
        running: records.filter((record) => isActive(record.state) && record.device === device).map(({ id }) => id),
        waiting: this.waiting(device).map(({ id }) => id),
        paused: this.#settings.pausedDevices.includes(device),
      })),
      continueAfterFailure: this.#settings.continueAfterFailure,
    };
  }

  /** Throws UserError where a run does not wait for the device. */
  async change({ device = 'cpu', order, paused, continueAfterFailure }: QueueChange): Promise<void> {
    if (order) await this.#reorder(device, order);
    const others = this.#settings.pausedDevices.filter((one) => one !== device);
    await this.#set({
      continueAfterFailure: continueAfterFailure ?? this.#settings.continueAfterFailure,
      pausedDevices: paused === undefined ? this.#settings.pausedDevices : paused ? [...others, device] : others,
    });
    this.#parts.changed();
    this.pump();
  }

  async #reorder(device: string, order: readonly string[]): Promise<void> {
    const waiting = this.waiting(device);
    const stranger = order.find((id) => !waiting.some((record) => record.id === id));
    if (stranger !== undefined)
      throw new UserError('run-not-queued', `The run ${stranger} does not wait for the device ${device}.`);
    const first = [...new Set(order)];
    const rest = waiting.map(({ id }) => id).filter((id) => !first.includes(id));
    const ranks = waiting.map(({ rank }) => rank ?? 0);
    for (const [i, id] of [...first, ...rest].entries()) {
      const rank = ranks[i] ?? i;
      if (this.#parts.store.get(id).rank !== rank) await this.#parts.store.update(id, { rank });
    }
  }

  async #set(settings: Settings): Promise<void> {
    // one write after the other; what cannot be written does not hold
    const write = this.#writing
      .catch(() => undefined)
      .then(async () => {
        await writePrivate(this.#parts.settingsFile, `${JSON.stringify(settings)}\n`);
        this.#settings = settings;
      });
    this.#writing = write;
    await write;
  }

  /** A run has ended: after a failure its device may have to wait for a person. */
  async ended(record: RunRecord): Promise<void> {
    if (record.state === 'failed' && !this.#settings.continueAfterFailure)
      await this.change({ device: record.device, paused: true });
    this.#parts.changed();
    this.pump();
  }

  /** Starts what can be started. */
  pump(): void {
    if (this.#closed) return;
    for (const { device, running, waiting, paused } of this.status().devices) {
      const [next] = waiting;
      if (next === undefined || running.length > 0 || paused || this.#starting.has(device)) continue;
      this.#starting.add(device);
      void this.#start(next, device);
    }
  }

  async #start(id: string, device: string): Promise<void> {
    try {
      await this.#parts.start(id);
    } catch (error) {
      await this.#parts.failed(id, error);
    } finally {
      this.#starting.delete(device);
    }
    this.#parts.changed();
    this.pump();
  }

  close(): void {
    this.#closed = true;
  }
}

async function readSettings(file: string): Promise<Settings> {
  const defaults = settingsSchema.parse({});
  if (!existsSync(file)) return defaults;
  try {
    return settingsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // it holds preferences only: the usual ones do
    return defaults;
  }
}
