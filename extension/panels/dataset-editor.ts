// Files of rows as editors that only read: what stands behind one is loaded when the first is opened.
import * as vscode from 'vscode';
import type { Services } from '../services.ts';

/** The kinds of editors that the manifest announces: always for what is no text, on request for the others. */
const viewTypes = ['anneal.rows', 'anneal.textRows'] as const;

export function registerDatasetEditors(services: Services): vscode.Disposable[] {
  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: async ({ uri }, panel) => {
      const { fillWithDataset } = await import('./dataset-view.ts');
      fillWithDataset(panel, { file: uri.fsPath }, services);
    },
  };
  return viewTypes.map((viewType) => vscode.window.registerCustomEditorProvider(viewType, provider, { supportsMultipleEditorsPerDocument: true })); // prettier-ignore
}
