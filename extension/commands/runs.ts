// Commands about runs: open, stop, resume, copy, compare, show what they wrote, delete.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RunSummary } from '../../daemon/runs/protocol.ts';
import type { TargetOf } from '../contributions/commands.ts';
import { runTarget } from '../contributions/protocol.ts';
import { hasEnded } from '../tracking/run-list.ts';
import { bytesText, scoreText } from '../tracking/text.ts';
import type { Services } from '../services.ts';
import { chooseRun, itemOf } from './choose-run.ts';
import { askForChanges } from './changes.ts';
import { revealPath } from './reveal.ts';

/** As many as one panel compares. */
const MOST_COMPARED = 8;
/** Lines of a worker's output that are fetched. */
const LOG_LINES = 5000;

const any = (): boolean => true;
const isOwn = ({ source }: RunSummary): boolean => source === 'anneal';
const noRuns = (): string => l10n.t('There are no runs yet: open a recipe and run it, or make a new one.');

export async function showRun(services: Services, target: TargetOf<'anneal.showRun'> | undefined): Promise<void> {
  const run = await chooseRun(services, target?.run, l10n.t('Open which run?'), any, noRuns());
  if (run !== undefined) await services.panels.show('run', { run });
}

export async function stopRun(services: Services, target: TargetOf<'anneal.stopRun'> | undefined): Promise<void> {
  const suits = ({ state }: RunSummary): boolean => state === 'running' || state === 'queued';
  const run = await chooseRun(services, target?.run, l10n.t('Stop which run?'), suits, l10n.t('Nothing runs.'));
  if (run === undefined) return;
  const { state } = await services.daemon.call('stopRun', { params: { id: run }, body: {} });
  if (state === 'stopping') vscode.window.setStatusBarMessage(l10n.t('The run finishes its step and writes a checkpoint.'), 5000); // prettier-ignore
}

export async function resumeRun(services: Services, target: TargetOf<'anneal.resumeRun'> | undefined): Promise<void> {
  const suits = (run: RunSummary): boolean => isOwn(run) && (run.state === 'stopped' || run.state === 'failed');
  const none = l10n.t('There is nothing to resume: no run was stopped or has failed.');
  const run = await chooseRun(services, target?.run, l10n.t('Resume which run?'), suits, none);
  if (run === undefined) return;
  const checkpoint = target?.checkpoint ?? (target === undefined ? await chooseCheckpoint(services, run) : undefined);
  if (checkpoint === null) return;
  await services.daemon.call('resumeRun', {
    params: { id: run },
    body: checkpoint === undefined ? {} : { checkpoint },
  });
  await services.panels.show('run', { run });
}

/** Undefined: the last; null: the person gave up. Nothing is asked where there is no choice. */
async function chooseCheckpoint({ daemon }: Services, run: string): Promise<number | undefined | null> {
  const { checkpoints } = await daemon.call('runCheckpoints', { params: { id: run } });
  const resumable = checkpoints.filter((checkpoint) => checkpoint.resumable).reverse();
  if (resumable.length < 2) return undefined;
  const items = resumable.map(({ step, bytes, best, scores }, i) => ({
    step,
    label: l10n.t('Step {0}', step),
    description: [i === 0 ? l10n.t('the last') : '', best ? l10n.t('the best') : '', bytesText(bytes), ...Object.entries(scores).map(([name, score]) => `${name} ${score.toFixed(4)}`)].filter((part) => part !== '').join(' · '),
  })); // prettier-ignore
  const chosen = await vscode.window.showQuickPick(items, { title: l10n.t('Resume from which checkpoint?') });
  return chosen ? chosen.step : null;
}

export async function cloneRun(services: Services, target: TargetOf<'anneal.cloneRun'> | undefined): Promise<void> {
  const run = await chooseRun(services, target?.run, l10n.t('Run which again?'), isOwn, noRuns());
  if (run === undefined) return;
  const changes = target?.changes ?? (await askForChanges());
  if (changes === undefined) return;
  const { id } = await services.daemon.call('cloneRun', { params: { id: run }, body: { changes } });
  await services.panels.show('run', { run: id });
}

export async function compareRuns(services: Services, target: TargetOf<'anneal.compareRuns'> | undefined, selection: readonly unknown[]): Promise<void> {
  const selected = selection.flatMap((item) => runTarget.safeParse(item).data?.run ?? []);
  const given = target && 'runs' in target ? target.runs : selected;
  const runs = given.length >= 2 ? given : await chooseRuns(services, target && 'run' in target ? [target.run] : given);
  if (runs === undefined) return;
  await services.panels.show('compare', { runs: runs.slice(0, MOST_COMPARED) });
} // prettier-ignore

/** Two to eight runs; undefined where the person gave up. */
export async function chooseRuns(
  { daemon, language }: Services,
  chosen: readonly string[],
): Promise<string[] | undefined> {
  const { runs } = await daemon.call('listRuns');
  if (runs.length < 2) {
    void vscode.window.showInformationMessage(l10n.t('There is nothing to compare: fewer than two runs are known.'));
    return undefined;
  }
  const items = runs.map((run) => ({ ...itemOf(run, language), picked: chosen.includes(run.id) }));
  items.sort((a, b) => Number(b.picked) - Number(a.picked));
  const title = l10n.t('Compare which runs? Two to {0}', MOST_COMPARED);
  const picked = await vscode.window.showQuickPick(items, { title, canPickMany: true, matchOnDescription: true, matchOnDetail: true }); // prettier-ignore
  if (!picked) return undefined;
  if (picked.length >= 2 && picked.length <= MOST_COMPARED) return picked.map(({ run }) => run);
  void vscode.window.showWarningMessage(
    l10n.t('Choose two to {0} runs; {1} were chosen.', MOST_COMPARED, picked.length),
  );
  return undefined;
}

const logs = new Map<string, vscode.OutputChannel>();

export async function showRunLog(services: Services, target: TargetOf<'anneal.showRunLog'> | undefined): Promise<void> {
  const run = await chooseRun(services, target?.run, l10n.t('Show the log of which run?'), any, noRuns());
  if (run === undefined) return;
  const { lines } = await services.daemon.call('runLog', { params: { id: run }, query: { lines: LOG_LINES } });
  let channel = logs.get(run);
  if (!channel) {
    channel = vscode.window.createOutputChannel(`Anneal: ${run}`);
    logs.set(run, channel);
    services.context.subscriptions.push(channel);
  }
  channel.replace(lines.length > 0 ? `${lines.join('\n')}\n` : `${l10n.t('The process of this run has written nothing.')}\n`); // prettier-ignore
  channel.show(true);
}

export async function openOutputFolder(services: Services, target: TargetOf<'anneal.openOutputFolder'> | undefined): Promise<void> {
  const run = await chooseRun(services, target?.run, l10n.t('Open the output folder of which run?'), any, noRuns());
  if (run === undefined) return;
  const { outputDir } = services.runs.get(run) ?? (await services.daemon.call('getRun', { params: { id: run } }));
  await revealPath(outputDir);
} // prettier-ignore

export async function deleteRun(services: Services, target: TargetOf<'anneal.deleteRun'> | undefined): Promise<void> {
  const none = l10n.t('There is nothing to delete: a run must have ended first.');
  const run = await chooseRun(services, target?.run, l10n.t('Delete which run?'), ({ state }) => hasEnded(state), none);
  if (run === undefined) return;
  const known = services.runs.get(run);
  await services.daemon.call('deleteRun', { params: { id: run } });
  const undo = l10n.t('Undo');
  const score = known ? scoreText(known) : undefined;
  const name = known ? `${known.name}${score === undefined ? '' : ` (${score})`}` : run;
  const answer = await vscode.window.showInformationMessage(l10n.t('The run {0} was moved to the trash. Its output folder stays.', name), undo); // prettier-ignore
  if (answer === undo) await services.daemon.call('restoreRun', { params: { id: run } });
}
