// Which run a command is about: the one it was called with, else one that the person chooses from those it can be about.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RunSummary } from '../../daemon/runs/protocol.ts';
import { runLine } from '../tracking/text.ts';
import type { Services } from '../services.ts';

export interface RunItem extends vscode.QuickPickItem {
  readonly run: string;
}

export const itemOf = (run: RunSummary, language: string): RunItem => ({
  run: run.id,
  label: run.name,
  description: runLine(run),
  detail: `${run.id} · ${new Date(run.created).toLocaleString(language)} · ${run.outputDir}`,
});

/** Undefined where the person chose none, or there is none to choose: then that is said, in the words of `none`. */
export async function chooseRun(
  { daemon, language }: Services,
  given: string | undefined,
  title: string,
  suits: (run: RunSummary) => boolean,
  none: string,
): Promise<string | undefined> {
  if (given !== undefined) return given;
  const { runs } = await daemon.call('listRuns');
  const items = runs.filter(suits).map((run) => itemOf(run, language));
  if (items.length === 0) {
    const make = l10n.t('New Recipe…');
    const chosen = await vscode.window.showInformationMessage(none, ...(runs.length === 0 ? [make] : []));
    if (chosen === make) await vscode.commands.executeCommand('anneal.newRecipe');
    return undefined;
  }
  if (items.length === 1) return items[0]?.run;
  return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true, matchOnDetail: true }))?.run;
}
