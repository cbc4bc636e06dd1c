// The compare view: a panel for each set of runs, fed by compare-feed.ts.
import * as l10n from '@vscode/l10n';
import { z } from 'zod';
import { runId } from '../../daemon/runs/protocol.ts';
import {
  fromCompareView,
  MOST_RUNS,
  type FromCompareView,
  type ToCompareView,
} from '../../webviews/compare/protocol.ts';
import { DaemonProblem } from '../daemon/problem.ts';
import { chooseRuns } from '../commands/runs.ts';
import { CompareFeed } from './compare-feed.ts';
import type { PanelKind } from './panels.ts';
import { WebviewHost } from './webview-host.ts';

/** The view's remembered state holds `runs`, so a reload brings the panel back. */
const target = z.object({ runs: z.array(runId).min(1).max(MOST_RUNS) });

export const comparePanel: PanelKind<z.infer<typeof target>> = {
  target,
  key: ({ runs }) => [...runs].sort().join(' '),
  title: () => l10n.t('Compare Runs'),
  fill: (panel, { runs }, services) => {
    WebviewHost.open<ToCompareView, FromCompareView>(panel, { view: 'compare', fromView: fromCompareView }, services, (host) => {
      const feed = new CompareFeed(services.daemon, runs, (message) => host.post(message));
      const perform = async (message: FromCompareView): Promise<void> => {
        if (message.type === 'open') await services.panels.show('run', { run: message.id });
        if (message.type === 'remove') feed.runs = feed.runs.filter((id) => id !== message.id);
        if (message.type === 'choose') feed.runs = (await chooseRuns(services, feed.runs)) ?? feed.runs;
        if (message.type === 'remove' || message.type === 'choose') await feed.begin();
      };
      return {
        ready: () => feed.begin(),
        hidden: () => feed.end(),
        dispose: () => feed.end(),
        message: async (message) => {
          try {
            await perform(message);
          } catch (error) {
            if (!(error instanceof DaemonProblem)) throw error;
            host.post({ type: 'problem', message: error.message });
          }
        },
      };
    });
  },
}; // prettier-ignore
