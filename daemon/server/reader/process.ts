// Starts the reader when somebody wants to see data, ends it when nobody has for a while, and starts a new one when it died.
import { fork, type ChildProcess } from 'node:child_process';
import { UserError } from '../../errors.ts';
import { readerReply, type ReaderRequest } from './messages.ts';

/** Milliseconds that an answer may take (all rows of a large file take long), and that an idle reader is kept. */
const PATIENCE = 600_000;
const KEPT = 60_000;
/** The same once it has looked at all rows for a view: nobody wants to wait for that twice. */
const KEPT_FOR_VIEWS = 600_000;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

export class Reader {
  readonly #file: string;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #next = 0;
  #idle: NodeJS.Timeout | undefined;
  #kept = KEPT;

  /** `file`: the built reader. */
  constructor(file: string) {
    this.#file = file;
  }

  /** The reader's answer. Throws UserError with its sentence, or one of its own where it died or took too long. */
  ask(request: Unnumbered<ReaderRequest>): Promise<unknown> {
    clearTimeout(this.#idle);
    const child = (this.#child ??= this.#start());
    if (request.method === 'view') this.#kept = KEPT_FOR_VIEWS;
    const id = ++this.#next;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        // it may be caught in a file without end: what else waits for it waits in vain
        child.kill('SIGKILL');
      }, PATIENCE);
      this.#waiting.set(id, { resolve, reject, timer });
      child.send({ ...request, id }, (error) => {
        if (error) this.#settle(id, (waiting) => waiting.reject(gone('could not be asked')));
      });
    });
  }

  #start(): ChildProcess {
    // its standard error is the daemon's log
    const child = fork(this.#file, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    child.on('message', (message) => {
      const { id, result, error } = readerReply.parse(message);
      this.#settle(id, ({ resolve, reject }) => {
        if (error) reject(new UserError(error.code, error.message, { status: error.status }));
        else resolve(result);
      });
    });
    child.on('error', () => this.#ended(child, 'could not be started'));
    child.on('exit', (code, signal) => this.#ended(child, `ended (${signal ?? `status ${code}`})`));
    return child;
  }

  #settle(id: number, how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    how(waiting);
    if (this.#waiting.size === 0) this.#idle = setTimeout(() => this.close(), this.#kept).unref();
  }

  #ended(child: ChildProcess, how: string): void {
    // one that was ended for being idle owes nobody an answer
    if (this.#child !== child) return;
    this.#child = undefined;
    for (const id of this.#waiting.keys()) this.#settle(id, ({ reject }) => reject(gone(how)));
  }

  close(): void {
    clearTimeout(this.#idle);
    // the next question gets a new one
    this.#child?.kill();
    this.#child = undefined;
    this.#kept = KEPT;
  }
}

const gone = (how: string): UserError =>
  new UserError('reader-gone', `The process that reads data ${how}: try again, or look at a smaller part of the data.`, { status: 1 }); // prettier-ignore
