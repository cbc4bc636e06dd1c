// A thread that makes shards. It has a tokenizer of its own, in the state of that of the thread that started it.
import { parentPort, workerData } from 'node:worker_threads';
import { makeShard } from '../cache/make-shard.ts';
import { rowTokeniser } from '../stage-rows.ts';
import { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { Answer, Job, Setup } from './messages.ts';

const { tokenizer: state, template, options } = workerData as Setup;
const tokenise = Tokenizer.restore(state).then((tokenizer) => rowTokeniser(options, tokenizer, template));

async function answer({ number, entry, rows }: Job): Promise<Answer> {
  const stream = await makeShard(rows, entry, options, await tokenise).catch(() => undefined);
  return { number, stream };
}

let before: Promise<void> = Promise.resolve();
parentPort?.on('message', (job: Job) => {
  // one at a time: the next one waits until this one is told
  before = before.then(async () => parentPort?.postMessage(await answer(job)));
});
