// Output directories that LLaMA-Factory wrote, taken in as runs that cannot be changed, and kept up to date while it still
// writes to them.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RunEvent } from '../../protocol.ts';
import { UserError } from '../../errors.ts';
import { EventLog, readEvents } from '../event-log.ts';
import { advance } from '../progress.ts';
import { noProgress, type RunRecord } from '../record.ts';
import type { RunStore } from '../store.ts';
import { isOutput } from './is-output.ts';
import type { ReadOutput } from './outputs.ts';

export interface ImportParts {
  readonly store: RunStore;
  readonly now: () => number;
  readonly newId: (name: string) => string;
}

/** Reading outputs needs YAML, which an idle daemon does not carry. */
async function readOutput(folder: string): Promise<ReadOutput> {
  const outputs = await import('./outputs.ts');
  return await outputs.readOutput(folder);
}

/** Folders below the named one that are looked into. */
const DEPTH = 3;
/** Most runs that one request takes in. */
const MOST = 1000;

export class Imports {
  readonly #parts: ImportParts;

  constructor(parts: ImportParts) {
    this.#parts = parts;
  }

  /** Takes in a folder, or the output directories below it. Throws UserError where there are none. */
  async add(folder: string): Promise<RunRecord[]> {
    const outputs = isOutput(folder) ? [folder] : await findOutputs(folder, DEPTH);
    if (outputs.length === 0) {
      throw new UserError(
        'no-outputs',
        `Neither ${folder} nor a folder in it holds a trainer_log.jsonl or trainer_state.json: name an output_dir of LLaMA-Factory.`,
      );
    }
    const records: RunRecord[] = [];
    for (const output of outputs.slice(0, MOST)) {
      const known = this.#parts.store.list().find(({ outputDir }) => outputDir === output);
      if (!known) records.push(await this.#create(output));
      else if (known.source === 'llama-factory') records.push(await this.refresh(known.id));
    }
    return records;
  }

  async #create(folder: string): Promise<RunRecord> {
    const { store, now, newId } = this.#parts;
    const output = await readOutput(folder);
    const name = basename(folder);
    const record: RunRecord = {
      version: 1,
      id: newId(name),
      name,
      source: 'llama-factory',
      state: 'stopped',
      recipeFile: null,
      overrides: [],
      workingDirectory: folder,
      outputDir: folder,
      stage: output.stage,
      finetuningType: output.finetuningType,
      device: 'unknown',
      tags: [],
      notes: '',
      clonedFrom: null,
      created: Math.round(output.written),
      started: null,
      ended: null,
      attempts: 0,
      rank: null,
      resumeFrom: null,
      startedAfter: 0,
      killed: false,
      failure: null,
      progress: noProgress,
    };
    await store.add(record, output.recipe);
    this.#log(record.id, output.events, now);
    return await this.#settle(record.id, output);
  }

  /** Reads an output directory again; what is new is appended to the log. */
  async refresh(id: string): Promise<RunRecord> {
    const { store, now } = this.#parts;
    const record = store.get(id);
    // the folder may be gone: the run is kept as it was
    if (!existsSync(record.outputDir)) return record;
    const output = await readOutput(record.outputDir);
    const known = readEvents(store.folder(id).events).map(({ event }) => JSON.stringify(event));
    const texts = output.events.map((event) => JSON.stringify(event));
    const whole = known.slice(-texts.length);
    const grown = known.every((text, i) => text === texts[i]);
    if (grown) this.#log(id, output.events.slice(known.length), now);
    // trained anew into the same folder: steps begin again, and the log says so
    else if (whole.join() !== texts.join()) this.#log(id, output.events, now);
    return await this.#settle(id, output);
  }

  /** Files in output directories have changed: those that were imported are read again. */
  async refreshAt(paths: readonly string[]): Promise<void> {
    const folders = new Set(paths.map((path) => dirname(path)));
    for (const { id, source, outputDir } of this.#parts.store.list())
      if (source === 'llama-factory' && folders.has(outputDir)) await this.refresh(id);
  }

  #log(id: string, events: readonly RunEvent[], now: () => number): void {
    if (events.length === 0) return;
    const log = new EventLog(this.#parts.store.folder(id).events, now);
    try {
      for (const event of events) log.append(event);
    } finally {
      log.close();
    }
  }

  async #settle(id: string, { finished, written }: ReadOutput): Promise<RunRecord> {
    const { store } = this.#parts;
    const progress = readEvents(store.folder(id).events).reduce(advance, noProgress);
    const state = finished ? 'done' : 'stopped';
    return await store.update(id, { state, progress, ended: finished ? Math.round(written) : null });
  }
}

async function findOutputs(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    // checkpoints have a trainer_state.json of their own; links may lead anywhere
    if (!entry.isDirectory() || entry.name.startsWith('.') || /^(node_modules|checkpoint-\d+)$/.test(entry.name)) continue; // prettier-ignore
    const path = join(folder, entry.name);
    if (isOutput(path)) found.push(path);
    else if (depth > 1) found.push(...(await findOutputs(path, depth - 1)));
    if (found.length >= MOST) break;
  }
  return found;
}
