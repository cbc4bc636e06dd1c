// Why a run failed: what the worker said, or what its end looks like.
import { expect, test } from 'vitest';
import { crashFailure, toldFailure, type Evidence } from './crash.ts';

const told = (code: string, message = 'x', status = 1) =>
  toldFailure({ type: 'end', state: 'failed', step: 1, metrics: {}, error: { code, message, status } }, ['tail']);

test.each([
  ['disk-full', 'x', 1, 'disk-full'],
  ['loss-not-finite', 'x', 1, 'not-finite'],
  ['internal', 'Cannot read properties of undefined', 1, 'engine-bug'],
  ['internal', 'Array buffer allocation failed', 1, 'out-of-memory'],
  ['internal', 'Failed to allocate memory for requested buffer of size 4096', 1, 'out-of-memory'],
  ['dataset-file-missing', 'x', 2, 'bad-data'],
  ['row-broken', 'x', 2, 'bad-data'],
  ['no-examples', 'x', 2, 'bad-data'],
  ['recipe-errors', 'x', 2, 'bad-recipe'],
  ['model-folder', 'x', 2, 'bad-recipe'],
  ['metric-missing', 'x', 1, 'bad-recipe'],
  ['killed', 'x', 1, 'killed'],
  ['machine-restarted', 'x', 1, 'machine-restarted'],
])('%s, "%s"', (code, message, status, kind) => {
  expect(told(code, message, status)).toEqual({ kind, code, message, logTail: ['tail'] });
});

const ended = (more: Partial<Evidence>) =>
  crashFailure({
    exit: { code: null, signal: null },
    tail: [],
    memoryPressure: 'none',
    restarted: false,
    step: 7,
    ...more,
  });

test.each<[string, Partial<Evidence>, string, string]>([
  ['killed', { exit: { code: null, signal: 'SIGKILL' } }, 'killed', 'was killed (SIGKILL) after step 7'],
  ['killed by the kernel', { exit: { code: null, signal: 'SIGKILL' }, memoryPressure: 'critical' }, 'out-of-memory', 'ran out of memory'],
  ['gone unseen with little memory', { exit: undefined, memoryPressure: 'critical' }, 'out-of-memory', 'ran out of memory'],
  ['a shell’s word for killed', { exit: { code: 137, signal: null } }, 'killed', 'was killed'],
  ['a scheduler', { exit: { code: null, signal: 'SIGTERM' } }, 'killed', 'was killed (SIGTERM)'],
  ['a crash of native code', { exit: { code: null, signal: 'SIGSEGV' } }, 'engine-bug', 'crashed (SIGSEGV)'],
  ['the heap', { exit: { code: null, signal: 'SIGABRT' }, tail: ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'] }, 'out-of-memory', 'lower per_device_train_batch_size'],
  ['a status', { exit: { code: 13, signal: null } }, 'engine-bug', 'crashed (status 13)'],
  ['a reboot', { exit: undefined, restarted: true }, 'machine-restarted', 'started anew'],
  ['unseen', { exit: undefined }, 'lost', 'while no daemon was watching'],
  ['before anything', { exit: { code: null, signal: 'SIGKILL' }, step: 0 }, 'killed', 'before its first step'],
])('%s', (_, evidence, kind, sentence) => {
  const failure = ended(evidence);
  expect(failure.kind).toBe(kind);
  expect(failure.message).toContain(sentence);
  expect(failure.message).toMatch(/(Resume it|Start it again)/);
}); // prettier-ignore
