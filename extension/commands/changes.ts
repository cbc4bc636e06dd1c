// Changes of a recipe as a person types them for a copy of a run: words key=value, as the command line takes them.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { parseWords } from './words.ts';

/** Values by key, null removes one; undefined where the person gave up. */
export async function askForChanges(): Promise<Record<string, unknown> | undefined> {
  const words = await vscode.window.showInputBox({
    title: l10n.t('Run again with which changes?'),
    prompt: l10n.t('Keys to change as key=value, divided by spaces; key= removes one. Nothing: an exact copy.'),
    placeHolder: 'learning_rate=1.0e-4 num_train_epochs=2',
    ignoreFocusOut: true,
    validateInput: (text) => {
      const parsed = parseWords(text);
      return parsed.ok ? undefined : l10n.t('"{0}" is not key=value: write it like learning_rate=1.0e-4.', parsed.word);
    },
  });
  if (words === undefined) return undefined;
  const parsed = parseWords(words);
  return parsed.ok ? parsed.changes : undefined;
}
