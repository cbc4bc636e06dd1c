// A server on loopback that speaks the part of the hub's API that loading a dataset needs: state, pages of the file list,
// files with ranges and ETags, refusals, and the trouble a test asks for.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeRepository {
  /** Files by path. */
  files: Record<string, string | Buffer>;
  commit: string;
  /** Needed to read it. */
  token?: string;
  /** Files that are stored as large ones, named by their SHA-256. */
  large?: readonly string[];
}

/** One answer in place of the right one; undefined: the right one. */
export type Trouble = (path: string, response: ServerResponse) => boolean;

export class FakeHub {
  readonly repositories: Record<string, FakeRepository> = {};
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  /** Looked at before anything else; true where it answered. */
  trouble: Trouble | undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(): Promise<FakeHub> {
    const hub = new FakeHub();
    await new Promise<void>((done) => hub.#server.listen(0, '127.0.0.1', done));
    return hub;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.address);
    const path = decodeURIComponent(url.pathname);
    this.asked.push(path);
    if (this.trouble?.(path, response)) return;
    const [, name = '', rest = ''] = /^\/(?:api\/)?datasets\/([^/]+\/[^/]+)\/(.*)$/.exec(path) ?? [];
    const repository = this.repositories[name];
    // the hub does not tell who may not look whether there is something
    if (!repository || (repository.token && request.headers.authorization !== `Bearer ${repository.token}`)) {
      return this.#json(response, 401, { error: 'Invalid username or password.' });
    }
    if (path.startsWith('/api/') && rest === 'revision/main') {
      return this.#json(response, 200, { _id: '1', id: name, sha: repository.commit, lastModified: '2025-01-01' });
    }
    if (path.startsWith('/api/') && rest === `tree/${repository.commit}`) return this.#tree(repository, url, response);
    const file = rest.startsWith(`resolve/${repository.commit}/`) && rest.slice(`resolve/${repository.commit}/`.length);
    const content = file ? repository.files[file] : undefined;
    if (!file || content === undefined) {
      response.setHeader('X-Error-Code', 'EntryNotFound');
      return this.#json(response, 404, { error: 'Entry not found' });
    }
    return sendFile(request, response, Buffer.from(content));
  }

  #json(response: ServerResponse, status: number, value: unknown): void {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  }

  /** Two entries a page. */
  #tree({ files, large = [] }: FakeRepository, url: URL, response: ServerResponse): void {
    const page = Number(url.searchParams.get('cursor') ?? 0);
    const paths = Object.keys(files);
    const entries = paths.slice(page, page + 2).map((path) => {
      const content = Buffer.from(files[path] ?? '');
      const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
      const lfs = { oid: createHash('sha256').update(content).digest('hex'), size: content.length, pointerSize: 130 };
      return { type: 'file', path, size: content.length, oid, ...(large.includes(path) ? { lfs } : {}) };
    });
    url.searchParams.set('cursor', String(page + 2));
    if (page + 2 < paths.length) response.setHeader('Link', `<${url.href}>; rel="next"`);
    this.#json(
      response,
      200,
      page === 0 ? [{ type: 'directory', path: 'data', size: 0, oid: '' }, ...entries] : entries,
    );
  }
}

function sendFile(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  response.setHeader('ETag', `"${createHash('sha1').update(content).digest('hex')}"`);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  if (!range) {
    response.writeHead(200, { 'Content-Length': content.length }).end(content);
    return;
  }
  const start = Number(range[1]);
  const end = Math.min(content.length - 1, range[2] ? Number(range[2]) : content.length - 1);
  response.setHeader('Content-Range', `bytes ${start}-${end}/${content.length}`);
  response.writeHead(206, { 'Content-Length': end - start + 1 }).end(content.subarray(start, end + 1));
}
