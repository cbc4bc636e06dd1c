// A thread of the worker that sends what a run logs to its tracker: the main thread is blocked while a session runs, and a
// tracker that is slow or away must not keep it from training.
import { parentPort, workerData } from 'node:worker_threads';
import { destinationOf, type RemoteSettings } from './settings.ts';
import { Courier, deliver } from './delivery.ts';
import { spoolFiles } from './spool.ts';

export interface ThreadSetup {
  readonly outputDir: string;
  readonly settings: RemoteSettings;
}

export type ThreadRequest = 'more' | 'finish';
export type ThreadReply = { readonly trouble: string } | { readonly done: true };

/** Milliseconds before a delivery that has failed is tried again for the first time. */
const PATIENCE = 1000;

const { outputDir, settings } = workerData as ThreadSetup;
const destination = destinationOf(settings);
const say = (reply: ThreadReply): void => parentPort?.postMessage(reply);
const courier = new Courier({
  deliver: () => deliver(spoolFiles(outputDir, settings.tracker), destination),
  trouble: (trouble) => say({ trouble }),
  patience: PATIENCE,
});

parentPort?.on('message', (request: ThreadRequest) => {
  if (request === 'more') courier.poke();
  else void courier.finish().then(() => say({ done: true }));
});
