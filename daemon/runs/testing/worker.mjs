// Stands in for the worker: takes the lock and the request as the real one does, and ends as the run's overrides say:
// "end=done|failed|silent|killed", after "steps=N" steps; "wait=1" waits for the stop file.
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const folder = process.argv[3];
const path = (name) => join(folder, name);
if (!existsSync(path('request.json'))) process.exit(0);
writeFileSync(path('worker.lock'), JSON.stringify({ pid: process.pid, host: hostname() }));
const { overrides } = JSON.parse(readFileSync(path('request.json'), 'utf8'));
const wish = Object.fromEntries(overrides.map((word) => word.split('=')));
let seq = readFileSync(path('events.jsonl'), 'utf8').split('\n').length - 1;
const emit = (event) =>
  appendFileSync(path('events.jsonl'), `${JSON.stringify({ seq: ++seq, time: Date.now(), event })}\n`);
const steps = Number(wish.steps ?? 2);
emit({ type: 'phase', phase: 'recipe', message: 'Reading' });
for (let step = 1; step <= steps; step++)
  emit({ type: 'metrics', step, totalSteps: steps, epoch: step / steps, metrics: { loss: 1 / step } });
if (wish.wait) while (!existsSync(path('stop'))) await new Promise((resolve) => setTimeout(resolve, 10));
const state = wish.wait ? 'stopped' : wish.end;
process.stderr.write(`about to end: ${state}\n`);
if (state === 'killed') process.kill(process.pid, 'SIGKILL');
if (state !== 'silent')
  emit({ type: 'end', state, step: steps, metrics: {}, ...(state === 'failed' && { error: { code: 'row-broken', message: 'Row 7 is broken.', status: 2 } }) }); // prettier-ignore
rmSync(path('worker.lock'));
