// anneal runs, stop RUN, resume RUN: the daemon's runs from the command line.
import { UserError } from '../errors.ts';
import { runSummary, type RunSummary } from '../runs/protocol.ts';
import { hasEnded } from '../runs/states.ts';
import { connect, type Client } from './client.ts';
import type { Arguments } from './main.ts';
import { duration } from './views.ts';

/** What scripts get of a run. */
const forScripts = ({ id, state, progress, outputDir }: RunSummary): object => ({
  id,
  state,
  step: progress.step,
  totalSteps: progress.totalSteps,
  outputDir,
});

export async function runs({ flags }: Arguments): Promise<number> {
  const client = await connect();
  const { runs: found } = await client.call('listRuns');
  if (flags.has('--json')) console.log(JSON.stringify(found.map(forScripts)));
  else if (found.length === 0) console.log('No runs yet: "anneal train RECIPE --detach" queues one.');
  else for (const run of found) console.log(line(run));
  return 0;
}

function line({ id, state, progress, outputDir, position, failure }: RunSummary): string {
  const { step, totalSteps, loss, remainingSeconds, phase } = progress;
  const parts = [
    id.padEnd(28),
    state.padEnd(8),
    totalSteps > 0 ? `${step}/${totalSteps}` : '',
    loss === null ? '' : `loss ${loss.toFixed(4)}`,
    state === 'running' && remainingSeconds !== null ? `${duration(remainingSeconds)} left` : '',
    state === 'running' ? phase : '',
    position === null ? '' : `place ${position} in the queue`,
    outputDir,
    failure ? failure.message : '',
  ];
  return parts.filter((part) => part !== '').join('  ');
}

/** The run that a word names: its id, or the beginning of just one. Throws UserError where there is none, or several. */
export async function findRun(client: Client, word: string | undefined, verb: string): Promise<RunSummary> {
  if (word === undefined) throw new UserError('usage', `Name a run: anneal ${verb} RUN ("anneal runs" lists them).`);
  const { runs: all } = await client.call('listRuns');
  const exact = all.find(({ id }) => id === word);
  const [first, ...others] = exact ? [exact] : all.filter(({ id }) => id.startsWith(word));
  if (!first) throw new UserError('run-missing', `There is no run "${word}": "anneal runs" lists them.`);
  if (others.length > 0) {
    const names = [first, ...others].slice(0, 5).map(({ id }) => id);
    throw new UserError('run-ambiguous', `"${word}" may be ${names.join(', ')}: write more of it.`);
  }
  return first;
}

export async function stop({ words, flags }: Arguments): Promise<number> {
  const client = await connect();
  const { id } = await findRun(client, words[0], 'stop');
  await client.call('stopRun', { params: { id }, body: { kill: flags.has('--now') } });
  const run = await ended(client, id);
  if (flags.has('--json')) console.log(JSON.stringify(forScripts(run)));
  else console.log(`The run ${id} is ${run.state} at step ${run.progress.step}. Go on with: anneal resume ${id}`);
  return 0;
}

/** Waits until a run has no worker any more. */
async function ended(client: Client, id: string): Promise<RunSummary> {
  const leaving = new AbortController();
  try {
    for await (const { event, data } of client.stream('runEvents', { params: { id } }, leaving.signal)) {
      const run = event === 'state' ? runSummary.parse(JSON.parse(data)) : undefined;
      if (run && hasEnded(run.state)) return run;
    }
  } finally {
    leaving.abort();
  }
  return await client.call('getRun', { params: { id } });
}

export async function resume({ words, flags }: Arguments): Promise<number> {
  const client = await connect();
  const { id } = await findRun(client, words[0], 'resume');
  const checkpoint = flags.get('--checkpoint');
  if (checkpoint !== undefined && !/^\d+$/.test(String(checkpoint)))
    throw new UserError('usage', '--checkpoint takes the step of a checkpoint, like 500.');
  await client.call('resumeRun', { params: { id }, body: checkpoint === undefined ? {} : { checkpoint: Number(checkpoint) } }); // prettier-ignore
  if (flags.has('--json')) console.log(JSON.stringify({ id }));
  else console.log(`The run ${id} is queued again. Watch it with: anneal logs ${id} --follow`);
  return 0;
}
