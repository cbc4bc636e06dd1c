// A server with as much of MLflow's REST interface as a run needs, as strict as the real one, that can go away and come back.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface KeptRun {
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  status: string;
  endTime: number | undefined;
  readonly parameters: Map<string, string>;
  /** As SQL stores do, equal points count once. */
  readonly metrics: Map<string, { key: string; value: number; timestamp: number; step: number }>;
}

interface Batch {
  readonly run_id: string;
  readonly metrics?: readonly { key: string; value: number; timestamp: number; step: number }[];
  readonly params?: readonly { key: string; value: string }[];
}

class Problem extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export class FakeMlflow {
  readonly experiments = new Map<string, string>([['Default', '0']]);
  readonly runs = new Map<string, KeptRun>();
  /** Authorization headers that came. */
  readonly authorizations = new Set<string | undefined>();
  requests = 0;
  /** What a request gets in place of an answer: a status, or none at all. */
  mood: (request: number) => number | 'silent' | 'lost answer' | undefined = () => undefined;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Listens on a port, any or one from before. */
  async open(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Values of a metric by step, of the only run. */
  history(key: string): [number, number][] {
    const [run] = this.runs.values();
    const points = [...(run?.metrics.values() ?? [])].filter((point) => point.key === key);
    return points.sort((a, b) => a.step - b.step).map(({ step, value }) => [step, value]);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    this.authorizations.add(request.headers.authorization);
    const mood = this.mood(++this.requests);
    if (mood === 'silent') return void request.socket.destroy();
    if (typeof mood === 'number') return void response.writeHead(mood).end('{}');
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
    let answer: [number, object];
    try {
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      answer = [200, this.#answer(`${request.method} ${pathname.replace('/api/2.0/mlflow/', '')}`, body, searchParams)];
    } catch (error) {
      const { status, code, message } = error as Problem;
      answer = [status, { error_code: code, message }];
    }
    // it has done what was asked, and nobody hears of it
    if (mood === 'lost answer') request.socket.destroy();
    else response.writeHead(answer[0], { 'content-type': 'application/json' }).end(JSON.stringify(answer[1]));
  }

  #answer(call: string, body: Record<string, unknown>, query: URLSearchParams): object {
    switch (call) {
      case 'GET experiments/get-by-name': {
        const id = this.experiments.get(query.get('experiment_name') ?? '');
        if (id === undefined) throw new Problem(404, 'RESOURCE_DOES_NOT_EXIST', 'no such experiment');
        return { experiment: { experiment_id: id } };
      }
      case 'POST experiments/create':
        this.experiments.set(String(body['name']), String(this.experiments.size));
        return { experiment_id: this.experiments.get(String(body['name'])) };
      case 'POST runs/create': {
        const id = `run${this.runs.size}`;
        const { experiment_id: experiment, run_name: name } = body;
        this.runs.set(id, { id, experiment: String(experiment), name: String(name), status: 'RUNNING', endTime: undefined, parameters: new Map(), metrics: new Map() }); // prettier-ignore
        return { run: { info: { run_id: id } } };
      }
      case 'POST runs/log-batch':
        return this.#log(body as unknown as Batch);
      case 'POST runs/update':
        Object.assign(this.#run(String(body['run_id'])), { status: body['status'], endTime: body['end_time'] });
        return {};
      default:
        throw new Problem(404, 'ENDPOINT_NOT_FOUND', call);
    }
  }

  #run(id: string): KeptRun {
    const run = this.runs.get(id);
    if (!run) throw new Problem(404, 'RESOURCE_DOES_NOT_EXIST', `no run ${id}`);
    return run;
  }

  #log({ run_id: id, metrics = [], params = [] }: Batch): object {
    const run = this.#run(id);
    if (metrics.length > 1000 || params.length > 100) throw new Problem(400, 'INVALID_PARAMETER_VALUE', 'too many');
    for (const { key, value } of params) {
      if (typeof value !== 'string' || value.length > 6000) throw new Problem(400, 'INVALID_PARAMETER_VALUE', `${key} is too long`); // prettier-ignore
      const before = run.parameters.get(key);
      if (before !== undefined && before !== value) throw new Problem(400, 'INVALID_PARAMETER_VALUE', `${key} was ${before}`); // prettier-ignore
      run.parameters.set(key, value);
    }
    for (const point of metrics) {
      if (!/^[\w\-. :/]+$/.test(point.key))
        throw new Problem(400, 'INVALID_PARAMETER_VALUE', `${point.key} is no name`);
      run.metrics.set(JSON.stringify(point), point);
    }
    return {};
  }
}
