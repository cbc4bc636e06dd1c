// A daemon of its own for each test: a fresh home, the built command, and what stands in its files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordedEvent, type RecordedEvent } from '../../daemon/protocol.ts';
import { findDaemon } from '../../daemon/cli/client.ts';
import { homeOf, runFolder, type Home, type RunFolder } from '../../daemon/runs/home.ts';
import { cli, goldens, repository, temporary, type Finished } from '../cli/command.ts';
import { spawn } from 'node:child_process';

export const smallWorld = join(repository, 'examples/small-world');

export interface ListedRun {
  readonly id: string;
  readonly state: string;
  readonly step: number;
  readonly totalSteps: number;
  readonly outputDir: string;
}

export class DaemonHome {
  readonly home: Home = homeOf({ ANNEAL_HOME: temporary('home') });
  readonly #environment: NodeJS.ProcessEnv;

  constructor(environment: NodeJS.ProcessEnv = {}) {
    this.#environment = { ...process.env, ANNEAL_HOME: this.home.folder, ...environment };
  }

  /** Runs a command line to its end. */
  anneal(args: readonly string[], cwd = goldens): Promise<Finished> {
    const child = spawn(process.execPath, [cli, ...args], { cwd, env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] }); // prettier-ignore
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })));
  }

  /** The JSON that a command line prints. Throws where it does not end well. */
  async json<T>(...args: string[]): Promise<T> {
    const { status, stdout, stderr } = await this.anneal([...args, '--json']);
    if (status !== 0) throw new Error(`anneal ${args.join(' ')} ended with ${status}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  runs(): Promise<ListedRun[]> {
    return this.json('runs');
  }

  get pid(): number | undefined {
    return findDaemon(this.home)?.lease.pid;
  }

  files(id: string): RunFolder {
    return runFolder(join(this.home.runs, id));
  }

  /** The run's log; every line of it must be a record, and the numbers without a gap. */
  events(id: string): RecordedEvent[] {
    return readLog(this.files(id).events);
  }

  workerOf(id: string): number {
    return (JSON.parse(readFileSync(this.files(id).lock, 'utf8')) as { pid: number }).pid;
  }

  async end(): Promise<void> {
    await this.anneal(['daemon', 'stop']);
  }
}

export function readLog(path: string): RecordedEvent[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines.pop() !== '') throw new Error(`${path} ends in the middle of a record`);
  return lines.map((line, i) => {
    const record = recordedEvent.parse(JSON.parse(line));
    if (record.seq !== i + 1) throw new Error(`${path} line ${i + 1} has number ${record.seq}`);
    return record;
  });
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const began = performance.now(); !(await holds());) {
    if (performance.now() - began > 30_000) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
