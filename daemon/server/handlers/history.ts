// Handlers that tell what a run has done: its log, series, checkpoints, scores, and how its recipe differs from others.
import { readFile } from 'node:fs/promises';
import { recordedEvent } from '../../protocol.ts';
import type { LogFollower } from '../../runs/log-follower.ts';
import { lastLines, readEnd } from '../../runs/output.ts';
import type { RecipeText } from '../../runs/recipes.ts';
import type { Runs } from '../../runs/runs.ts';
import type { ServerContext } from '../context.ts';
import { RequestProblem } from '../problems.ts';
import { insideFolders } from '../sessions.ts';
import type { StreamMessage, StreamSource } from '../streams.ts';
import type { Handlers } from './handler.ts';

type HistoryHandlers = Pick<Handlers, 'runEvents' | 'runRecords' | 'runSeries' | 'runCheckpoints' | 'runScores' | 'runLog' | 'diffRuns'>; // prettier-ignore

/** Bytes of a log that are read for one client at once. */
const BATCH = 64 * 1024;

/** Most bytes of a worker's output that are looked through. */
const OUTPUT = 1024 * 1024;

export function historyHandlers({ runs, histories, sessions }: ServerContext): HistoryHandlers {
  const { store } = runs;
  /** The follower of a run: of its worker where it has one, else of what was read of it. */
  const followerOf = async (id: string): Promise<LogFollower> => {
    store.get(id);
    return runs.supervisor.followerOf(id) ?? (await histories.of(id)).follower;
  };
  return {
    runEvents: async ({ params, query, lastEventId }) => {
      store.get(params.id);
      const last = lastEventId === undefined ? Number.NaN : Number(lastEventId);
      const after = Number.isSafeInteger(last) && last >= 0 ? last : (query.after ?? 0);
      return eventSource(runs, params.id, after, () => followerOf(params.id));
    },
    runRecords: async ({ params, query }) => {
      const follower = await followerOf(params.id);
      await follower.refresh();
      const lines = [];
      let after = query.after;
      while (lines.length < query.limit) {
        const batch = await follower.read(after, BATCH);
        if (batch.length === 0) break;
        lines.push(...batch);
        after = batch.at(-1)?.seq ?? after;
      }
      const shown = lines.slice(0, query.limit);
      const records = shown.flatMap(({ json }) => recordedEvent.safeParse(JSON.parse(json)).data ?? []);
      return { records, last: follower.seq };
    },
    runSeries: async ({ params, query }) => {
      store.get(params.id);
      const history = await histories.of(params.id);
      const series = history.series({
        metrics: query.metrics?.split(','),
        points: query.points,
        from: query.from ?? 0,
        to: query.to ?? Number.POSITIVE_INFINITY,
      });
      return { series, seq: history.seq };
    },
    runCheckpoints: async ({ params }) => {
      const { readCheckpoints } = await import('../../runs/checkpoints.ts');
      const { outputDir, progress } = store.get(params.id);
      const { evaluations } = await histories.of(params.id);
      return { checkpoints: await readCheckpoints(outputDir, evaluations, progress.bestCheckpoint) };
    },
    runScores: async ({ params }) => {
      store.get(params.id);
      const { evaluations, samples } = await histories.of(params.id);
      return { evaluations: [...evaluations], samples: [...samples] };
    },
    runLog: async ({ params, query }) => {
      store.get(params.id);
      return { lines: lastLines(await readEnd(store.folder(params.id).output, OUTPUT), query.lines) };
    },
    diffRuns: async ({ params, query, sessionId }) => {
      const { diffRecipes } = await import('../../runs/recipes.ts');
      const recipeOf = async (id: string): Promise<RecipeText> => ({
        recipe: await store.recipe(id),
        overrides: store.get(id).overrides,
      });
      const record = store.get(params.id);
      const left = await recipeOf(record.id);
      if (query.other !== undefined) {
        store.get(query.other);
        return { differences: diffRecipes(left, await recipeOf(query.other)) };
      }
      const { recipeFile, overrides } = record;
      if (recipeFile === null)
        throw new RequestProblem(409, 'no-recipe-file', `The recipe of the run ${record.id} came as text: name another run.`); // prettier-ignore
      const path = await insideFolders(sessions.get(sessionId), recipeFile);
      const recipe = await readFile(path, 'utf8').catch((cause: unknown) => {
        throw new RequestProblem(404, 'recipe-missing', `The recipe ${recipeFile} is no longer there.`, {}, cause);
      });
      return { differences: diffRecipes(left, { recipe, overrides }) };
    },
  };
}

/**
 * A run's log from a cursor on, and its state at first and whenever it has changed. A run without a worker is waited for: it may
 * be resumed, and goes on in the same log.
 */
function eventSource(runs: Runs, id: string, cursor: number, followerOf: () => Promise<LogFollower>): StreamSource {
  let after = cursor;
  let told: string | undefined;
  let version = 0;
  const state = (): StreamMessage[] => {
    const record = runs.store.get(id);
    if (record.state === told) return [];
    told = record.state;
    return [{ event: 'state', data: JSON.stringify(runs.summary(record)) }];
  };
  return {
    read: async () => {
      if (told === undefined) return state();
      version = runs.store.version(id);
      const lines = await (await followerOf()).read(after, BATCH);
      after = lines.at(-1)?.seq ?? after;
      // the end of a run is told after its last event
      if (lines.length === 0) return state();
      return lines.map(({ seq, json }) => ({ id: String(seq), event: 'record', data: json }));
    },
    wait: (signal) => runs.store.waitForChange(id, version, signal),
  };
}
