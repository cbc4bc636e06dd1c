// Every action in every state: what leads where, and what cannot happen.
import { expect, test } from 'vitest';
import { runStates } from './protocol.ts';
import { isActive, nextState, type RunAction } from './states.ts';

const actions: readonly RunAction[] = ['start', 'stop', 'finished', 'stopped', 'failed', 'resume'];

test('the table of transitions', () => {
  const table = runStates.map((state) => [state, actions.map((action) => nextState(state, action) ?? '-').join(' ')]);
  expect(Object.fromEntries(table)).toEqual({
    queued: 'running stopped - - failed -',
    running: '- stopping done stopped failed -',
    stopping: '- - done stopped failed -',
    done: '- - - - - -',
    stopped: '- - - - - queued',
    failed: '- - - - - queued',
  });
});

test('a worker belongs to the states that end by themselves', () => {
  expect(runStates.filter(isActive)).toEqual(['running', 'stopping']);
  expect(runStates.filter((state) => nextState(state, 'finished'))).toEqual(runStates.filter(isActive));
});
