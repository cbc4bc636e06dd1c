// What the window says of Anneal at its edges: the status of the file in the editor, a status bar item while something runs, one notification
// at the end of a run.
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RunSummary } from '../daemon/runs/protocol.ts';
import type { ActiveDocument, ActiveDocuments } from './language/documents.ts';
import { endedRun } from './tracking/run-list.ts';
import { activityText, bytesText, durationText, scoreText } from './tracking/text.ts';
import type { Services } from './services.ts';

/** Findings and the estimate of a recipe, at the language status of its file. */
export class FileStatus implements vscode.Disposable {
  readonly #findings = vscode.languages.createLanguageStatusItem('anneal.findings', [
    { language: 'yaml' },
    { pattern: '**/dataset_info.json' },
  ]);
  readonly #cost = vscode.languages.createLanguageStatusItem('anneal.cost', [{ language: 'yaml' }]);
  readonly #subscriptions: vscode.Disposable[];
  #active: ActiveDocument | undefined;

  constructor(documents: ActiveDocuments) {
    this.#findings.name = l10n.t('Anneal: Findings');
    this.#findings.command = { command: 'workbench.actions.view.problems', title: l10n.t('Show') };
    this.#cost.name = l10n.t('Anneal: Estimate');
    this.#subscriptions = [
      this.#findings,
      this.#cost,
      documents.onChanged((active) => {
        this.#active = active;
        this.#show();
      }),
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        if (this.#active && uris.some((uri) => uri.toString() === this.#active?.uri.toString())) this.#show();
      }),
    ];
    this.#show();
  } // prettier-ignore

  #show(): void {
    const active = this.#active;
    const isOurs = active?.kind === 'recipe' || active?.kind === 'dataset-info';
    // an item with an empty selector is not shown at all
    this.#findings.selector = isOurs ? { pattern: new vscode.RelativePattern(vscode.Uri.joinPath(active.uri, '..'), active.uri.path.split('/').at(-1) ?? '') } : []; // prettier-ignore
    this.#cost.selector = active?.kind === 'recipe' ? this.#findings.selector : [];
    if (!isOurs) return;
    const found = vscode.languages.getDiagnostics(active.uri).filter(({ source }) => source === 'anneal');
    const errors = found.filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error).length;
    const warnings = found.filter(({ severity }) => severity === vscode.DiagnosticSeverity.Warning).length;
    this.#findings.text = errors + warnings === 0 ? l10n.t('$(check) No findings') : `$(error) ${errors} $(warning) ${warnings}`; // prettier-ignore
    this.#findings.detail = active.kind === 'recipe' ? l10n.t('Anneal recipe') : l10n.t('Anneal data sets');
    this.#findings.severity = errors > 0 ? vscode.LanguageStatusSeverity.Error : warnings > 0 ? vscode.LanguageStatusSeverity.Warning : vscode.LanguageStatusSeverity.Information; // prettier-ignore
    this.#showCost(active);
  }

  #showCost({ uri, folder, cost }: ActiveDocument): void {
    const { peakBytes = null, freeBytes = null, seconds = null } = cost ?? {};
    const fits = peakBytes === null || freeBytes === null || peakBytes < freeBytes;
    const memory = peakBytes === null ? undefined : fits ? l10n.t('{0}, fits', bytesText(peakBytes)) : l10n.t('{0}, does not fit', bytesText(peakBytes)); // prettier-ignore
    const time = seconds === null ? undefined : l10n.t('about {0}', durationText(seconds));
    this.#cost.text = [memory, time].filter((part) => part !== undefined).join(', ') || l10n.t('Not estimated yet');
    this.#cost.severity = fits ? vscode.LanguageStatusSeverity.Information : vscode.LanguageStatusSeverity.Warning;
    this.#cost.command = { command: 'anneal.estimate', title: l10n.t('Estimate'), arguments: [{ uri: uri.toString(), folder }] }; // prettier-ignore
  }

  dispose(): void {
    for (const one of this.#subscriptions) one.dispose();
  }
}

/** There only while something runs; a click opens the run's panel. */
export class Activity implements vscode.Disposable {
  #item: vscode.StatusBarItem | undefined;
  readonly #listening: { dispose(): void };

  constructor({ runs }: Services) {
    const show = (): void => this.#show(runs.active);
    this.#listening = runs.onChange(show);
    show();
  }

  #show(active: readonly RunSummary[]): void {
    const [run] = active;
    if (!run) {
      this.#item?.dispose();
      this.#item = undefined;
      return;
    }
    this.#item ??= vscode.window.createStatusBarItem('anneal.activity', vscode.StatusBarAlignment.Left, 10);
    this.#item.name = l10n.t('Anneal: Runs');
    this.#item.text = `$(sync~spin) ${activityText(active)}`;
    this.#item.tooltip = [run.name, l10n.t('step {0} of {1}', run.progress.step, run.progress.totalSteps), scoreText(run)].filter((part) => part !== undefined).join('\n'); // prettier-ignore
    this.#item.accessibilityInformation = { label: l10n.t('Run {0}', activityText(active)) };
    this.#item.command = { command: 'anneal.showRun', title: '', arguments: [{ run: run.id }] };
    this.#item.show();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#item?.dispose();
  }
}

/** One notification at the end of a run. It takes no focus, and is left out while the run's own panel is in view. */
export function notifyAtEnd(services: Services): { dispose(): void } {
  return services.runs.onChange((change) => {
    const run = endedRun(change);
    if (run) notify(services, run).catch(services.report);
  });
}

async function notify({ panels }: Services, run: RunSummary): Promise<void> {
  const when = vscode.workspace.getConfiguration('anneal').get<string>('notifyAtEnd', 'unlessShown');
  const isShown = panels.isVisible('run', { run: run.id });
  const failed = run.state === 'failed';
  if (when === 'never' || (when === 'failures' && !failed) || (when === 'unlessShown' && isShown)) return;
  const [open, log, resume] = [l10n.t('Open'), l10n.t('Show Log'), l10n.t('Resume')];
  const score = scoreText(run);
  const took = run.started !== null && run.ended !== null ? durationText((run.ended - run.started) / 1000) : '';
  const chosen = failed
    ? await vscode.window.showErrorMessage(l10n.t('The run {0} has failed: {1}', run.name, run.failure?.message ?? ''), open, log, resume) // prettier-ignore
    : await vscode.window.showInformationMessage(l10n.t('The run {0} is done after {1}: {2}', run.name, took, score ?? l10n.t('no score')), open); // prettier-ignore
  const target = { run: run.id };
  if (chosen === open) await vscode.commands.executeCommand('anneal.showRun', target);
  if (chosen === log) await vscode.commands.executeCommand('anneal.showRunLog', target);
  if (chosen === resume) await vscode.commands.executeCommand('anneal.resumeRun', target);
}
