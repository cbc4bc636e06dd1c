// Which panels there are: by the folder of webviews/ that a panel shows, the file that fills it.
import type { PanelTable } from './panels.ts';

export const panels: PanelTable = {
  compare: async () => (await import('./compare-panel.ts')).comparePanel,
  dataset: async () => (await import('./dataset-panel.ts')).datasetPanel,
  run: async () => (await import('./run-panel.ts')).runPanel,
};
