// Entry of the dataset view.
import '../shared/base.css';
import './dataset.css';
import { open } from '../shared/messages.ts';
import { datasetViewState, toDatasetView, type DatasetViewState, type FromDatasetView, type ToDatasetView } from './protocol.ts'; // prettier-ignore
import { DatasetPanel } from './view.ts';

let panel: DatasetPanel | undefined;

open<ToDatasetView, FromDatasetView, DatasetViewState>({
  incoming: toDatasetView,
  state: datasetViewState,
  start: (host) => {
    panel = new DatasetPanel(host);
  },
  message: (message) => panel?.take(message),
});
