// anneal daemon start, stop, status.
import { isAlive } from '../lock.ts';
import { UserError } from '../errors.ts';
import { homeOf } from '../runs/home.ts';
import { Client, connect, findDaemon } from './client.ts';
import type { Arguments } from './main.ts';

export async function daemon({ words, flags }: Arguments): Promise<number> {
  const [action = 'status', ...rest] = words;
  const json = flags.has('--json');
  if (rest.length > 0) throw new UserError('usage', `anneal daemon ${action} takes no more words.`);
  if (action === 'start') await connect();
  else if (action === 'stop') await stop();
  else if (action !== 'status') throw new UserError('usage', `There is no "anneal daemon ${action}": it is start, stop or status.`); // prettier-ignore
  show(json);
  return 0;
}

function show(json: boolean): void {
  const found = findDaemon()?.lease;
  if (json) {
    const status = found ? { running: true, pid: found.pid, port: found.port } : { running: false, pid: null, port: null }; // prettier-ignore
    console.log(JSON.stringify(status));
  } else if (found) {
    const { folder, log } = homeOf(process.env);
    console.log(`The daemon runs: process ${found.pid}, port ${found.port}. Its folder is ${folder}, its log ${log}.`);
  } else console.log('No daemon runs; "anneal daemon start" starts one, and so does "anneal train --detach".');
}

/** Milliseconds that a daemon gets to end, and between looks. */
const ENDING = 5000;
const LOOK = 20;

async function stop(): Promise<void> {
  const found = findDaemon();
  if (!found) return;
  await new Client(found).call('shutdown').catch(() => undefined);
  for (const began = performance.now(); isAlive(found.lease);) {
    if (performance.now() - began > ENDING) {
      // its runs are processes of their own and lose nothing
      process.kill(found.lease.pid, 'SIGKILL');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}
