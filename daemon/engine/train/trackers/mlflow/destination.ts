// A run's lines as MLflow's calls: parameters once, metrics in batches, a status at the end.
// Source: transformers 5.6, integration_utils.py (MLflowCallback): names, what is left out, what is cut.
import { pythonText, toPython } from '../../../../data/template/python-json.ts';
import { Refused, type BeginLine, type Destination } from '../remote/delivery.ts';
import type { SpoolLine } from '../remote/spool.ts';
import type { MlflowSettings } from './settings.ts';
import {
  LONGEST_PARAMETER,
  metricName,
  type MlflowMetric,
  type MlflowStatus,
  type MlflowStore,
  type MlflowText,
} from './store.ts';

const statuses: Readonly<Record<Extract<SpoolLine, { type: 'end' }>['state'], MlflowStatus>> = {
  done: 'FINISHED',
  stopped: 'KILLED',
  failed: 'FAILED',
};

export class MlflowDestination implements Destination {
  readonly name: string;
  readonly #settings: MlflowSettings;
  readonly #store: MlflowStore;

  constructor(settings: MlflowSettings, store: MlflowStore) {
    this.name = store.address;
    this.#settings = settings;
    this.#store = store;
  }

  async create({ name, time, recipeFile }: BeginLine): Promise<string> {
    const { run, user, tags, experiment } = this.#settings;
    if (run !== null) return run;
    const source = [
      { key: 'mlflow.user', value: user },
      { key: 'mlflow.source.name', value: recipeFile },
      { key: 'mlflow.source.type', value: 'LOCAL' },
    ];
    const id = await this.#store.experiment(experiment);
    return await this.#store.createRun({ experiment: id, name, user, startTime: time, tags: [...source, ...tags] });
  }

  async send(run: string, lines: readonly SpoolLine[]): Promise<void> {
    let metrics: MlflowMetric[] = [];
    const flush = async (): Promise<void> => {
      if (metrics.length > 0) await this.#store.logMetrics(run, metrics);
      metrics = [];
    };
    for (const line of lines) {
      if (line.type === 'log') metrics.push(...metricsOf(line));
      else {
        await flush();
        await (line.type === 'begin'
          ? this.#begin(run, line)
          : this.#store.setStatus(run, statuses[line.state], line.time));
      }
    }
    await flush();
  }

  async #begin(run: string, { startStep, parameters }: BeginLine): Promise<void> {
    await this.#store.setStatus(run, 'RUNNING', undefined);
    // MLflow's parameters cannot change, and the run's own stay as they were when it began
    if (startStep > 0) return;
    const { flatten, mostParameters } = this.#settings;
    const texts = Object.entries(flatten ? flattened(parameters) : parameters).map(([key, value]) => ({ key, value: pythonText(toPython(value)) })); // prettier-ignore
    const kept = texts.filter(({ value }) => value.length <= LONGEST_PARAMETER).slice(0, mostParameters);
    await this.#logParameters(run, kept);
  }

  /** A run that was made by somebody else may have other values already: what it has stays. */
  async #logParameters(run: string, parameters: readonly MlflowText[]): Promise<void> {
    try {
      await this.#store.logParameters(run, parameters);
    } catch (error) {
      if (!(error instanceof Refused) || this.#settings.run === null) throw error;
    }
  }
}

const metricsOf = ({ time, step, metrics }: Extract<SpoolLine, { type: 'log' }>): MlflowMetric[] =>
  Object.entries(metrics).map(([name, value]) => ({ key: metricName(name), value, timestamp: time, step }));

function flattened(value: Readonly<Record<string, unknown>>, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.entries(flattened(inner as Record<string, unknown>, `${prefix}${key}.`))
        : [[`${prefix}${key}`, inner]],
    ),
  );
}
