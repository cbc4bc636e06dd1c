// The list of rows: as many elements as the window shows, whatever the number of rows. One of them is chosen, by mouse or keys.
import * as l10n from '@vscode/l10n';
import type { RowSummary } from '../../daemon/data/protocol.ts';
import { element, fill, icon, perFrame, setAttribute, setText } from '../shared/dom.ts';
import { formatCount } from '../shared/format.ts';
import type { RowPages } from './row-pages.ts';
import { Scroller } from './scroller.ts';
import { describeRow } from './row-words.ts';
import { visible, visibleText } from './visible.ts';

/** CSS pixels, as dataset.css has it. */
const ROW = 50;
/** Rows that are drawn beyond the window. */
const BEYOND = 4;

export interface RowListEvents {
  /** A row was chosen by its place in the list. */
  chosen(position: number): void;
  /** Enter, or a double click. */
  opened(position: number): void;
}

export class RowList {
  readonly element: HTMLElement;
  readonly #pages: RowPages;
  readonly #events: RowListEvents;
  readonly #sizer = element('div', { role: 'presentation' });
  readonly #scroller: Scroller;
  readonly #slots: Slot[] = [];
  readonly #draw = perFrame(() => this.#drawNow());
  #total = 0;
  #chosen = 0;
  #cutoff: number | undefined;

  constructor(pages: RowPages, events: RowListEvents) {
    this.#pages = pages;
    this.#events = events;
    this.element = element(
      'div',
      { class: 'list', role: 'listbox', tabindex: 0, 'aria-label': l10n.t('Rows'), 'aria-description': l10n.t('↑↓ to move · Enter shows it in the file'), onkeydown: (event) => this.#key(event) },
      this.#sizer,
    );
    this.#sizer.className = 'sizer';
    this.#scroller = new Scroller(this.element, this.#sizer, ROW, this.#draw);
  } // prettier-ignore

  get chosen(): number {
    return this.#chosen;
  }

  /** Rows in the list. */
  set total(total: number) {
    this.#total = total;
    this.#scroller.total = total;
    setAttribute(this.element, 'tabindex', 0);
    this.#draw();
  }

  get total(): number {
    return this.#total;
  }

  /** Tokens after which rows are cut, for what is said of rows that are. */
  set cutoff(tokens: number | undefined) {
    this.#cutoff = tokens;
    this.redraw();
  }

  /** Marks a row as the chosen one and shows it. */
  choose(position: number): void {
    this.#chosen = Math.max(0, Math.min(position, this.#total - 1));
    this.#scroller.show(this.#chosen);
    this.#draw();
  }

  /** Other rows stand at the same places now. */
  redraw(): void {
    for (const slot of this.#slots) slot.shown = undefined;
    this.#draw();
  }

  /** Rows that were waited for are there. */
  arrived(): void {
    this.#draw();
  }

  #drawNow(): void {
    const { first, last } = this.#scroller.range;
    const from = Math.max(0, first - BEYOND);
    const to = Math.min(this.#total, last + 1 + BEYOND);
    this.#pages.want(first, to, this.#total);
    while (this.#slots.length < to - from) this.#slots.push(this.#newSlot());
    for (const [i, slot] of this.#slots.entries()) {
      const position = from + i;
      slot.element.hidden = position >= to;
      if (position < to) this.#fillSlot(slot, position);
    }
    const active = this.#chosen >= from && this.#chosen < to ? `row-${this.#chosen}` : undefined;
    setAttribute(this.element, 'aria-activedescendant', active);
  }

  #newSlot(): Slot {
    const slot = newSlot();
    slot.element.addEventListener('mousedown', (event) => {
      if (event.button !== 0) return;
      this.element.focus();
      event.preventDefault();
      this.#pick(slot.position);
    });
    slot.element.addEventListener('dblclick', () => this.#events.opened(slot.position));
    this.#sizer.append(slot.element);
    return slot;
  }

  #fillSlot(slot: Slot, position: number): void {
    slot.position = position;
    slot.element.style.transform = `translateY(${this.#scroller.topOf(position)}px)`;
    setAttribute(slot.element, 'id', `row-${position}`);
    setAttribute(slot.element, 'aria-posinset', position + 1);
    setAttribute(slot.element, 'aria-setsize', this.#total);
    setAttribute(slot.element, 'aria-selected', String(position === this.#chosen));
    const row = this.#pages.at(position);
    if (slot.shown !== undefined && slot.shown === row) return;
    slot.shown = row;
    if (row) this.#fillRow(slot, row);
    else {
      setText(slot.number, '');
      setText(slot.title, '…');
      setText(slot.words, '');
      slot.element.className = 'row waiting';
    }
  }

  #fillRow(slot: Slot, row: RowSummary): void {
    const { words, level } = describeRow(row, this.#cutoff);
    slot.element.className = 'row';
    setText(slot.number, formatCount(row.row + 1));
    const title = row.title === '' ? [element('span', { class: 'dim' }, l10n.t('(no text)'))] : visible(row.title);
    const mark = level === 'error' || level === 'warning' ? icon(level, level) : undefined;
    fill(slot.title, mark, ...title, row.tools === true && element('span', { class: 'chip' }, l10n.t('tools')));
    slot.words.className = `words ${level}`;
    fill(slot.words, ...visible(words));
    slot.words.title = visibleText(words);
  }

  #pick(position: number): void {
    this.choose(position);
    this.#events.chosen(this.#chosen);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#total === 0) return;
    const page = Math.max(1, Math.floor(this.#scroller.height / ROW) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: this.#chosen + 1,
      ArrowUp: this.#chosen - 1,
      PageDown: this.#chosen + page,
      PageUp: this.#chosen - page,
      Home: 0,
      End: this.#total - 1,
    };
    const target = moves[event.key];
    if (target !== undefined) this.#pick(target);
    else if (event.key === 'Enter') this.#events.opened(this.#chosen);
    else return;
    event.preventDefault();
  }
}

interface Slot {
  readonly element: HTMLElement;
  readonly number: HTMLElement;
  readonly title: HTMLElement;
  readonly words: HTMLElement;
  position: number;
  shown: RowSummary | undefined;
}

function newSlot(): Slot {
  const number = element('span', { class: 'number dim' });
  const title = element('span', { class: 'title' });
  const words = element('span', { class: 'words' });
  const made = element('div', { class: 'row', role: 'option' }, number, title, words);
  return { element: made, number, title, words, position: -1, shown: undefined };
}
