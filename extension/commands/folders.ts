// Requests may name paths in the folders of the workspace; what a recipe reads or writes beside them is allowed by the person, once.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { DaemonProblem } from '../daemon/problem.ts';
import type { Services } from '../services.ts';

/** Repeats what the daemon refused because of a folder that is not open, if the person allows that. Throws DaemonProblem as `ask` does. */
export async function withFolders<T>({ daemon }: Services, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const folders = error instanceof DaemonProblem && error.code === 'outside-workspace' ? (error.problem?.folders ?? []) : []; // prettier-ignore
      if (folders.length === 0) throw error;
      const allow = l10n.t('Allow');
      const detail = l10n.t('It lies outside of the folders that are open in this window. Allowed folders are forgotten when the window closes.'); // prettier-ignore
      const answer = await vscode.window.showWarningMessage(l10n.t('May Anneal read and write {0}?', folders.join(', ')), { modal: true, detail }, allow); // prettier-ignore
      if (answer !== allow) throw error;
      await daemon.allowFolders(folders);
    }
  }
}
