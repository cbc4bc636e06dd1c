// A disk that fills up at every single write of the daemon's own: what cannot be written is said to whoever asked for it, the
// daemon goes on, and a new one finds everything whole.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { UserError } from '../errors.ts';
import { readEvents } from './event-log.ts';
import { healthLimits } from './heartbeat.ts';
import { homeOf, prepareHome, type Home } from './home.ts';
import { Runs, type RunPlan } from './runs.ts';
import { FullDisk } from './testing/full-disk.ts';

afterEach(() => FullDisk.free());

const workerFile = fileURLToPath(new URL('testing/worker.mjs', import.meta.url));
const plan: RunPlan = { outputDir: '/nowhere', datasetDir: '/nowhere', otherOutputs: [], device: 'cpu', stage: 'sft', finetuningType: 'lora' }; // prettier-ignore

let count = 0;

function open(home: Home): Promise<Runs> {
  return Runs.open({
    home,
    workerFile,
    environment: process.env,
    now: Date.now,
    randomId: () => String(++count).padStart(6, '0'),
    report: () => undefined,
    limits: healthLimits,
    look: 20,
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
const idle = (runs: Runs): Promise<void> => until(() => !runs.busy && runs.supervisor.active === 0);

/** Everything that a client may ask for, one after the other. Gives what was refused. */
async function useAll(runs: Runs): Promise<unknown[]> {
  const refused: unknown[] = [];
  const ask = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      refused.push(error);
      return undefined;
    }
  };
  const submit = (...overrides: string[]): Promise<string | undefined> =>
    ask(async () => (await runs.submit({ recipeFile: null, recipe: 'stage: sft\n', overrides, workingDirectory: tmpdir(), tags: [], notes: '' }, plan)).id); // prettier-ignore
  const ids = [await submit('end=done'), await submit('end=failed')].filter((id) => id !== undefined);
  await idle(runs);
  for (const id of ids) {
    await ask(() => runs.store.update(id, { notes: 'looked at' }));
    await ask(() => runs.queue.change({ continueAfterFailure: true }));
    if (runs.store.get(id).state === 'failed') await ask(() => runs.resume(id, undefined));
    await idle(runs);
    await ask(() => runs.discard(id));
    await ask(() => runs.store.restore(id));
  }
  return refused;
}

const temporaryHome = (): Home => homeOf({ ANNEAL_HOME: join(mkdtempSync(join(tmpdir(), 'anneal-full-')), 'home') });

test('whichever write fails', { timeout: 120_000 }, async () => {
  const dry = temporaryHome();
  await prepareHome(dry);
  const disk = new FullDisk(dry.folder, Number.POSITIVE_INFINITY);
  const runs = await open(dry);
  expect(await useAll(runs)).toEqual([]);
  await runs.close();
  FullDisk.free();
  expect(disk.writes.length).toBeGreaterThan(20);

  // what was refused early leaves less to write later
  let met = 0;
  for (let n = 0; n < disk.writes.length; n++) {
    const which = `write ${n}, of ${disk.writes[n]}`;
    const home = temporaryHome();
    await prepareHome(home);
    const daemon = await open(home);
    // a run's end that could not be written is written down once there is room
    const full = new FullDisk(home.folder, n, n + 6);
    const refused = await useAll(daemon);
    FullDisk.free();
    if (full.writes.length > n) met += 1;
    for (const error of refused) {
      expect(error, which).toBeInstanceOf(UserError);
      expect((error as UserError).code, which).toMatch(/^(disk-full|run-missing|run-ended|run-active|run-not-resumable)$/);
    }
    await idle(daemon);
    const told = daemon.store.list().map(({ id, state, notes }) => [id, state, notes]);
    await daemon.close();
    const after = await open(home);
    // a run whose failure could not be written down is tried again
    await idle(after);
    expect(after.store.list().map(({ id }) => id), which).toEqual(told.map(([id]) => id));
    for (const { id, state } of after.store.list()) {
      expect(['done', 'failed', 'stopped'], which).toContain(state);
      const events = existsSync(after.store.folder(id).events) ? readEvents(after.store.folder(id).events) : [];
      expect(events.map(({ seq }) => seq), which).toEqual(events.map((_, i) => i + 1));
    }
    await after.close();
    rmSync(join(home.folder, '..'), { recursive: true, force: true });
  }
  expect(met).toBeGreaterThan(0.9 * disk.writes.length);
}); // prettier-ignore
