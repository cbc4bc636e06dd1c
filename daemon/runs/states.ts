// The life of a run as one table: from each state, what may happen and where it leads.
import type { RunState } from './protocol.ts';

/**
 * start: a worker was started. stop: a stop was asked for; a queued run just leaves the queue. finished, stopped, failed: how
 * the worker ended, or that it is gone. resume: back into the queue.
 */
export type RunAction = 'start' | 'stop' | 'finished' | 'stopped' | 'failed' | 'resume';

const transitions: Readonly<Record<RunState, Partial<Readonly<Record<RunAction, RunState>>>>> = {
  // a run that cannot be started at all fails from the queue
  queued: { start: 'running', stop: 'stopped', failed: 'failed' },
  running: { stop: 'stopping', finished: 'done', stopped: 'stopped', failed: 'failed' },
  // the last step may have been the one that was under way
  stopping: { finished: 'done', stopped: 'stopped', failed: 'failed' },
  done: {},
  stopped: { resume: 'queued' },
  failed: { resume: 'queued' },
};

/** The state that follows; undefined where the action is not possible. */
export const nextState = (state: RunState, action: RunAction): RunState | undefined => transitions[state][action];

/** Whether a worker belongs to the state. */
export const isActive = (state: RunState): boolean => state === 'running' || state === 'stopping';

/** Whether a run has neither a worker nor a place in the queue. */
export const hasEnded = (state: RunState): boolean => !isActive(state) && state !== 'queued';
