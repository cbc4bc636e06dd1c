// The upper line: which dataset it is, how much there is of it, and what it is rendered by, to be tried out in another way.
import * as l10n from '@vscode/l10n';
import type { DatasetState } from '../../daemon/data/protocol.ts';
import { element, fill, icon, setText } from '../shared/dom.ts';
import { formatBytes, formatCount } from '../shared/format.ts';
import type { StateMessage, TriedOut } from './protocol.ts';
import { visible, visibleText } from './visible.ts';

export interface HeaderEvents {
  tried(tried: TriedOut): void;
  applied(): void;
  dataset(name: string): void;
  chooseRecipe(): void;
  openRecipe(): void;
}

/** The option of the model's own template: no template has this name. */
const OWN = '';

export class Header {
  readonly element: HTMLElement;
  readonly #events: HeaderEvents;
  readonly #about = element('div', { class: 'about' });
  readonly #datasets = element('select', { 'aria-label': l10n.t('Dataset'), onchange: () => this.#events.dataset(this.#datasets.value) }); // prettier-ignore
  readonly #template = element('select', { 'aria-label': 'template', onchange: () => this.#try() });
  readonly #cutoff = element('input', { type: 'number', min: 1, max: 100_000_000, step: 1, 'aria-label': 'cutoff_len', oninput: () => this.#typed(), onchange: () => this.#try() }); // prettier-ignore
  readonly #rendering: HTMLElement;
  readonly #changed: HTMLElement;
  readonly #raw: HTMLElement;
  #recipe: StateMessage['recipe'] = null;
  #typing: number | undefined;

  constructor(events: HeaderEvents) {
    this.#events = events;
    const button = (text: string, act: () => void, more = ''): HTMLElement => element('button', { type: 'button', class: `button ${more}`, onclick: act }, text); // prettier-ignore
    this.#changed = element(
      'span',
      { class: 'changed' },
      element('span', { class: 'chip', role: 'status' }, l10n.t('not in the recipe yet')),
      button(l10n.t('Apply to recipe'), () => events.applied()),
      button(l10n.t('Back to the recipe'), () => events.tried({}), 'secondary'),
    );
    this.#rendering = element(
      'span',
      { class: 'rendering' },
      element('label', {}, element('span', { class: 'dim' }, 'template'), this.#template),
      element('label', {}, element('span', { class: 'dim' }, 'cutoff_len'), this.#cutoff),
      this.#changed,
    );
    this.#raw = element(
      'span',
      { class: 'rendering' },
      element('span', { class: 'dim' }, l10n.t('Rows as they lie in the file')),
      button(l10n.t('Show with a recipe…'), () => events.chooseRecipe()),
    );
    this.element = element(
      'header',
      { class: 'bar' },
      this.#about,
      this.#datasets,
      element('span', { class: 'grow' }),
      this.#rendering,
      this.#raw,
    );
    this.broken('');
  }

  /** Nothing can be shown: no more than what it is called. */
  broken(name: string): void {
    fill(this.#about, element('h1', { class: 'name' }, ...visible(name)));
    for (const part of [this.#datasets, this.#rendering, this.#raw]) part.hidden = true;
  }

  show({ state, recipe, tried, target }: StateMessage): void {
    this.#recipe = recipe;
    const [file] = state.files;
    const path = file?.path ?? target.file ?? '';
    const base = visibleText(path.split(/[\\/]/).at(-1) ?? '');
    const more = state.files.length > 1 ? l10n.t('{0} files', formatCount(state.files.length)) : '';
    fill(
      this.#about,
      element('h1', { class: 'name' }, ...visible(state.name)),
      (more !== '' || base !== state.name) && element('span', { class: 'dim ellipsis path', title: visibleText(path) }, more || base), // prettier-ignore
      element('span', { class: 'chip' }, rowsOf(state)),
      element('span', { class: 'chip' }, state.formatting),
      state.ranking && element('span', { class: 'chip' }, l10n.t('pairs')),
      recipe !== null &&
        element('button', { type: 'button', class: 'link', onclick: () => this.#events.openRecipe() }, icon('gear'), ` ${recipe.name}`), // prettier-ignore
    );
    this.#datasets.hidden = state.datasets.length < 2;
    fillOptions(this.#datasets, state.datasets.map((name) => ({ value: name, text: name })), state.name); // prettier-ignore
    this.#rendering.hidden = state.rendered === null;
    this.#raw.hidden = recipe !== null;
    this.#changed.hidden = Object.keys(tried).length === 0;
    if (state.rendered === null || recipe === null) return;
    const { template, cutoffLength } = state.rendered;
    fillOptions(this.#template, this.#templates(state), template ?? OWN);
    if (document.activeElement !== this.#cutoff) this.#cutoff.value = String(cutoffLength);
  }

  #templates({ templates }: DatasetState): Option[] {
    const written = this.#recipe?.template;
    const label = (value: string, text: string): Option => ({ value, text: (written ?? OWN) === value ? l10n.t('{0} (recipe)', text) : text }); // prettier-ignore
    return [
      label(OWN, l10n.t("the model's own")),
      ...templates.filter((name) => name !== OWN).map((name) => label(name, name)),
    ];
  }

  /** Shows the effect while the number is being typed. */
  #typed(): void {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#try(), 250);
  }

  #try(): void {
    clearTimeout(this.#typing);
    if (this.#recipe === null) return;
    const template = this.#template.value === OWN ? null : this.#template.value;
    const cutoffLength = Number(this.#cutoff.value);
    const isUsable = Number.isInteger(cutoffLength) && cutoffLength >= 1 && cutoffLength <= 100_000_000;
    this.#cutoff.setAttribute('aria-invalid', String(!isUsable));
    this.#events.tried({
      ...(template === this.#recipe.template ? {} : { template }),
      ...(!isUsable || cutoffLength === this.#recipe.cutoffLength ? {} : { cutoffLength }),
    });
  }
}

interface Option {
  readonly value: string;
  readonly text: string;
}

/** Keeps the list as it is where nothing changes: it may be open. */
function fillOptions(select: HTMLSelectElement, options: readonly Option[], chosen: string): void {
  if (select.options.length !== options.length)
    fill(select, ...options.map(({ value }) => element('option', { value })));
  for (const [i, { value, text }] of options.entries()) {
    const option = select.options.item(i);
    if (!option) continue;
    option.value = value;
    setText(option, text);
  }
  select.value = chosen;
}

function rowsOf({ rows, about, indexed }: DatasetState): string {
  if (rows !== null) return rows === 1 ? l10n.t('1 row') : l10n.t('{0} rows', formatCount(rows));
  const share = indexed.total > 0 ? Math.floor((100 * indexed.bytes) / indexed.total) : 0;
  return about === null
    ? l10n.t('counting rows of {0}: {1}%', formatBytes(indexed.total), share)
    : l10n.t('about {0} rows, counting: {1}%', formatCount(about), share);
}
