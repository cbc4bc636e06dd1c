// The server's side of the data process: starts it when there is work, remembers its answers, ends it when it has been idle.
import { fork, type ChildProcess } from 'node:child_process';
import type { DataAnswers, DataReply, DataRequest, DataTask } from './data-tasks.ts';

/** Milliseconds without work after which the process ends, and its memory is free again. */
const IDLE = 30_000;
/** Answers that are kept. */
const KEPT = 2000;
/** Tasks that wait: more than these are of no use by the time they are done. */
const WAITING = 200;

type AnswerTo<T extends DataTask> = DataAnswers[T['kind']];

export class Helper {
  readonly #file: string;
  readonly #done: () => void;
  /** Of its sentences. */
  language = 'en';
  #process: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #next = 0;
  /** Answers by the key of their question; undefined: there is none to be had. */
  readonly #answers = new Map<string, DataAnswers[keyof DataAnswers] | undefined>();
  readonly #asked = new Map<number, string>();

  /** `file`: the script of the process. `done` is called after each answer. */
  constructor(file: string, done: () => void) {
    this.#file = file;
    this.#done = done;
  }

  /** The answer to a question, once it has come. `state` says on what it depends beside the task: another one asks anew. */
  ask<T extends DataTask>(task: T, state: string): AnswerTo<T> | undefined {
    const key = JSON.stringify([task, state]);
    if (this.#answers.has(key)) return this.known(task, state);
    if ([...this.#asked.values()].includes(key) || this.#asked.size >= WAITING) return undefined;
    const id = this.#next++;
    this.#asked.set(id, key);
    const request: DataRequest = { id, task };
    this.#start().send(request);
    return undefined;
  }

  /** The answer, if it has come; nothing is asked. */
  known<T extends DataTask>(task: T, state: string): AnswerTo<T> | undefined {
    return this.#answers.get(JSON.stringify([task, state])) as AnswerTo<T> | undefined;
  }

  stop(): void {
    clearTimeout(this.#idle);
    this.#asked.clear();
    this.#process?.disconnect();
    this.#process = undefined;
  }

  #start(): ChildProcess {
    clearTimeout(this.#idle);
    if (this.#process) return this.#process;
    const child = fork(this.#file, [this.language], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
    child.on('message', (reply: DataReply) => this.#take(reply));
    // a process that dies takes the tasks with it that it had: they are asked anew when somebody wants them again
    child.on('exit', () => {
      if (this.#process !== child) return;
      this.#process = undefined;
      for (const [id, key] of this.#asked) this.#take({ id }, key);
    });
    child.on('error', () => child.kill());
    this.#process = child;
    return child;
  }

  #take({ id, answer }: DataReply, key = this.#asked.get(id)): void {
    if (key === undefined) return;
    this.#asked.delete(id);
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > KEPT && oldest !== undefined) this.#answers.delete(oldest);
    if (this.#asked.size === 0) this.#idle = setTimeout(() => this.stop(), IDLE).unref();
    this.#done();
  }
}
