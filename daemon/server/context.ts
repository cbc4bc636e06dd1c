// What handlers work with: the daemon's parts, made once at its start.
import type { RunHistories } from '../runs/histories.ts';
import type { Imports } from '../runs/imports/imports.ts';
import type { Runs } from '../runs/runs.ts';
import type { Machine } from './devices.ts';
import type { Feed } from './feed.ts';
import type { Reader } from './reader/process.ts';
import type { Sessions } from './sessions.ts';
import type { Watches } from './watching.ts';

export interface ServerContext {
  readonly runs: Runs;
  readonly histories: RunHistories;
  readonly sessions: Sessions;
  readonly feed: Feed;
  readonly watches: Watches;
  readonly imports: Imports;
  readonly machine: Machine;
  readonly reader: Reader;
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  readonly now: () => number;
  /** Ends the daemon once the reply is out. */
  readonly shutdown: () => void;
}
