// An MLflow tracking server over its REST interface, version 2.0. Source: https://mlflow.org/docs/latest/rest-api.html
import { z } from 'zod';
import { Refused } from '../remote/delivery.ts';
import {
  MOST_METRICS,
  MOST_PARAMETERS,
  type MlflowMetric,
  type MlflowStatus,
  type MlflowStore,
  type MlflowText,
  type NewRun,
} from './store.ts';

export interface ServerAddress {
  /** Without user and password. */
  readonly url: string;
  /** An Authorization header; null where the server wants none. */
  readonly authorization: string | null;
}

/** Milliseconds that a request may take. */
const PATIENCE = 10_000;

/** Answers that may be another one in a while. */
const passing = (status: number): boolean => status >= 500 || status === 408 || status === 429;

const failure = z.object({ error_code: z.string().optional(), message: z.string().optional() });
const experimentId = z.object({ experiment_id: z.string() });
const madeRun = z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) });

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export class MlflowServer implements MlflowStore {
  readonly address: string;
  readonly #to: ServerAddress;

  constructor(to: ServerAddress) {
    this.#to = to;
    this.address = `MLflow at ${to.url}`;
  }

  async experiment(name: string): Promise<string> {
    const found = await this.#ask('GET', `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`);
    if (found.status === 200) return z.object({ experiment: experimentId }).parse(found.body).experiment.experiment_id;
    if (found.status !== 404) throw refusal(found);
    const made = await this.#ask('POST', 'experiments/create', { name });
    // somebody else has just made it
    if (made.status === 400 && failure.safeParse(made.body).data?.error_code === 'RESOURCE_ALREADY_EXISTS')
      return await this.experiment(name);
    return experimentId.parse(accepted(made)).experiment_id;
  }

  async createRun({ experiment, name, user, startTime, tags }: NewRun): Promise<string> {
    const body = { experiment_id: experiment, run_name: name, user_id: user, start_time: startTime, tags };
    return madeRun.parse(await this.#post('runs/create', body)).run.info.run_id;
  }

  async logMetrics(run: string, metrics: readonly MlflowMetric[]): Promise<void> {
    for (let start = 0; start < metrics.length; start += MOST_METRICS)
      await this.#post('runs/log-batch', { run_id: run, metrics: metrics.slice(start, start + MOST_METRICS) });
  }

  async logParameters(run: string, parameters: readonly MlflowText[]): Promise<void> {
    for (let start = 0; start < parameters.length; start += MOST_PARAMETERS)
      await this.#post('runs/log-batch', { run_id: run, params: parameters.slice(start, start + MOST_PARAMETERS) });
  }

  async setStatus(run: string, status: MlflowStatus, endTime: number | undefined): Promise<void> {
    await this.#post('runs/update', { run_id: run, status, ...(endTime !== undefined && { end_time: endTime }) });
  }

  async #post(path: string, body: object): Promise<unknown> {
    return accepted(await this.#ask('POST', path, body));
  }

  /** Throws where there is no answer, or one that may change by itself. */
  async #ask(method: string, path: string, body?: object): Promise<Reply> {
    const { url, authorization } = this.#to;
    const response = await fetch(`${url}/api/2.0/mlflow/${path}`, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(authorization !== null && { authorization }),
      },
      ...(body && { body: JSON.stringify(body) }),
      // a token goes to the address that the user has named, and nowhere else
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    }).catch((error: unknown) => {
      throw new Error(reasonOf(error));
    });
    const text = await response.text();
    if (passing(response.status)) throw new Error(`it answers ${response.status}`);
    return { status: response.status, body: parse(text) };
  }
}

/** What fetch says lies in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && cause.name === 'TimeoutError') return `no answer within ${PATIENCE / 1000} seconds`;
  const code = (cause as NodeJS.ErrnoException).code;
  return code ?? (cause instanceof Error ? cause.message : String(cause));
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

function accepted(reply: Reply): unknown {
  if (reply.status >= 200 && reply.status < 300) return reply.body;
  throw refusal(reply);
}

/** What the server says is cut short, and is of one line: it goes into a log. */
function refusal({ status, body }: Reply): Refused {
  if (status === 401 || status === 403)
    return new Refused(`it answers ${status}: set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD`); // prettier-ignore
  const { message = '' } = failure.safeParse(body).data ?? {};
  return new Refused(`it answers ${status}${message === '' ? '' : `, ${message.replaceAll(/\s+/g, ' ').slice(0, 200)}`}`); // prettier-ignore
}
