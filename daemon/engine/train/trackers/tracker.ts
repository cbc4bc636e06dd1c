// Who is told what a run logs: TensorBoard files always, and what report_to names. A tracker never stops a run.

/** One entry of the log: a step's loss, an evaluation, or the totals. Names are transformers' (loss, eval_loss, train_runtime). */
export interface LoggedPoint {
  readonly step: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** What a run is, for those who have never heard of it. */
export interface TrackedRun {
  readonly name: string;
  readonly recipeFile: string;
  readonly outputDir: string;
  readonly workingDirectory: string;
  /** Every recipe key as the run takes it, secrets hidden. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** config.json of the model. */
  readonly modelConfig: string;
  /** The step that it goes on from; 0 where it is new. */
  readonly startStep: number;
  readonly started: Date;
}

export type EndState = 'done' | 'stopped' | 'failed';

export interface Tracker {
  log(point: LoggedPoint): void;
  /** Resolves when it has what it can get. */
  end(state: EndState): Promise<void>;
}

/** Says once what keeps a tracker from its points. */
export type TrackerWarning = (code: 'tracker-unreachable' | 'tracker-behind', message: string) => void;
