// The chosen row: as messages, as rendered text, as tokens with their mask, as it is written; above them why it is left out, below them
// what is wrong with it.
import * as l10n from '@vscode/l10n';
import type { WholeRow } from '../../daemon/data/protocol.ts';
import { element, fill, setAttribute, setText } from '../shared/dom.ts';
import { formatCount } from '../shared/format.ts';
import { FindingsPart, type FindingEvents } from './findings.ts';
import { fillMessages } from './messages.ts';
import { tabs, type DatasetViewState } from './protocol.ts';
import { fillText, renderedRow } from './rendered-text.ts';
import { TokensPart } from './tokens.ts';
import { visible } from './visible.ts';

export type Tab = DatasetViewState['tab'];

export interface DetailEvents extends FindingEvents {
  tabbed(tab: Tab): void;
}

const labels = (): Readonly<Record<Tab, string>> => ({
  messages: l10n.t('Messages'),
  text: l10n.t('Rendered text'),
  tokens: l10n.t('Tokens and mask'),
  raw: l10n.t('Raw row'),
});

export class Detail {
  readonly element: HTMLElement;
  readonly #events: DetailEvents;
  readonly #tabs: ReadonlyMap<Tab, HTMLElement>;
  readonly #legend = element('span', { class: 'legend' });
  readonly #banner = element('div', { class: 'banner error', hidden: true });
  readonly #panel = element('div', { class: 'panel', role: 'tabpanel', id: 'row-panel', tabindex: 0 });
  readonly #findings: FindingsPart;
  readonly #tokens = new TokensPart();
  #tab: Tab;
  #row: WholeRow | undefined;
  #isRendered = false;
  #cutoff: number | undefined;

  constructor(tab: Tab, events: DetailEvents) {
    this.#tab = tab;
    this.#events = events;
    this.#findings = new FindingsPart(events);
    const names = labels();
    this.#tabs = new Map(tabs.map((name) => [name, element('button', { type: 'button', role: 'tab', id: `tab-${name}`, 'aria-controls': 'row-panel', onclick: () => this.#choose(name) }, names[name])])); // prettier-ignore
    const list = element('div', { class: 'tabs', role: 'tablist', 'aria-label': l10n.t('The row as'), onkeydown: (event) => this.#key(event) }, ...this.#tabs.values()); // prettier-ignore
    this.element = element(
      'section',
      { class: 'detail', 'aria-label': l10n.t('Row') },
      element('div', { class: 'tab-line' }, list, this.#legend),
      this.#banner,
      this.#panel,
      this.#findings.element,
    );
    this.#showTabs();
  }

  get tab(): Tab {
    return this.#tab;
  }

  /** `isRendered`: there is a tokenizer, so texts and tokens can be shown. */
  set rendering({ isRendered, cutoff }: { readonly isRendered: boolean; readonly cutoff: number | undefined }) {
    this.#cutoff = cutoff;
    if (isRendered === this.#isRendered) return;
    this.#isRendered = isRendered;
    this.#showTabs();
  }

  /** Another row is on its way. */
  set waiting(isWaiting: boolean) {
    setAttribute(this.element, 'aria-busy', String(isWaiting));
  }

  show(row: WholeRow): void {
    this.#row = row;
    this.waiting = false;
    this.#draw();
  }

  /** Nothing can be shown, with the reason. */
  clear(message: string): void {
    this.#row = undefined;
    this.waiting = false;
    fill(this.#panel, element('p', { class: 'dim nothing' }, ...visible(message)));
    this.#banner.hidden = true;
    fill(this.#legend);
    this.#findings.show(undefined, 'all', this.#cutoff);
  }

  #choose(tab: Tab): void {
    if (tab === this.#tab) return;
    this.#tab = tab;
    this.#showTabs();
    this.#events.tabbed(tab);
    this.#draw();
  }

  get #shown(): Tab {
    return this.#isRendered || this.#tab === 'raw' ? this.#tab : 'messages';
  }

  #showTabs(): void {
    for (const [name, button] of this.#tabs) {
      button.hidden = !this.#isRendered && (name === 'text' || name === 'tokens');
      setAttribute(button, 'aria-selected', String(name === this.#shown));
      setAttribute(button, 'tabindex', name === this.#shown ? 0 : -1);
    }
    setAttribute(this.#panel, 'aria-labelledby', `tab-${this.#shown}`);
  }

  #key(event: KeyboardEvent): void {
    const open = [...this.#tabs].filter(([, button]) => !button.hidden);
    const at = open.findIndex(([name]) => name === this.#shown);
    const target = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: open.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const [name, button] = open[(target + open.length) % open.length] ?? [];
    if (name === undefined) return;
    this.#choose(name);
    button?.focus();
  }

  #draw(): void {
    const row = this.#row;
    if (!row) return;
    this.#findings.begin(row);
    this.#drawBanner(row);
    this.#drawLegend(row);
    this.#panel.className = `panel as-${this.#shown}`;
    const where = this.#shown;
    if (where === 'messages') fillMessages(this.#panel, row, this.#findings);
    else if (where === 'text') fillText(this.#panel, row);
    else if (where === 'tokens') this.#tokens.fill(this.#panel, row);
    else fillRaw(this.#panel, row);
    this.#findings.show(row, where === 'messages' ? 'elsewhere' : 'all', this.#cutoff);
  }

  #drawBanner({ dropped }: WholeRow): void {
    this.#banner.hidden = dropped === undefined;
    fill(this.#banner, ...visible(l10n.t('The row is left out, because {0}.', (dropped ?? '').replace(/\.$/, ''))));
  }

  #drawLegend(row: WholeRow): void {
    const shown = renderedRow(row);
    if (!shown) return fill(this.#legend);
    const trained = shown.tokens.filter((token) => token.trained).length;
    const masked = shown.tokens.length - trained;
    const lost = shown.cut?.length ? element('span', { class: 'cut' }, l10n.t('cut')) : undefined;
    fill(
      this.#legend,
      element('span', { class: 'trained' }, l10n.t('trained {0}', formatCount(trained))),
      ' ',
      element('span', { class: 'masked' }, l10n.t('masked {0}', formatCount(masked))),
      ' ',
      lost,
      row.unshown > 0 && element('span', { class: 'dim' }, l10n.t('of the first {0} tokens', formatCount(shown.tokens.length))),
    );
  } // prettier-ignore
}

function fillRaw(panel: HTMLElement, { written, unwritten, place, dropped }: WholeRow): void {
  const where = place.line === undefined ? place.file : l10n.t('{0}, line {1}', place.file, formatCount(place.line));
  const more = element('p', { class: 'dim' });
  setText(more, unwritten > 0 ? l10n.t('… and {0} more characters.', formatCount(unwritten)) : '');
  const nothing = written === '' && dropped !== undefined ? l10n.t('What is written there is no row that can be read.') : ''; // prettier-ignore
  fill(
    panel,
    element('p', { class: 'dim where' }, ...visible(where)),
    nothing === ''
      ? element('pre', { class: 'text' }, ...visible(written))
      : element('p', { class: 'nothing dim' }, nothing),
    more,
  );
}
