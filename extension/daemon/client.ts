// One daemon over HTTP: typed calls and streams over the table of routes. Whoever wants one that is found, started and found again takes
// connection.ts.
import * as l10n from '@vscode/l10n';
import { Agent, request, type IncomingMessage } from 'node:http';
import { problem, protocolVersion, routes, SESSION_HEADER, targetOf, type RequestParts, type ResponseOf, type RouteName } from '../../daemon/server/protocol.ts'; // prettier-ignore
import type { Found } from './home.ts';
import { readMessages, type StreamMessage } from './messages.ts';
import { DaemonProblem } from './problem.ts';

interface Sending {
  readonly signal?: AbortSignal | undefined;
  /** Last-Event-ID of a stream. */
  readonly cursor?: string | undefined;
  /** Another attempt at a request whose connection had been closed while it was idle. */
  readonly again?: boolean;
}

/** A larger reply is not the daemon's. */
const LARGEST = 512 * 1024 * 1024;

export class DaemonClient {
  readonly found: Found;
  session: string | undefined;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(found: Found) {
    this.found = found;
  }

  /** What the daemon can do. Throws DaemonProblem 'version' where it speaks another protocol. */
  async greet(): Promise<readonly string[]> {
    const { protocol, version, capabilities } = await this.call('health');
    if (protocol === protocolVersion) return capabilities;
    throw new DaemonProblem('version', l10n.t('The daemon is of another version ({0}): stop it, its runs go on, and the next command starts one of this version.', version), { next: 'restart' }); // prettier-ignore
  }

  /** Whether a request that was not answered may be sent again: it changes nothing, or it never arrived. */
  mayRepeat(name: RouteName, { cause }: DaemonProblem): boolean {
    return routes[name].method === 'get' || (cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED';
  }

  /** Throws DaemonProblem: refused with the daemon's own sentence, silent where it does not answer, broken, ended. */
  async call<N extends RouteName>(name: N, parts: RequestParts<N> = {}, signal?: AbortSignal): Promise<ResponseOf<N>> {
    const response = await this.#send(name, parts, { signal });
    const body = await this.#text(response, signal);
    const { response: schema, produces } = routes[name];
    const value: unknown = response.statusCode === 204 ? null : produces === 'text/plain' ? body : parseJson(body);
    const read = schema.safeParse(value);
    if (!read.success) throw broken(name, read.error);
    return read.data as ResponseOf<N>;
  }

  /** Messages of a stream until it ends. Throws DaemonProblem as `call` does; `silent` where the connection breaks. */
  async *stream<N extends RouteName>(
    name: N,
    parts: RequestParts<N>,
    cursor: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<StreamMessage> {
    const response = await this.#send(name, parts, { signal, cursor });
    response.setEncoding('utf8');
    try {
      yield* readMessages(response as AsyncIterable<string>);
    } catch (error) {
      throw signal.aborted ? gaveUp() : this.#silent(error);
    } finally {
      response.destroy();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(name: RouteName, parts: RequestParts<RouteName>, sending: Sending): Promise<IncomingMessage> {
    const response = await this.#request(name, parts, sending);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const told = problem.safeParse(parseJson(await this.#text(response, sending.signal)));
    if (told.success) throw new DaemonProblem('refused', told.data.detail, { problem: told.data });
    throw new DaemonProblem('broken', l10n.t('The daemon answered with status {0}: its log may say why.', status), { next: 'show-log' }); // prettier-ignore
  }

  #request(name: RouteName, parts: RequestParts<RouteName>, sending: Sending): Promise<IncomingMessage> {
    const { method } = routes[name];
    const carries = method !== 'get' && method !== 'delete';
    const body = carries ? JSON.stringify(parts.body ?? {}) : undefined;
    const { signal, cursor, again = false } = sending;
    if (signal?.aborted) return Promise.reject(gaveUp());
    return new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port: this.found.lease.port,
        method: method.toUpperCase(),
        path: targetOf(name, parts),
        agent: this.#agent,
        ...(signal === undefined ? {} : { signal }),
        headers: {
          authorization: `Bearer ${this.found.token}`,
          ...(this.session === undefined ? {} : { [SESSION_HEADER]: this.session }),
          ...(cursor === undefined ? {} : { 'last-event-id': cursor }),
          ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }), // prettier-ignore
        },
      });
      sent.on('response', resolve);
      sent.on('error', (error) => {
        if (signal?.aborted) reject(gaveUp());
        // the daemon closed a connection that was idle for long, in the moment it was used again
        else if (sent.reusedSocket && !again) resolve(this.#request(name, parts, { ...sending, again: true }));
        else reject(this.#silent(error));
      });
      sent.end(body);
    });
  }

  async #text(response: IncomingMessage, signal: AbortSignal | undefined): Promise<string> {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > LARGEST) throw new RangeError('the reply does not end');
        chunks.push(chunk);
      }
    } catch (error) {
      throw signal?.aborted ? gaveUp() : this.#silent(error);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #silent(cause: unknown): DaemonProblem {
    const { pid, port } = this.found.lease;
    return new DaemonProblem('silent', l10n.t('The daemon (process {0}, port {1}) does not answer: restart it; its runs go on meanwhile.', pid, port), { next: 'restart', cause }); // prettier-ignore
  }
}

const gaveUp = (): DaemonProblem => new DaemonProblem('ended', l10n.t('The request was given up.'));

const broken = (name: string, cause: unknown): DaemonProblem =>
  new DaemonProblem('broken', l10n.t('The daemon answered "{0}" with something else than its protocol says: restart it, it may be of another version.', name), { next: 'restart', cause }); // prettier-ignore

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
