// MLflow's tracking interface, as much of it as a run needs. A server and a folder both have it.

export interface MlflowMetric {
  readonly key: string;
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly step: number;
}

export interface MlflowText {
  readonly key: string;
  readonly value: string;
}

export type MlflowStatus = 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED';

export interface NewRun {
  readonly experiment: string;
  readonly name: string;
  readonly user: string;
  readonly startTime: number;
  readonly tags: readonly MlflowText[];
}

export interface MlflowStore {
  /** For people; no password in it. */
  readonly address: string;
  /** The id of an experiment, which is made where there is none of the name. */
  experiment(name: string): Promise<string>;
  createRun(run: NewRun): Promise<string>;
  logMetrics(run: string, metrics: readonly MlflowMetric[]): Promise<void>;
  logParameters(run: string, parameters: readonly MlflowText[]): Promise<void>;
  setStatus(run: string, status: MlflowStatus, endTime: number | undefined): Promise<void>;
}

/** Most of each in one request. Source: MLflow, utils/validation.py. */
export const MOST_METRICS = 1000;
export const MOST_PARAMETERS = 100;
export const LONGEST_PARAMETER = 6000;

/** Characters that MLflow takes in names; transformers replaces others the same way. */
export const metricName = (name: string): string => name.replaceAll(/[^0-9A-Za-z_\-. :/]/g, '_');
