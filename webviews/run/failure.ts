// Why a run failed: the sentence, what helps next, and the last lines that its process wrote.
import * as l10n from '@vscode/l10n';
import type { RunDetail, RunFailure } from '../../daemon/runs/protocol.ts';
import { button, type ButtonParts } from '../shared/buttons.ts';
import { element, icon } from '../shared/dom.ts';
import type { RunCommand } from './protocol.ts';
import { canResume, nextSteps, titleOf } from './states.ts';

export function failureCard(failure: RunFailure, run: RunDetail, send: (command: RunCommand) => void): HTMLElement {
  const does = (command: RunCommand, label: string, name: string): ButtonParts => ({ label, icon: name, onclick: () => send(command) }); // prettier-ignore
  const offers = nextSteps(failure.kind).flatMap((step): ButtonParts[] => {
    switch (step) {
      case 'resume':
        return canResume(run) ? [does({ name: 'resume' }, l10n.t('Resume'), 'debug-continue')] : [];
      case 'openRecipe':
        return [does({ name: 'openRecipe' }, l10n.t('Open the recipe'), 'go-to-file')];
      case 'previewData':
        return run.recipeFile === null ? [] : [does({ name: 'previewData' }, l10n.t('Preview the data'), 'search')];
      case 'clone':
        return [does({ name: 'clone' }, l10n.t('Run a copy with changes…'), 'files')];
      case 'copyDiagnostics':
        return [does({ name: 'copyDiagnostics' }, l10n.t('Copy diagnostics'), 'copy')];
      case 'openOutput':
        return [does({ name: 'openOutput' }, l10n.t('Open the output folder'), 'folder-opened')];
    }
  });
  const title = titleOf(failure.kind);
  const parts: HTMLElement[] = [
    element('h2', {}, icon('error'), ' ', title),
    element('p', { class: 'text' }, failure.message),
    element('div', { class: 'actions' }, ...offers.map((offer, i) => button({ ...offer, primary: i === 0 }))),
  ];
  if (failure.logTail.length > 0) {
    const label = l10n.t('The last lines of the process');
    parts.push(element('details', {}, element('summary', {}, label), element('pre', { tabindex: 0, 'aria-label': label }, failure.logTail.join('\n')))); // prettier-ignore
  }
  return element('section', { class: 'card failure', role: 'alert', 'aria-label': title }, ...parts);
}
