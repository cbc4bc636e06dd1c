// The machine: devices that ONNX Runtime has, asked in a process of its own since the daemon never loads it, and their use.
import { execFile } from 'node:child_process';
import { cpus, type CpuInfo } from 'node:os';
import { promisify } from 'node:util';
import { z } from 'zod';

const report = z.object({
  devices: z.array(z.object({ device: z.string(), available: z.boolean(), reason: z.string().optional() })),
});
export type Devices = z.infer<typeof report>['devices'];

/** Milliseconds that the question may take. */
const ASKING = 30_000;

export class Machine {
  readonly #cli: string;
  #devices: Promise<Devices> | undefined;
  #before: readonly CpuInfo[] = cpus();

  /** `cli`: the built command line. */
  constructor(cli: string) {
    this.#cli = cli;
  }

  /** What this build can use; it does not change while the daemon lives. */
  devices(): Promise<Devices> {
    this.#devices ??= ask(this.#cli).catch((error: unknown) => {
      this.#devices = undefined;
      throw error;
    });
    return this.#devices;
  }

  /** Share of all cores that was used since the last call, from 0 to 1. */
  processorUse(): number {
    const now = cpus();
    const total = sum(now, () => true) - sum(this.#before, () => true);
    const idle = sum(now, (name) => name === 'idle') - sum(this.#before, (name) => name === 'idle');
    this.#before = now;
    return total <= 0 ? 0 : Math.min(1, Math.max(0, 1 - idle / total));
  }
}

const sum = (processors: readonly CpuInfo[], counts: (name: string) => boolean): number =>
  processors.reduce((all, { times }) => all + Object.entries(times).reduce((part, [name, time]) => part + (counts(name) ? time : 0), 0), 0); // prettier-ignore

async function ask(cli: string): Promise<Devices> {
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'env', '--json'], {
    timeout: ASKING,
    windowsHide: true,
  });
  return report.parse(JSON.parse(stdout)).devices;
}
