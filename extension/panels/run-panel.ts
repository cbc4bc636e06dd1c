// The run panel: one panel a run, its view fed by run-feed.ts, its commands performed by run-commands.ts.
import { z } from 'zod';
import { runId } from '../../daemon/runs/protocol.ts';
import { fromRunView, type FromRunView, type ToRunView } from '../../webviews/run/protocol.ts';
import { DaemonProblem } from '../daemon/problem.ts';
import type { PanelKind } from './panels.ts';
import { RunCommands } from './run-commands.ts';
import { RunFeed } from './run-feed.ts';
import { WebviewHost } from './webview-host.ts';

/** The view's remembered state holds `run`, so a reload brings the panel back. */
const target = z.object({ run: runId });

export const runPanel: PanelKind<z.infer<typeof target>> = {
  target,
  key: ({ run }) => run,
  title: ({ run }) => run,
  fill: (panel, { run }, services) => {
    WebviewHost.open<ToRunView, FromRunView>(panel, { view: 'run', fromView: fromRunView }, services, (host) => {
      const feed = new RunFeed(services.daemon, run, (message) => {
        if (message.type === 'run') panel.title = message.run.name;
        host.post(message);
      });
      const commands = new RunCommands(services, feed, run);
      return {
        ready: () => feed.begin(),
        hidden: () => feed.end(),
        dispose: () => feed.end(),
        message: async (message) => {
          try {
            if (message.type === 'zoom') await feed.zoom(message.from, message.to);
            else if (message.type === 'resync') await feed.begin();
            else if (message.type === 'command') await commands.perform(message.command);
          } catch (error) {
            // what the daemon refuses is said where it was asked for; the rest is for the window's own way of telling
            if (!(error instanceof DaemonProblem)) throw error;
            host.post({ type: 'problem', message: error.message });
          }
        },
      };
    });
  },
};
