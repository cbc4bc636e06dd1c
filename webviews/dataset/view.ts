// The dataset view: what the host says goes to the parts, what a person does in them goes to the host.
import * as l10n from '@vscode/l10n';
import type { DatasetScan } from '../../daemon/data/protocol.ts';
import { element, fill } from '../shared/dom.ts';
import type { Host } from '../shared/messages.ts';
import { Detail } from './detail.ts';
import { FiguresPart } from './figures.ts';
import { Filters, termsOf, type Listing } from './filters.ts';
import { Header } from './header.ts';
import type { DatasetTarget, DatasetViewState, FromDatasetView, StateMessage, ToDatasetView, TriedOut } from './protocol.ts'; // prettier-ignore
import { RowList } from './row-list.ts';
import { PAGE, RowPages } from './row-pages.ts';
import { visible } from './visible.ts';

export class DatasetPanel {
  readonly #host: Host<FromDatasetView, DatasetViewState>;
  readonly #header: Header;
  readonly #filters: Filters;
  readonly #list: RowList;
  readonly #detail: Detail;
  readonly #figures = new FiguresPart();
  readonly #pages: RowPages;
  readonly #notice = element('div', { class: 'banner', role: 'alert', hidden: true });
  readonly #main: HTMLElement;
  #target: DatasetTarget = {};
  #shown: StateMessage | undefined;
  #scan: DatasetScan | undefined;
  #tried: TriedOut;
  /** Row numbers: the one that is shown or waited for, by which request, and the one to ask for next. */
  #row: number;
  #rowRequest = 0;
  #rowWaiting: number | undefined;
  #rowNext: number | undefined;
  /** The row at the chosen place is to be shown once it is known. */
  #followList = false;

  constructor(host: Host<FromDatasetView, DatasetViewState>) {
    this.#host = host;
    const known = host.recall();
    const listing: Listing = { filter: known?.filter ?? null, longestFirst: known?.longestFirst ?? false, search: known?.search ?? '' }; // prettier-ignore
    this.#row = known?.row ?? 0;
    this.#tried = known?.tried ?? {};
    const post = (message: FromDatasetView): void => host.post(message);
    this.#header = new Header({
      tried: (tried) => this.#try(tried),
      applied: () => post({ type: 'apply' }),
      dataset: (name) => post({ type: 'dataset', name }),
      chooseRecipe: () => post({ type: 'chooseRecipe' }),
      openRecipe: () => post({ type: 'openRecipe' }),
    });
    this.#filters = new Filters(listing, {
      changed: () => this.#relist(),
      started: () => this.#look(true),
      stopped: () => post({ type: 'stop' }),
      wentTo: (row) => this.#goTo(row),
    });
    this.#pages = new RowPages(({ request, first }) => this.#askRows(request, first));
    this.#list = new RowList(this.#pages, {
      chosen: (position) => this.#chosenAt(position),
      opened: (position) => post({ type: 'reveal', row: this.#pages.at(position)?.row ?? this.#row }),
    });
    this.#detail = new Detail(known?.tab ?? 'tokens', {
      tabbed: () => this.#remember(),
      fixed: (finding) => post({ type: 'fix', row: this.#row, finding }),
      revealed: () => post({ type: 'reveal', row: this.#row }),
      cutoffTried: (cutoffLength) => this.#try({ ...this.#tried, cutoffLength }),
      ownTemplateTried: () => this.#try({ ...this.#tried, template: null }),
    });
    this.#main = element('main', { class: 'main' }, this.#list.element, element('div', { class: 'side' }, this.#detail.element, this.#figures.element)); // prettier-ignore
    document.body.classList.add('dataset');
    document.body.append(this.#header.element, this.#filters.element, this.#notice, this.#main);
    this.#detail.clear(l10n.t('Opening…'));
    if (Object.keys(this.#tried).length > 0) post({ type: 'try', tried: this.#tried });
    this.#look(false);
  }

  take(message: ToDatasetView): void {
    switch (message.type) {
      case 'state':
        return this.#state(message);
      case 'rows':
        return this.#rows(message);
      case 'row':
        return this.#wholeRow(message);
      case 'scan':
        return this.#scanned(message.scan);
      case 'problem':
        return this.#problem(message);
      case 'broken':
        return this.#broken(message);
      case 'connection':
        return message.live ? this.#notify('') : this.#notify(message.reason, true);
      case 'go':
        return this.#goTo(message.row);
    }
  }

  #state(message: StateMessage): void {
    const before = this.#shown;
    this.#shown = message;
    this.#target = message.target;
    this.#tried = message.tried;
    this.#main.hidden = false;
    this.#filters.element.hidden = false;
    this.#notify(message.refusal ?? message.state.problem ?? message.state.findings[0]?.message ?? '');
    this.#header.show(message);
    const cutoff = message.state.rendered?.cutoffLength;
    this.#list.cutoff = cutoff;
    this.#detail.rendering = { isRendered: message.state.rendered !== null, cutoff };
    const isOther = before?.state.name !== message.state.name || before.target.file !== message.target.file;
    const isChanged = before?.state.version !== message.state.version || JSON.stringify(before.state.rendered) !== JSON.stringify(message.state.rendered); // prettier-ignore
    if (before && isOther) {
      this.#row = 0;
      this.#filters.reset();
      this.#figures.clear();
    }
    if (isChanged || isOther) this.#again();
    this.#showScan();
    if (this.#isWhole) this.#list.total = message.state.rows ?? Math.min(message.state.about ?? PAGE, PAGE * 4);
    if (!before) this.#list.choose(this.#row);
    this.#showPlace();
    this.#remember();
  }

  /** All rows stand in the list, each at its own number. */
  get #isWhole(): boolean {
    const { filter, longestFirst, search } = this.#filters.listing;
    return filter === null && !longestFirst && termsOf(search) === null;
  }

  /** The rows are others, or are rendered in another way: everything again. */
  #again(): void {
    this.#pages.forget();
    this.#list.redraw();
    this.#scan = undefined;
    this.#rowWaiting = undefined;
    this.#askRow(this.#row);
    this.#look(!this.#isWhole);
  }

  #rows({ request, rows, total }: Extract<ToDatasetView, { type: 'rows' }>): void {
    if (!this.#pages.take(request, rows)) return;
    if (total !== null && !this.#isWhole) this.#list.total = total;
    this.#list.arrived();
    if (!this.#followList) return;
    const row = this.#pages.at(this.#list.chosen);
    if (row) {
      this.#followList = false;
      this.#askRow(row.row);
    } else if (this.#list.total === 0 && this.#scan?.scan?.state !== 'running')
      this.#detail.clear(l10n.t('No row fits.'));
  }

  #wholeRow({ request, row }: Extract<ToDatasetView, { type: 'row' }>): void {
    if (request !== this.#rowWaiting) return;
    this.#rowWaiting = undefined;
    const next = this.#rowNext;
    this.#rowNext = undefined;
    if (row.row === this.#row) this.#detail.show(row);
    if (next !== undefined && next !== row.row) this.#askRow(next);
  }

  #scanned(scan: DatasetScan): void {
    if (this.#shown && scan.version !== this.#shown.state.version) return;
    const counted = (now: DatasetScan | undefined): number => (now?.scan?.done ?? 0) + (now?.find?.done ?? 0);
    const isMore = counted(scan) !== counted(this.#scan);
    this.#scan = scan;
    this.#showScan();
    // rows have been found at the end of the list
    if (isMore && !this.#isWhole) this.#askRows(this.#pages.begin(Math.floor(this.#list.total / PAGE)), Math.floor(this.#list.total / PAGE) * PAGE); // prettier-ignore
  }

  #showScan(): void {
    const rendered = this.#shown?.state.rendered ?? undefined;
    this.#filters.show(this.#scan, rendered !== undefined);
    this.#figures.show(this.#scan, rendered?.cutoffLength);
  }

  #problem({ message, request }: Extract<ToDatasetView, { type: 'problem' }>): void {
    if (request !== undefined && request === this.#rowWaiting) {
      this.#rowWaiting = undefined;
      this.#detail.clear(message);
    } else if (request === undefined || this.#pages.failed(request)) this.#notify(message, true);
  }

  #broken({ message, target }: Extract<ToDatasetView, { type: 'broken' }>): void {
    this.#target = target;
    this.#main.hidden = true;
    this.#filters.element.hidden = true;
    this.#header.broken(target.dataset ?? (target.file ?? target.recipe ?? '').split(/[\\/]/).at(-1) ?? '');
    this.#notify(message, true, element('button', { type: 'button', class: 'button', onclick: () => this.#host.post({ type: 'retry' }) }, l10n.t('Try again'))); // prettier-ignore
    this.#remember();
  }

  #notify(message: string, isError = false, ...more: readonly HTMLElement[]): void {
    this.#notice.hidden = message === '';
    this.#notice.className = isError ? 'banner error' : 'banner';
    fill(this.#notice, element('span', {}, ...visible(message)), ...more);
  }

  #try(tried: TriedOut): void {
    if (JSON.stringify(tried) === JSON.stringify(this.#tried)) return;
    this.#tried = tried;
    this.#detail.waiting = true;
    this.#host.post({ type: 'try', tried });
  }

  /** Other rows are wanted: from the top, and the first of them is shown. */
  #relist(): void {
    this.#pages.forget();
    this.#followList = !this.#isWhole;
    this.#look(!this.#isWhole);
    if (this.#isWhole) {
      this.#list.total = this.#shown?.state.rows ?? 0;
      this.#list.redraw();
      this.#list.choose(this.#row);
    } else {
      this.#list.total = Math.min(PAGE, this.#shown?.state.rows ?? PAGE);
      this.#list.redraw();
      this.#list.choose(0);
    }
    this.#remember();
  }

  #look(start: boolean): void {
    this.#host.post({ type: 'look', search: termsOf(this.#filters.listing.search), start });
  }

  #goTo(row: number): void {
    const rows = this.#shown?.state.rows;
    const target = rows === null || rows === undefined ? row : Math.min(row, rows - 1);
    if (!this.#isWhole) {
      this.#filters.reset();
      this.#row = target;
      this.#relist();
    }
    if (this.#list.total <= target) this.#list.total = target + 1;
    this.#list.choose(target);
    this.#list.element.focus();
    this.#chooseRow(target);
  }

  #chosenAt(position: number): void {
    const row = this.#isWhole ? position : this.#pages.at(position)?.row;
    this.#followList = row === undefined;
    if (row !== undefined) this.#chooseRow(row);
  }

  #chooseRow(row: number): void {
    this.#askRow(row);
    this.#showPlace();
    this.#remember();
  }

  #showPlace(): void {
    this.#filters.showPlace(this.#row, this.#shown?.state.rows ?? null);
  }

  /** One row at a time is on its way; of those that are chosen meanwhile the last one is asked for next. */
  #askRow(row: number): void {
    this.#row = row;
    if (this.#shown?.state.rows === 0) return this.#detail.clear(l10n.t('There are no rows.'));
    this.#detail.waiting = true;
    this.#showPlace();
    if (this.#rowWaiting !== undefined) {
      this.#rowNext = row;
      return;
    }
    this.#rowRequest += 1;
    this.#rowWaiting = this.#rowRequest * 2 + 1;
    this.#host.post({ type: 'row', request: this.#rowWaiting, row });
  }

  #askRows(request: number, first: number): void {
    const { filter, longestFirst, search } = this.#filters.listing;
    const terms = termsOf(search);
    this.#host.post({
      type: 'rows',
      request,
      first,
      count: PAGE,
      longestFirst,
      ...(filter === null ? {} : { filter }),
      ...(terms === null ? {} : { search: terms }),
    });
  }

  #remember(): void {
    const { filter, longestFirst, search } = this.#filters.listing;
    this.#host.remember({ ...this.#target, row: this.#row, tab: this.#detail.tab, filter, longestFirst, search, tried: this.#tried }); // prettier-ignore
  }
}
