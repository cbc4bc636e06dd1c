// The dataset view in a panel of its own: a recipe's dataset, or a file.
import { basename } from 'node:path';
import * as l10n from '@vscode/l10n';
import { datasetTarget, type DatasetTarget } from '../../webviews/dataset/protocol.ts';
import { fillWithDataset } from './dataset-view.ts';
import type { PanelKind } from './panels.ts';

const nameOf = ({ dataset, file, recipe }: DatasetTarget): string => dataset ?? basename(file ?? recipe ?? '');

export const datasetPanel: PanelKind<DatasetTarget> = {
  target: datasetTarget,
  key: ({ recipe, dataset, file }) => JSON.stringify([recipe, dataset, file]),
  title: (target) => l10n.t('Data: {0}', nameOf(target)),
  fill: fillWithDataset,
};
