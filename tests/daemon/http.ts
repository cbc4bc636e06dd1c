// Bare HTTP to a daemon, so that tests can send what no client would.
import { Agent, request, type IncomingMessage } from 'node:http';
import { readFileSync } from 'node:fs';
import type { DaemonHome } from './daemon.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export class Wire {
  readonly port: number;
  readonly token: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(home: DaemonHome) {
    this.port = (JSON.parse(readFileSync(home.home.lease, 'utf8')) as { port: number }).port;
    this.token = readFileSync(home.home.token, 'utf8').trim();
  }

  /** Headers that the daemon accepts. */
  get authorized(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }

  /** The reply; of a stream only its head. */
  send(call: Call): Promise<Reply> {
    return this.#send(call, true);
  }

  #send(call: Call, again: boolean): Promise<Reply> {
    const { method = 'GET', path, headers = {}, body } = call;
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: this.port, method, path, headers, agent: this.#agent },
        (response) => {
          let text = '';
          const finish = (): void => resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          if (response.headers['content-type']?.startsWith('text/event-stream')) {
            finish();
            response.destroy();
            return;
          }
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', finish);
          response.on('error', reject);
        },
      );
      sent.on('error', (error) => {
        // the daemon closed a connection that was idle for long, in the moment it was used again
        if (again && sent.reusedSocket) resolve(this.#send(call, false));
        else reject(error);
      });
      sent.end(body);
    });
  }

  async json<T>(call: Call): Promise<T> {
    const { status, text } = await this.send({ ...call, headers: { ...this.authorized, ...call.headers } });
    if (status >= 300) throw new Error(`${call.method ?? 'GET'} ${call.path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  close(): void {
    this.#agent.destroy();
  }
}
