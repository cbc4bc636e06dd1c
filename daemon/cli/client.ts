// The command line as a client of the daemon: finds it by its lease, starts it when there is none, speaks its interface.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../lock.ts';
import { UserError } from '../errors.ts';
import { homeOf, prepareHome, type Home } from '../runs/home.ts';
import {
  DAEMON_FLAGS,
  lease as leaseSchema,
  problem,
  protocolVersion,
  routes,
  SESSION_HEADER,
  targetOf,
  type Lease,
  type Problem,
  type RequestParts,
  type ResponseOf,
  type RouteName,
} from '../server/protocol.ts';

/** What the daemon has refused; `status` of the command line is 2 where nothing was started. */
export class Refused extends UserError {
  readonly problem: Problem;

  constructor(refusal: Problem) {
    super(refusal.code, refusal.detail, { status: refusal.status >= 500 ? 1 : 2 });
    this.problem = refusal;
  }
}

/** The daemon that lives now; undefined where none does. */
export function findDaemon(home: Home = homeOf(process.env)): { lease: Lease; token: string } | undefined {
  try {
    const lease = leaseSchema.parse(JSON.parse(readFileSync(home.lease, 'utf8')));
    if (!isAlive(lease)) return undefined;
    return { lease, token: readFileSync(home.token, 'utf8').trim() };
  } catch {
    return undefined;
  }
}

export class Client {
  readonly lease: Lease;
  readonly #token: string;
  #session: string | undefined;

  constructor({ lease, token }: { lease: Lease; token: string }) {
    this.lease = lease;
    this.#token = token;
  }

  /** Says which folders the following requests may name paths in. */
  async open(folders: readonly string[]): Promise<void> {
    const { session } = await this.call('openSession', { body: { client: 'anneal command line', folders: [...folders] } }); // prettier-ignore
    this.#session = session;
  }

  /** Throws Refused with the daemon's own sentence, UserError where it does not answer. */
  async call<N extends RouteName>(name: N, parts: RequestParts<N> = {}): Promise<ResponseOf<N>> {
    const response = await this.#fetch(name, parts, {});
    if (response.status === 204) return routes[name].response.parse(null) as ResponseOf<N>;
    return routes[name].response.parse(await response.json()) as ResponseOf<N>;
  }

  /** Messages of a stream as they come: what they are called, and their JSON. */
  async *stream<N extends RouteName>(
    name: N,
    parts: RequestParts<N>,
    signal?: AbortSignal,
  ): AsyncGenerator<{ event: string; data: string }> {
    const response = await this.#fetch(name, parts, signal ? { signal } : {});
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        const field = (key: string): string => lines.find((line) => line.startsWith(`${key}: `))?.slice(key.length + 2) ?? ''; // prettier-ignore
        if (field('data') !== '') yield { event: field('event'), data: field('data') };
      }
    }
  }

  async #fetch<N extends RouteName>(name: N, parts: RequestParts<N>, init: RequestInit): Promise<Response> {
    const { method } = routes[name];
    const carries = method !== 'get' && method !== 'delete';
    const response = await fetch(`http://127.0.0.1:${this.lease.port}${targetOf(name, parts)}`, {
      ...init,
      method: method.toUpperCase(),
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(this.#session === undefined ? {} : { [SESSION_HEADER]: this.#session }),
        ...(carries ? { 'content-type': 'application/json' } : {}),
      },
      ...(carries ? { body: JSON.stringify(parts.body ?? {}) } : {}),
    }).catch((cause: unknown) => {
      throw new UserError(
        'daemon-silent',
        `The daemon (process ${this.lease.pid}, port ${this.lease.port}) does not answer: try "anneal daemon stop" and the same command again.`,
        { status: 1, cause },
      );
    });
    if (response.ok) return response;
    const told = problem.safeParse(await response.json().catch(() => undefined));
    if (told.success) throw new Refused(told.data);
    throw new UserError('daemon-reply', `The daemon answered with status ${response.status}.`, { status: 1 });
  }
}

/** Milliseconds until a daemon that was started must be there. */
const STARTING = 20_000;
/** Milliseconds between looks for its lease. */
const LOOK = 20;
/** A log that is larger steps aside when a daemon starts. */
const LARGE_LOG = 4 * 1024 * 1024;

/** A client of the daemon, which is started where none lives. Throws UserError where it cannot be started or is of another version. */
export async function connect(): Promise<Client> {
  const home = homeOf(process.env);
  const found = findDaemon(home) ?? (await startDaemon(home));
  if (found.lease.protocol !== protocolVersion) {
    throw new UserError(
      'daemon-version',
      `The daemon is of another version (${found.lease.version}): "anneal daemon stop" ends it, its runs go on, and the next command starts one of this version.`,
      { status: 1 },
    );
  }
  return new Client(found);
}

async function startDaemon(home: Home): Promise<{ lease: Lease; token: string }> {
  await prepareHome(home);
  if (existsSync(home.log) && statSync(home.log).size > LARGE_LOG) renameSync(home.log, `${home.log}.old`);
  const log = openSync(home.log, 'a', 0o600);
  const child = spawn(process.execPath, [...DAEMON_FLAGS, daemonFile()], {
    cwd: home.folder,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const start = { failed: false };
  child.on('error', () => (start.failed = true));
  // of two that are started at once the slower one ends with status 0
  child.on('exit', (code) => (start.failed = code !== 0));
  for (const began = performance.now(); performance.now() - began < STARTING && !start.failed;) {
    const found = findDaemon(home);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
  throw new UserError('daemon-not-started', `The daemon could not be started: ${home.log} says why.`, { status: 1 });
}

/** Beside the bundled command, or, from the sources, in dist/. */
function daemonFile(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const found = [join(here, 'daemon.js'), join(here, '../../dist/daemon.js')].find(existsSync);
  if (!found) throw new UserError('not-built', 'dist/daemon.js is missing: run "npm run build" first.', { status: 1 });
  return found;
}
