// A stream that is kept: when it breaks it is taken up again where it was, after a while that grows with each attempt in vain.
import type { StreamMessage } from './messages.ts';
import { DaemonProblem } from './problem.ts';

/** Milliseconds before the first attempt, and at most. */
const FIRST = 100;
const LONGEST = 10_000;

export const backoff = (attempt: number): number => Math.min(LONGEST, FIRST * 2 ** attempt);

export interface Kept {
  /** A stream from after the cursor on; undefined: from now. */
  open(cursor: string | undefined, signal: AbortSignal): Promise<AsyncIterable<StreamMessage>>;
  /** One message. Throws where it is not of the protocol: the message is told to `refused` and left out. */
  take(message: StreamMessage): void;
  refused(reason: unknown): void;
  /** The stream broke, with what is known of why; it will be taken up again. */
  lost(problem: DaemonProblem | undefined): void;
  /** Whether there is no use in another attempt: what was asked for is not there. */
  isFinal(problem: DaemonProblem): boolean;
  /** Resolves after the milliseconds, earlier where there may be something to connect to again. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Keeps the stream until the signal is aborted, or a problem is final. */
export async function keep(kept: Kept, signal: AbortSignal): Promise<void> {
  let cursor: string | undefined;
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    let problem: DaemonProblem | undefined;
    try {
      for await (const message of await kept.open(cursor, signal)) {
        attempt = 0;
        if (message.id !== undefined) cursor = message.id;
        try {
          kept.take(message);
        } catch (error) {
          kept.refused(error);
        }
      }
    } catch (error) {
      if (!(error instanceof DaemonProblem)) throw error;
      problem = error;
    }
    if (signal.aborted) return;
    kept.lost(problem);
    if (problem && kept.isFinal(problem)) return;
    await kept.wait(backoff(attempt), signal);
  }
}
