// What the run says as it goes: the last lines in view, warnings alone by one click.
import * as l10n from '@vscode/l10n';
import { element, setAttribute } from '../shared/dom.ts';
import { formatTime } from '../shared/format.ts';
import { VirtualList } from '../shared/virtual-list.ts';
import type { RecordedEvent } from '../../daemon/protocol.ts';
import { logLine } from './log-line.ts';

type Filter = 'all' | 'events' | 'warnings';

const keeps: Readonly<Record<Filter, (record: RecordedEvent) => boolean>> = {
  all: () => true,
  events: ({ event }) => event.type !== 'step' && event.type !== 'metrics',
  warnings: ({ event }) => event.type === 'warning' || (event.type === 'end' && event.error !== undefined),
};

export class Log {
  readonly root: HTMLElement;
  readonly #list: VirtualList;
  readonly #buttons = new Map<Filter, HTMLElement>();
  #records: readonly RecordedEvent[] = [];
  #shown: readonly RecordedEvent[] = [];
  #filter: Filter = 'all';

  constructor() {
    const title = l10n.t('Log');
    this.#list = new VirtualList({ lineHeight: 18, label: title, render: (i) => this.#line(i) });
    const filters = element('div', { class: 'filters', role: 'group', 'aria-label': l10n.t('Lines shown') });
    const names: readonly (readonly [Filter, string])[] = [['all', l10n.t('all')], ['events', l10n.t('without steps')], ['warnings', l10n.t('warnings')]]; // prettier-ignore
    for (const [filter, name] of names) {
      const made = element('button', { type: 'button', class: 'link', onclick: () => this.show(filter) }, name);
      this.#buttons.set(filter, made);
      filters.append(made);
    }
    const head = element('div', { class: 'chart-head' }, element('h2', {}, title), filters);
    this.root = element('section', { class: 'card log', 'aria-label': title }, head, this.#list.root);
    this.show('all');
  }

  show(filter: Filter): void {
    this.#filter = filter;
    for (const [name, made] of this.#buttons) setAttribute(made, 'aria-pressed', String(name === filter));
    this.update(this.#records);
    this.#list.toEnd();
  }

  focus(): void {
    this.#list.root.scrollIntoView({ block: 'nearest' });
    this.#list.root.focus();
  }

  update(records: readonly RecordedEvent[]): void {
    this.#records = records;
    this.#shown = this.#filter === 'all' ? records : records.filter(keeps[this.#filter]);
    this.#list.update(this.#shown.length);
  }

  #line(index: number): HTMLElement {
    const record = this.#shown[index];
    if (!record) return element('div', { class: 'line' });
    const { text, weight } = logLine(record.event);
    return element('div', { class: `line ${weight}`, title: text }, `${formatTime(record.time)} `, weight === 'warning' && `${l10n.t('warning')}: `, text); // prettier-ignore
  }
}
