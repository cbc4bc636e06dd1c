// Entry of the run panel.
import '../shared/base.css';
import '../shared/controls.css';
import '../shared/charts/charts.css';
import '../shared/layout.css';
import './run.css';
import { open } from '../shared/messages.ts';
import { runViewState, toRunView, type FromRunView, type RunViewState, type ToRunView } from './protocol.ts';
import { RunView } from './view.ts';

let view: RunView | undefined;

open<ToRunView, FromRunView, RunViewState>({
  incoming: toRunView,
  state: runViewState,
  start: (host) => {
    view = new RunView(host);
  },
  message: (message) => view?.take(message),
});
