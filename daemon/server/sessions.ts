// Sessions of clients, and the folders that bound the paths their requests may name.
import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, type PlatformPath } from 'node:path';
import { RequestProblem } from './problems.ts';

export interface Session {
  readonly id: string;
  readonly client: string;
  /** As the client named them. */
  readonly folders: readonly string[];
  /** Without links. */
  readonly real: readonly string[];
}

/** Sessions that a client has forgotten to close must not pile up: the oldest go. */
const MOST = 1000;

export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #randomId: () => string;

  constructor(randomId: () => string) {
    this.#randomId = randomId;
  }

  async open(client: string, folders: readonly string[]): Promise<Session> {
    const session = { id: this.#randomId(), client, folders, real: await realFolders(folders) };
    this.#sessions.set(session.id, session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MOST && oldest !== undefined) this.#sessions.delete(oldest);
    return session;
  }

  async change(id: string, folders: readonly string[]): Promise<Session> {
    const session = { ...this.get(id), folders, real: await realFolders(folders) };
    this.#sessions.set(id, session);
    return session;
  }

  close(id: string): void {
    this.#sessions.delete(id);
  }

  list(): Session[] {
    return [...this.#sessions.values()];
  }

  /** Throws where the daemon does not know the session: it may be a new one. */
  get(id: string | undefined): Session {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (!session) {
      throw new RequestProblem(
        403,
        'session-unknown',
        'This daemon knows no such session: open one with POST /v1/sessions and name it in the header anneal-session.',
      );
    }
    return session;
  }
}

/** A folder need not exist yet: a run may be about to make it. */
function realFolders(folders: readonly string[]): Promise<string[]> {
  return Promise.all(
    folders.map(async (folder) => {
      checkAbsolute(folder);
      return await realOf(resolve(folder));
    }),
  );
}

function checkAbsolute(path: string): void {
  if (!isAbsolute(path) || path.includes('\0'))
    throw new RequestProblem(400, 'path-not-absolute', `The path ${JSON.stringify(path)} is not absolute.`);
}

/** A path without links, as far as it exists. */
async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    // a link to nowhere leads where writing would make a file
    if (parent === path || (error as NodeJS.ErrnoException).code === 'ELOOP') return path;
    return join(await realOf(parent), basename(path));
  }
}

/** Whether a path is a folder or lies in it; `paths` are the rules of the system. */
export const isWithin = (
  path: string,
  folder: string,
  paths: Pick<PlatformPath, 'relative' | 'isAbsolute'> = { relative, isAbsolute },
): boolean => {
  const way = paths.relative(folder, path);
  return way === '' || (way !== '..' && !/^\.\.[\\/]/.test(way) && !paths.isAbsolute(way));
};

/** The path without links, if it lies in one of the session's folders. Throws a problem that names what would have to be opened. */
export async function insideFolders(session: Session, path: string): Promise<string> {
  checkAbsolute(path);
  const real = await realOf(resolve(path));
  if (session.real.some((folder) => isWithin(real, folder))) return real;
  throw new RequestProblem(
    403,
    'outside-workspace',
    `${path} lies outside of the folders that this client has opened: open its folder, or choose another path.`,
    { folders: [dirname(real)] },
  );
}
