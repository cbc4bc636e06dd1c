// Handlers that submit, change, stop, resume, copy and delete runs, and order their queue.
import { readFile } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import type { RunDetail, RunSummary } from '../../runs/protocol.ts';
import type { RunRecord } from '../../runs/record.ts';
import type { RunPlan, Submission } from '../../runs/runs.ts';
import type { ServerContext } from '../context.ts';
import { RequestProblem } from '../problems.ts';
import { insideFolders, type Session } from '../sessions.ts';
import type { Handlers } from './handler.ts';

type RunHandlers = Pick<
  Handlers,
  | 'listRuns'
  | 'submitRun'
  | 'getRun'
  | 'changeRun'
  | 'deleteRun'
  | 'stopRun'
  | 'resumeRun'
  | 'cloneRun'
  | 'queue'
  | 'changeQueue'
  | 'trash'
  | 'restoreRun'
  | 'purgeRun'
>;

/** A recipe's text: as it came, or read from its file. Both paths must lie in the session's folders. */
export async function readRecipe(
  session: Session,
  source: { recipeFile?: string | undefined; recipeText?: string | undefined; workingDirectory: string },
): Promise<{ recipe: string; recipeFile: string | null }> {
  await insideFolders(session, source.workingDirectory);
  const { recipeFile } = source;
  if (recipeFile === undefined) return { recipe: source.recipeText ?? '', recipeFile: null };
  const recipe = await readFile(await insideFolders(session, recipeFile), 'utf8').catch((cause: unknown) => {
    throw new UserError('recipe-missing', `The recipe ${recipeFile} cannot be read: check the path.`, { cause });
  });
  return { recipe, recipeFile };
}

/** What a run would write to and read rows from must lie in the session's folders too. */
async function guardPlan(session: Session, { outputDir, datasetDir, otherOutputs }: RunPlan): Promise<void> {
  for (const path of [outputDir, datasetDir, ...otherOutputs]) await insideFolders(session, path);
}

export function runHandlers({ runs, histories, sessions }: ServerContext): RunHandlers {
  const { store } = runs;
  const detail = (record: RunRecord): Promise<RunDetail> => runs.detail(record);
  const queueSubmission = async (session: Session, submission: Submission): Promise<RunDetail> => {
    const plan = await runs.plan(submission);
    await guardPlan(session, plan);
    return await detail(await runs.submit(submission, plan));
  };
  return {
    listRuns: async ({ query }) => {
      const found = store.list().filter((record) => matches(record, query));
      return { runs: runs.summaries(found.slice(query.offset, query.offset + query.limit)), total: found.length };
    },
    submitRun: async ({ body, session }) => {
      const opened = session();
      const source = await readRecipe(opened, body);
      const { overrides, workingDirectory, name, tags, notes } = body;
      return await queueSubmission(opened, { ...source, overrides, workingDirectory, name, tags, notes });
    },
    getRun: async ({ params }) => await detail(store.get(params.id)),
    changeRun: async ({ params, body }) => {
      const given = Object.entries(body).filter(([, value]) => value !== undefined);
      return await detail(await store.change(params.id, Object.fromEntries(given)));
    },
    deleteRun: async ({ params }) => {
      await runs.discard(params.id);
      histories.forget(params.id);
      return null;
    },
    stopRun: async ({ params, body }) => await detail(await runs.stop(params.id, body.kill)),
    resumeRun: async ({ params, body }) => await detail(await runs.resume(params.id, body.checkpoint)),
    cloneRun: async ({ params, body, sessionId }) => {
      const original = store.get(params.id);
      const before = { recipe: await store.recipe(original.id), overrides: original.overrides };
      // a copy must not write over the original
      const outputDir = `${original.outputDir}-${runs.randomId()}`;
      const { changeRecipe } = await import('../../runs/recipes.ts');
      const changed = changeRecipe(before, { output_dir: outputDir, ...body.changes });
      const submission: Submission = {
        ...changed,
        recipeFile: original.recipeFile,
        workingDirectory: original.workingDirectory,
        name: body.name ?? original.name,
        tags: body.tags,
        notes: '',
        clonedFrom: original.id,
      };
      return await queueSubmission(sessions.get(sessionId), submission);
    },
    queue: async () => runs.queue.status(),
    changeQueue: async ({ body }) => {
      await runs.queue.change(body);
      return runs.queue.status();
    },
    trash: async () => ({ runs: runs.summaries(await store.trash()) }),
    restoreRun: async ({ params }) => {
      if (store.has(params.id))
        throw new RequestProblem(409, 'run-exists', `The run ${params.id} is not in the trash.`);
      return await detail(await store.restore(params.id));
    },
    purgeRun: async ({ params }) => {
      await store.purge(params.id);
      return null;
    },
  };
}

interface Filter {
  readonly state?: RunSummary['state'] | undefined;
  readonly tag?: string | undefined;
  readonly search?: string | undefined;
}

function matches(record: RunRecord, { state, tag, search }: Filter): boolean {
  if (state !== undefined && record.state !== state) return false;
  if (tag !== undefined && !record.tags.includes(tag)) return false;
  if (search === undefined) return true;
  const texts = [record.id, record.name, record.recipeFile ?? '', record.outputDir];
  return texts.some((text) => text.toLowerCase().includes(search.toLowerCase()));
}
