// Recipes as they were run, as read-only documents: fetched from the daemon when VS Code asks for one.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RunDetail } from '../../daemon/runs/protocol.ts';
import { DaemonProblem } from '../daemon/problem.ts';
import type { Services } from '../services.ts';

const SCHEME = 'anneal-recipe';

/** Its address; the text of a run's recipe never changes. */
export const recipeAsRun = ({ id, name }: Pick<RunDetail, 'id' | 'name'>): vscode.Uri =>
  vscode.Uri.from({
    scheme: SCHEME,
    path: `/${id}/${name.replaceAll('/', '-')} (${l10n.t('as run')}).yaml`,
    query: id,
  });

export function registerRecipeDocuments({ context, daemon }: Services): void {
  const provider: vscode.TextDocumentContentProvider = {
    provideTextDocumentContent: async (uri) => {
      try {
        const { recipe, overrides } = await daemon.call('getRun', { params: { id: uri.query } });
        const words = overrides.map((word) => `#   ${word}\n`).join('');
        return words === '' ? recipe : `${recipe.trimEnd()}\n\n# ${l10n.t('merged over it when it ran:')}\n${words}`;
      } catch (error) {
        if (error instanceof DaemonProblem) return `# ${error.message}\n`;
        throw error;
      }
    },
  };
  context.subscriptions.push(vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider));
}
