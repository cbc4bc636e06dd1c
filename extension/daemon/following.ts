// Streams of the daemon as typed messages, kept over breaks: the feed of everything that changes, and the log of one run.
import { recordedEvent, type RecordedEvent } from '../../daemon/protocol.ts';
import { runSummary, type RunSummary } from '../../daemon/runs/protocol.ts';
import { routes, type FeedEvent } from '../../daemon/server/protocol.ts';
import type { DaemonClient } from './client.ts';
import type { DaemonProblem } from './problem.ts';
import { keep } from './subscription.ts';

/** What is told of one run: its log as it grows, its state, whether the way to it is open, or that there is no such run (any more). */
export type RunMessage =
  | { readonly type: 'record'; readonly record: RecordedEvent }
  | { readonly type: 'state'; readonly run: RunSummary }
  | { readonly type: 'connection'; readonly connected: boolean; readonly problem: DaemonProblem | undefined }
  | { readonly type: 'gone'; readonly problem: DaemonProblem };

/** What a stream needs of whoever knows the way to the daemon. */
export interface Way {
  /** A client of the daemon that lives. Throws DaemonProblem. */
  client(): Promise<DaemonClient>;
  /** A stream broke: the daemon may be gone. */
  lost(): void;
  /** Resolves after the milliseconds; while no daemon lives, not before one does. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** A message was not of the protocol. */
  refused(from: string, reason: unknown): void;
}

/** Until the signal is aborted. `reset` is told where something may have been missed. */
export async function followFeed(way: Way, tell: (event: FeedEvent) => void, signal: AbortSignal): Promise<void> {
  let interrupted = false;
  await keep(
    {
      open: async (from, leaving) => {
        const client = await way.client();
        return client.stream('feed', from === undefined ? {} : { query: { cursor: from } }, undefined, leaving);
      },
      take: ({ data }) => {
        const event = routes.feed.response.parse(JSON.parse(data));
        // a daemon that was not there before has no cursor to go on from
        if (event.type === 'hello' && interrupted) tell({ type: 'reset' });
        if (event.type === 'hello') interrupted = false;
        tell(event);
      },
      refused: (reason) => way.refused('feed', reason),
      lost: () => {
        interrupted = true;
        way.lost();
      },
      isFinal: () => false,
      wait: (milliseconds, leaving) => way.wait(milliseconds, leaving),
    },
    signal,
  );
}

/** Records after number `cursor`, each once and in order, until the signal is aborted or the run is gone. */
export async function followRun(way: Way, run: string, cursor: number, listener: (message: RunMessage) => void, signal: AbortSignal): Promise<void> {
  let after = cursor;
  let connected = true;
  const take = (event: string, data: string): void => {
    if (!connected) listener({ type: 'connection', connected: (connected = true), problem: undefined });
    if (event === 'state') return listener({ type: 'state', run: runSummary.parse(JSON.parse(data)) });
    const value: unknown = JSON.parse(data);
    const record = recordedEvent.safeParse(value);
    const seq = record.data?.seq ?? seqOf(value);
    if (seq <= after) return;
    after = seq;
    if (record.success) return listener({ type: 'record', record: record.data });
    throw record.error;
  };
  await keep(
    {
      open: async (_, leaving) => {
        const client = await way.client();
        return client.stream('runEvents', { params: { id: run }, query: { after } }, undefined, leaving);
      },
      take: ({ event, data }) => take(event, data),
      refused: (reason) => way.refused(`run ${run}`, reason),
      lost: (problem) => {
        connected = false;
        way.lost();
        if (problem?.kind === 'refused') listener({ type: 'gone', problem });
        else listener({ type: 'connection', connected, problem });
      },
      isFinal: ({ kind }) => kind === 'refused',
      wait: (milliseconds, leaving) => way.wait(milliseconds, leaving),
    },
    signal,
  );
} // prettier-ignore

/** The number of a record that a later version wrote. */
function seqOf(value: unknown): number {
  return typeof value === 'object' && value !== null && 'seq' in value && typeof value.seq === 'number' ? value.seq : 0;
}
