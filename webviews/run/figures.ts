// How far the run is: a bar, and a few figures that a glance takes in.
import * as l10n from '@vscode/l10n';
import type { RunSummary } from '../../daemon/runs/protocol.ts';
import { element, setAttribute, setText } from '../shared/dom.ts';
import { formatBytes, formatCount, formatDuration, formatValue } from '../shared/format.ts';
import type { RunModel } from './model.ts';

type Figure = readonly [name: string, label: string, value: string];

export class Figures {
  readonly #bar = element('div', { class: 'progress', role: 'progressbar', 'aria-label': l10n.t('Progress'), 'aria-valuemin': 0, 'aria-valuemax': 100 }, element('div')); // prettier-ignore
  readonly #list = element('dl', { class: 'figures' });
  readonly #phase = element('div', { class: 'phase dim' });
  readonly root = element('div', {}, this.#bar, this.#list, this.#phase);
  readonly #shown = new Map<string, { readonly label: HTMLElement; readonly value: HTMLElement; readonly root: HTMLElement }>(); // prettier-ignore

  update(run: RunSummary, model: RunModel): void {
    const { progress } = run;
    const share = progress.totalSteps > 0 ? Math.min(1, progress.step / progress.totalSteps) : 0;
    setAttribute(this.#bar, 'aria-valuenow', Math.floor(share * 100));
    const [fillBar] = this.#bar.children;
    if (fillBar instanceof HTMLElement) fillBar.style.width = `${share * 100}%`;
    const figures = figuresOf(run, model);
    for (const [name, label, value] of figures) this.#show(name, label, value);
    for (const [name, { root }] of this.#shown) root.hidden = !figures.some(([one]) => one === name);
    setText(this.#phase, progress.phase);
    this.#phase.hidden = progress.phase === '';
  }

  #show(name: string, label: string, value: string): void {
    let found = this.#shown.get(name);
    if (!found) {
      const parts = { label: element('dt', { class: 'dim' }), value: element('dd') };
      found = { ...parts, root: element('div', {}, parts.label, parts.value) };
      this.#shown.set(name, found);
      this.#list.append(found.root);
    }
    setText(found.label, label);
    setText(found.value, value);
  }
}

function figuresOf(run: RunSummary, model: RunModel): Figure[] {
  const { progress, state, health, started, ended } = run;
  const known = (value: number | null, format: (value: number) => string): string => (value === null ? '–' : format(value)); // prettier-ignore
  const total = progress.totalSteps > 0 ? formatCount(progress.totalSteps) : '–';
  const figures: Figure[] = [['step', l10n.t('step'), `${formatCount(progress.step)} / ${total}`]];
  figures.push(['epoch', l10n.t('epoch'), progress.epoch.toFixed(2)]);
  figures.push(['loss', l10n.t('loss'), known(progress.loss, formatValue)]);
  const evaluated = progress.scores['eval_loss'];
  if (evaluated !== undefined) {
    const best = progress.bestCheckpoint;
    const label = best === null ? l10n.t('eval loss') : l10n.t('eval loss (best {0})', formatCount(best));
    figures.push(['eval', label, formatValue(evaluated)]);
  }
  const speed = state === 'running' || state === 'stopping' ? progress.tokensPerSecond : meanOf(model.curve('tokensPerSecond').y); // prettier-ignore
  figures.push(['speed', l10n.t('tokens/s'), known(speed, formatCount)]);
  const memory = health?.memory ?? progress.peakMemory;
  figures.push(['memory', health ? l10n.t('memory') : l10n.t('peak memory'), known(memory, formatBytes)]);
  if (state === 'running') figures.push(['left', l10n.t('left'), known(progress.remainingSeconds, formatDuration)]);
  else if (started !== null && ended !== null) figures.push(['left', l10n.t('took'), formatDuration((ended - started) / 1000)]); // prettier-ignore
  return figures;
}

function meanOf(values: Float64Array): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
