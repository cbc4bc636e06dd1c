// The trackers of a run: TensorBoard files always, others as report_to asks for them.
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RunEvent } from '../../../protocol.ts';
import type { TrainOptions } from '../options.ts';
import { mlflowSettings } from './mlflow/settings.ts';
import { shownParameters } from './parameters.ts';
import { remoteTracker } from './remote/tracker.ts';
import { eventFolder, TensorBoard } from './tensorboard/tensorboard.ts';
import type { EndState, LoggedPoint, TrackedRun, Tracker, TrackerWarning } from './tracker.ts';
import { WandbFolder, wandbIsOff } from './wandb/wandb.ts';

export interface TrackerParts {
  readonly options: TrainOptions;
  readonly recipeFile: string;
  readonly startStep: number;
  readonly now: () => Date;
  readonly emit: (event: RunEvent) => void;
  readonly environment: NodeJS.ProcessEnv;
}

/** Names in report_to; none is one of them. */
const namesOf = (reportTo: string | readonly string[] | null): readonly string[] =>
  typeof reportTo === 'string' ? [reportTo] : (reportTo ?? []);

/** Whether a tracker is asked for. `all` means what has been set up, as it means what is installed in transformers. */
const asks = (names: readonly string[], name: string, isSetUp: boolean): boolean =>
  names.includes(name) || (names.includes('all') && isSetUp);

export class Trackers {
  readonly #trackers: readonly Tracker[];
  readonly #now: () => Date;

  constructor(trackers: readonly Tracker[], now: () => Date) {
    this.#trackers = trackers;
    this.#now = now;
  }

  log(step: number, metrics: LoggedPoint['metrics']): void {
    const point = { step, time: this.#now().getTime(), metrics };
    for (const tracker of this.#trackers) tracker.log(point);
  }

  async end(state: EndState): Promise<void> {
    await Promise.all(this.#trackers.map((tracker) => tracker.end(state)));
  }
}

/** Opens what a run is told to. Throws UserError where a tracker is set up in a way that cannot work. */
export async function openTrackers(parts: TrackerParts): Promise<Trackers> {
  const { options, emit, environment, now } = parts;
  const { recipe } = options;
  const warn: TrackerWarning = (code, message) => emit({ type: 'warning', code, message });
  const run: TrackedRun = {
    name: recipe.run_name ?? basename(options.outputDir),
    recipeFile: parts.recipeFile,
    outputDir: options.outputDir,
    workingDirectory: options.workingDirectory,
    parameters: shownParameters(recipe),
    modelConfig: await readFile(join(options.modelFolder, 'config.json'), 'utf8').catch(() => ''),
    startStep: parts.startStep,
    started: now(),
  };
  const trackers: Tracker[] = [
    new TensorBoard(run, eventFolder(run, recipe.logging_dir, environment), process.pid, warn),
  ];
  const names = namesOf(recipe.report_to);
  if (asks(names, 'mlflow', environment['MLFLOW_TRACKING_URI'] !== undefined))
    trackers.push(await remoteTracker(run, mlflowSettings(run, environment), warn));
  const wandb = Object.keys(environment).some((name) => name.startsWith('WANDB_'));
  if (asks(names, 'wandb', wandb) && !wandbIsOff(environment)) trackers.push(new WandbFolder(run, environment, warn));
  return new Trackers(trackers, now);
}

/** Does a run's work and ends its trackers with what became of it. */
export async function tracked<T extends { readonly state: EndState }>(
  trackers: Trackers,
  work: () => Promise<T>,
): Promise<T> {
  let state: EndState = 'failed';
  try {
    const result = await work();
    ({ state } = result);
    return result;
  } finally {
    await trackers.end(state);
  }
}
