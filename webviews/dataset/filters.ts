// The second line: what to look for, which rows to list with their counts, and how far the look at all rows is.
import * as l10n from '@vscode/l10n';
import type { DatasetScan } from '../../daemon/data/protocol.ts';
import { element, fill, icon, setAttribute, setText } from '../shared/dom.ts';
import { formatCount } from '../shared/format.ts';
import type { DatasetViewState, Terms } from './protocol.ts';

export type Filter = NonNullable<DatasetViewState['filter']>;

export interface Listing {
  readonly filter: Filter | null;
  readonly longestFirst: boolean;
  /** As it was typed. */
  readonly search: string;
}

export interface FilterEvents {
  changed(listing: Listing): void;
  /** Begins the look at all rows. */
  started(): void;
  stopped(): void;
  wentTo(row: number): void;
}

/** /…/ is an expression, /…/i one that ignores case; everything else are words in whatever case. */
export function termsOf(search: string): Terms | null {
  const text = search.trim();
  if (text === '') return null;
  const [, source, flag] = /^\/(.+)\/(i?)$/s.exec(text) ?? [];
  return source === undefined
    ? { text, isExpression: false, matchCase: false }
    : { text: source, isExpression: true, matchCase: flag === '' };
}

const labels = (): Readonly<Record<Filter, string>> => ({
  errors: l10n.t('Errors'),
  warnings: l10n.t('Warnings'),
  truncated: l10n.t('Cut'),
  untrained: l10n.t('Nothing trained'),
  dropped: l10n.t('Left out'),
  duplicates: l10n.t('Duplicates'),
});

export class Filters {
  readonly element: HTMLElement;
  readonly #events: FilterEvents;
  readonly #search: HTMLInputElement;
  readonly #all: Chip;
  readonly #longest: Chip;
  readonly #chips: ReadonlyMap<Filter, Chip>;
  readonly #progress = element('span', { class: 'progress-words dim' });
  readonly #act = element('button', { type: 'button', class: 'link', onclick: () => this.#pressed() });
  readonly #place = element('span', { class: 'dim' });
  readonly #goTo: HTMLInputElement;
  #listing: Listing;
  #typing: number | undefined;
  #isRunning = false;

  constructor(listing: Listing, events: FilterEvents) {
    this.#events = events;
    this.#listing = listing;
    this.#search = element('input', {
      type: 'search', class: 'search', value: listing.search, maxlength: 1000, placeholder: l10n.t('Search rows (expression: /…/)'),
      'aria-label': l10n.t('Search rows'), oninput: () => this.#typed(), onchange: () => this.#change({ search: this.#search.value }),
    }); // prettier-ignore
    this.#all = chip(l10n.t('All'), () => this.#change({ filter: null, longestFirst: false }));
    this.#longest = chip(l10n.t('Longest first'), () => this.#change({ longestFirst: !this.#listing.longestFirst }));
    this.#chips = new Map((Object.entries(labels()) as [Filter, string][]).map(([filter, label]) => [filter, chip(label, () => this.#change({ filter: this.#listing.filter === filter ? null : filter }))])); // prettier-ignore
    this.#goTo = element('input', { type: 'number', min: 1, step: 1, class: 'go-to', 'aria-label': l10n.t('Go to row'), onchange: () => this.#go() }); // prettier-ignore
    const chips = [this.#all, ...this.#chips.values(), this.#longest].map((each) => each.element);
    this.element = element(
      'div',
      { class: 'bar filters', role: 'toolbar', 'aria-label': l10n.t('Which rows') },
      this.#search,
      element('span', { class: 'chips', role: 'group', 'aria-label': l10n.t('Filters') }, ...chips),
      element('span', { class: 'looking', role: 'status' }, this.#progress, this.#act),
      element('span', { class: 'grow' }),
      element('span', { class: 'place' }, element('label', {}, element('span', { class: 'dim' }, l10n.t('row')), this.#goTo), this.#place, element('span', { class: 'dim hint' }, `· ${l10n.t('↑↓ to move · Enter shows it in the file')}`)), // prettier-ignore
    );
    this.#press();
  }

  get listing(): Listing {
    return this.#listing;
  }

  /** Back to all rows, because one of them is to be shown. */
  reset(): void {
    this.#search.value = '';
    this.#listing = { filter: null, longestFirst: false, search: '' };
    this.#press();
  }

  /** Where the chosen row is. */
  showPlace(row: number | undefined, rows: number | null): void {
    if (document.activeElement !== this.#goTo) this.#goTo.value = row === undefined ? '' : String(row + 1);
    setAttribute(this.#goTo, 'max', rows ?? undefined);
    setText(this.#place, rows === null ? '' : l10n.t('of {0}', formatCount(rows)));
  }

  /** `isRendered`: lengths are known, so that rows can be cut. */
  show(scan: DatasetScan | undefined, isRendered: boolean): void {
    for (const [filter, { element: button, count }] of this.#chips) {
      const needsTokens = filter === 'truncated' || filter === 'untrained';
      button.hidden = needsTokens && !isRendered;
      setText(count, countOf(filter, scan));
    }
    this.#longest.element.hidden = !isRendered;
    this.#showProgress(scan);
  }

  #showProgress(scan: DatasetScan | undefined): void {
    const looked = scan?.scan;
    const found = scan?.find;
    const failed = [looked, found].find((job) => job?.state === 'failed');
    const running = [found, looked].find((job) => job?.state === 'running');
    this.#isRunning = running !== undefined;
    if (failed) setText(this.#progress, failed.problem ?? '');
    else if (running)
      setText(this.#progress, l10n.t('{0} of {1} rows looked at', formatCount(running.done), formatCount(running.total))); // prettier-ignore
    else if (found)
      setText(this.#progress, found.found === 1 ? l10n.t('1 row found') : l10n.t('{0} rows found', formatCount(found.found))); // prettier-ignore
    else setText(this.#progress, '');
    const isWhole = looked?.state === 'done' || looked?.state === 'running';
    this.#act.hidden = !this.#isRunning && (isWhole || scan === undefined);
    if (this.#isRunning) fill(this.#act, icon('debug-stop'), ` ${l10n.t('Stop')}`);
    else fill(this.#act, icon('search'), ` ${l10n.t('Look at all rows')}`);
  }

  #pressed(): void {
    if (this.#isRunning) this.#events.stopped();
    else this.#events.started();
  }

  #typed(): void {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#change({ search: this.#search.value }), 300);
  }

  #change(change: Partial<Listing>): void {
    clearTimeout(this.#typing);
    const listing = { ...this.#listing, ...change };
    if (JSON.stringify(listing) === JSON.stringify(this.#listing)) return;
    this.#listing = listing;
    this.#press();
    this.#events.changed(listing);
  }

  #press(): void {
    const { filter, longestFirst } = this.#listing;
    setAttribute(this.#all.element, 'aria-pressed', String(filter === null && !longestFirst));
    setAttribute(this.#longest.element, 'aria-pressed', String(longestFirst));
    for (const [name, { element: button }] of this.#chips) setAttribute(button, 'aria-pressed', String(name === filter)); // prettier-ignore
  }

  #go(): void {
    const row = Number(this.#goTo.value);
    if (Number.isInteger(row) && row >= 1) this.#events.wentTo(row - 1);
  }
}

interface Chip {
  readonly element: HTMLElement;
  readonly count: HTMLElement;
}

function chip(label: string, act: () => void): Chip {
  const count = element('span', { class: 'count' });
  return { element: element('button', { type: 'button', class: 'filter', onclick: act }, label, count), count };
}

/** Of all rows once they have been looked at; before that the share of a sample. */
function countOf(filter: Filter, scan: DatasetScan | undefined): string {
  if (!scan) return '';
  const { scan: looked, figures } = scan;
  if (looked && looked.state !== 'failed')
    return `${formatCount(looked.counts[filter])}${looked.state === 'done' ? '' : '…'}`;
  if (!figures?.isSample || figures.looked === 0) return '';
  const sampled: Partial<Record<Filter, number>> = {
    truncated: figures.truncated,
    untrained: figures.untrained,
    dropped: figures.dropped.reduce((sum, { rows }) => sum + rows, 0),
  };
  const rows = sampled[filter];
  return rows === undefined ? '' : `≈ ${((100 * rows) / figures.looked).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })}%`; // prettier-ignore
}
