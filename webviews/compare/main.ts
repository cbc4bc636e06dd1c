// Entry of the compare view.
import '../shared/base.css';
import '../shared/controls.css';
import '../shared/charts/charts.css';
import '../shared/layout.css';
import './compare.css';
import { open } from '../shared/messages.ts';
import { compareViewState, toCompareView, type CompareViewState, type FromCompareView, type ToCompareView } from './protocol.ts'; // prettier-ignore
import { CompareView } from './view.ts';

let view: CompareView | undefined;

open<ToCompareView, FromCompareView, CompareViewState>({
  incoming: toCompareView,
  state: compareViewState,
  start: (host) => {
    view = new CompareView(host);
  },
  message: (message) => view?.take(message),
});
