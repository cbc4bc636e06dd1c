// Keeps the list of runs up to date with whatever daemon lives; starts none. What changes comes by the feed, nothing is asked twice.
import type { DaemonConnection, Disposable } from '../daemon/connection.ts';
import { DaemonProblem } from '../daemon/problem.ts';
import type { RunList } from './run-list.ts';

export function watchRuns(daemon: DaemonConnection, list: RunList, report: (error: unknown) => void): Disposable {
  let asked = 0;
  const fetchAll = async (): Promise<void> => {
    const mine = (asked += 1);
    try {
      const { runs } = await daemon.call('listRuns', {}, { start: false });
      if (mine === asked) list.replace(runs);
    } catch (error) {
      // the feed says when there is a daemon again
      if (!(error instanceof DaemonProblem) || error.kind === 'broken' || error.kind === 'refused') report(error);
    }
  };
  return daemon.onFeed((event) => {
    if (event.type === 'hello' || event.type === 'reset') void fetchAll();
    else list.apply(event);
  });
}
