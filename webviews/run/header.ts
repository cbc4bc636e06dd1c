// The first line: which run this is, how it is, and what can be done with it.
import * as l10n from '@vscode/l10n';
import type { RunDetail, RunSummary } from '../../daemon/runs/protocol.ts';
import { button, linkButton, menu, type ButtonParts } from '../shared/buttons.ts';
import { element, fill, icon, setAttribute, setText } from '../shared/dom.ts';
import type { RunCommand } from './protocol.ts';
import { canResume, iconOf, isActive, nameOf } from './states.ts';

type Send = (command: RunCommand) => void;

export class Header {
  readonly root = element('header', { class: 'bar' });
  readonly #send: Send;
  readonly #showWarnings: () => void;
  /** Says what the run has become; only changes are read aloud. */
  readonly announcer = element('div', { class: 'unseen', role: 'status' });
  #shown = '';
  #state: string | undefined;

  constructor(send: Send, showWarnings: () => void) {
    this.#send = send;
    this.#showWarnings = showWarnings;
  }

  update(run: RunSummary, detail: RunDetail): void {
    const { state, name, recipeFile, progress, position } = run;
    const shown = JSON.stringify([run.id, state, name, recipeFile, progress.warnings, position, detail.clonedFrom, run.tags]); // prettier-ignore
    // made anew only where it changes: focus stays where it is
    if (shown === this.#shown) return;
    this.#shown = shown;
    fill(this.root, ...this.#title(run, detail), element('span', { class: 'grow' }), this.#actions(run));
    if (this.#state !== undefined && this.#state !== state) setText(this.announcer, l10n.t('The run is {0}.', nameOf(state))); // prettier-ignore
    this.#state = state;
  }

  #title(run: RunSummary, { clonedFrom }: RunDetail): HTMLElement[] {
    const { state, name, recipeFile, stage, finetuningType, device, progress, position, source, tags } = run;
    const chip = (text: string): HTMLElement => element('span', { class: 'chip' }, text);
    const where = position === null ? nameOf(state) : l10n.t('queued, place {0}', position);
    const parts = [
      element('span', { class: `state ${state}` }, icon(iconOf[state]), where),
      element('h1', { class: 'name ellipsis', title: name }, name),
    ];
    if (recipeFile !== null) {
      const open = linkButton(fileName(recipeFile), () => this.#send({ name: 'openRecipe' }));
      setAttribute(open, 'title', recipeFile);
      parts.push(open);
    }
    parts.push(chip([stage, finetuningType].filter(Boolean).join(' · ')));
    if (device !== '') parts.push(chip(device));
    if (source === 'llama-factory') parts.push(chip(l10n.t('LLaMA-Factory, read-only')));
    parts.push(...tags.map(chip));
    if (clonedFrom !== null) parts.push(linkButton(l10n.t('copy of {0}', clonedFrom), () => this.#send({ name: 'openRun', id: clonedFrom }))); // prettier-ignore
    if (progress.warnings > 0) {
      const count = progress.warnings === 1 ? l10n.t('1 warning') : l10n.t('{0} warnings', progress.warnings);
      parts.push(element('button', { type: 'button', class: 'link warnings', onclick: this.#showWarnings }, icon('warning'), count)); // prettier-ignore
    }
    return parts;
  }

  #actions(run: RunSummary): HTMLElement {
    const { state, source } = run;
    const does = (command: RunCommand) => (): void => this.#send(command);
    const buttons = [button({ label: l10n.t('Compare…'), onclick: does({ name: 'compare' }) })];
    const more: ButtonParts[] = [
      { label: l10n.t('Open the output folder'), icon: 'folder-opened', onclick: does({ name: 'openOutput' }) },
    ];
    if (source === 'anneal') {
      buttons.push(button({ label: l10n.t('Run a copy…'), onclick: does({ name: 'clone' }) }));
      more.push({ label: l10n.t('Show what the process wrote'), icon: 'output', onclick: does({ name: 'showLog' }) });
      more.push({ label: l10n.t('Copy diagnostics'), icon: 'copy', onclick: does({ name: 'copyDiagnostics' }) });
    }
    if (state === 'queued') buttons.push(button({ label: l10n.t('Leave the queue'), icon: 'debug-stop', onclick: does({ name: 'stop' }) })); // prettier-ignore
    if (state === 'running') buttons.push(button({ label: l10n.t('Stop'), icon: 'debug-stop', title: l10n.t('Finishes the step and writes a checkpoint'), onclick: does({ name: 'stop' }) })); // prettier-ignore
    if (isActive(state)) more.push({ label: l10n.t('Kill at once…'), icon: 'close', onclick: does({ name: 'kill' }) });
    if (canResume(run)) buttons.push(button({ label: l10n.t('Resume'), icon: 'debug-continue', primary: true, onclick: does({ name: 'resume' }) })); // prettier-ignore
    if (!isActive(state) && state !== 'queued') more.push({ label: l10n.t('Delete…'), icon: 'trash', onclick: does({ name: 'delete' }) }); // prettier-ignore
    return element('div', { class: 'actions' }, ...buttons, menu(l10n.t('More actions'), more));
  }
}

/** The file and its folder. */
const fileName = (path: string): string => path.split(/[\\/]/).slice(-2).join('/');
