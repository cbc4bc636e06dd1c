// A row as its tokens: trained ones are underlined, the others are not; the reason stands beside the one under the mouse or the keys.
import * as l10n from '@vscode/l10n';
import type { WholeRow } from '../../daemon/data/protocol.ts';
import { element, fill, setAttribute, type Child } from '../shared/dom.ts';
import { formatCount } from '../shared/format.ts';
import { verdictOf, type Token } from './reasons.ts';
import { lostPart, notRendered, textsOf, type ShownText } from './rendered-text.ts';
import { visible, visibleText } from './visible.ts';

/** Tokens after which a block ends with the next line: blocks out of view cost nothing. */
const BLOCK = 250;

interface Place {
  readonly token: Token;
  readonly id: number;
  readonly isSpecial: boolean;
}

export class TokensPart {
  readonly #tip = element('div', { class: 'tip', role: 'tooltip', id: 'token-tip', hidden: true });
  readonly #places = new Map<Element, Place>();
  #lists: HTMLElement[] = [];
  #active: HTMLElement | undefined;

  fill(panel: HTMLElement, row: WholeRow): void {
    this.#places.clear();
    this.#active = undefined;
    this.#tip.hidden = true;
    const special = new Set(row.special);
    const parts: Child[] = [];
    this.#lists = [];
    for (const { title, text } of textsOf(row)) {
      if (title !== undefined) parts.push(element('h2', {}, title));
      parts.push(this.#list(text, special, title ?? l10n.t('Tokens')));
    }
    if (parts.length === 0) parts.push(notRendered());
    if (row.unshown > 0) parts.push(element('p', { class: 'dim' }, l10n.t('… and {0} more tokens.', formatCount(row.unshown)))); // prettier-ignore
    fill(panel, ...parts, this.#tip);
  }

  #list({ ids, tokens, cut = [] }: ShownText, special: ReadonlySet<number>, label: string): HTMLElement {
    const list = element('div', {
      class: 'tokens mono',
      role: 'listbox',
      tabindex: 0,
      'aria-label': label,
      'aria-orientation': 'horizontal',
      onkeydown: (event) => this.#key(event, list),
      onmouseover: (event) => this.#hover(event),
      onmouseleave: () => this.#rest(),
      onfocus: () => this.#choose(this.#active ?? list.querySelector<HTMLElement>('.token') ?? undefined, list),
      onblur: () => this.#leave(list),
    });
    let block = element('div', { class: 'block', role: 'presentation' });
    const lost = [...cut];
    for (let i = 0; i <= tokens.length; i++) {
      while (lost[0]?.at === i) block.append(lostPart(lost.shift()?.text ?? ''));
      const token = tokens[i];
      if (!token) break;
      const place = { token, id: ids[i] ?? -1, isSpecial: special.has(ids[i] ?? -1) };
      block.append(this.#token(place));
      if (token.text.endsWith('\n') && block.childElementCount >= BLOCK) {
        list.append(block);
        block = element('div', { class: 'block', role: 'presentation' });
      }
    }
    list.append(block);
    this.#lists.push(list);
    return list;
  }

  #token(place: Place): HTMLElement {
    const { token, isSpecial } = place;
    const kind = `token ${token.trained ? 'trained' : 'masked'}${isSpecial ? ' special' : ''}`;
    const label = /^\s*$/.test(token.text) ? nameOf(token) : undefined;
    const made = element('span', { class: kind, role: 'option', 'aria-selected': 'false', 'aria-label': label }, ...tokenText(token.text)); // prettier-ignore
    this.#places.set(made, place);
    return made;
  }

  #hover(event: MouseEvent): void {
    const token = (event.target as Element).closest('.token');
    if (token instanceof HTMLElement) this.#show(token);
  }

  /** The mouse is gone: the one chosen by keys is shown again, where there is one. */
  #rest(): void {
    if (this.#active && document.activeElement?.contains(this.#active)) this.#show(this.#active);
    else this.#tip.hidden = true;
  }

  #leave(list: HTMLElement): void {
    if (this.#active && list.contains(this.#active)) this.#active.classList.remove('active');
    this.#tip.hidden = true;
  }

  #key(event: KeyboardEvent, list: HTMLElement): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const tokens = [...list.querySelectorAll<HTMLElement>('.token')];
    const at = this.#active ? tokens.indexOf(this.#active) : 0;
    const moves: Readonly<Record<string, () => HTMLElement | undefined>> = {
      ArrowRight: () => tokens[at + 1],
      ArrowLeft: () => tokens[at - 1],
      Home: () => tokens[0],
      End: () => tokens.at(-1),
      ArrowDown: () => nearest(tokens, at, 1),
      ArrowUp: () => nearest(tokens, at, -1),
    };
    const move = moves[event.key];
    if (event.key === 'Escape') this.#tip.hidden = true;
    if (!move) return;
    event.preventDefault();
    this.#choose(move(), list);
  }

  #choose(token: HTMLElement | undefined, list: HTMLElement): void {
    if (!token || !list.contains(token)) return;
    this.#active?.classList.remove('active');
    if (this.#active) setAttribute(this.#active, 'aria-selected', 'false');
    this.#active = token;
    token.classList.add('active');
    token.id = 'active-token';
    for (const other of list.querySelectorAll('#active-token')) if (other !== token) other.removeAttribute('id');
    const place = this.#places.get(token);
    if (place) setAttribute(token, 'aria-label', `${nameOf(place.token)}, ${verdictOf(place.token)}`);
    setAttribute(token, 'aria-selected', 'true');
    setAttribute(list, 'aria-activedescendant', 'active-token');
    token.scrollIntoView({ block: 'nearest' });
    this.#show(token);
  }

  #show(token: HTMLElement): void {
    const place = this.#places.get(token);
    if (!place) return;
    const { token: shown, id, isSpecial } = place;
    const kind = isSpecial ? l10n.t('special token {0}', id) : l10n.t('token {0}', id);
    fill(
      this.#tip,
      element('div', {}, element('b', { class: 'mono' }, nameOf(shown)), ' ', element('span', { class: 'dim' }, kind)),
      element('div', {}, verdictOf(shown)),
    );
    this.#tip.hidden = false;
    this.#place(token);
  }

  /** Below the token, or above it where there is no room. */
  #place(token: HTMLElement): void {
    const [box] = token.getClientRects();
    const frame = this.#tip.offsetParent?.getBoundingClientRect();
    if (!box || !frame) return;
    const panel = this.#tip.offsetParent as HTMLElement;
    const { offsetWidth: width, offsetHeight: height } = this.#tip;
    const isBelow = box.bottom + height + 6 < innerHeight;
    const top = (isBelow ? box.bottom + 4 : box.top - height - 4) - frame.top + panel.scrollTop;
    this.#tip.style.top = `${top}px`;
    this.#tip.style.left = `${Math.max(4, Math.min(box.left - frame.left, frame.width - width - 20))}px`;
  }
}

/** Line ends stand as a sign and end the line, too; a token without a text of its own has a place all the same. */
function tokenText(text: string): Child[] {
  if (text === '') return [element('span', { class: 'dim' }, '◌')];
  const parts: Child[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (i > 0) parts.push(element('span', { class: 'line-end' }, '⏎'), '\n');
    parts.push(...visible(line.replaceAll('\t', '⇥')));
  }
  return parts;
}

const nameOf = ({ text }: Token): string => {
  if (text === '') return l10n.t('(part of the next character)');
  return /^\s+$/.test(text) ? JSON.stringify(text) : visibleText(text.replaceAll('\n', '⏎').slice(0, 200));
};

/** The token on the next or the last line that stands nearest to another one. */
function nearest(tokens: readonly HTMLElement[], at: number, way: 1 | -1): HTMLElement | undefined {
  const from = tokens[at]?.getBoundingClientRect();
  if (!from) return tokens[0];
  let best: { token: HTMLElement; line: number; distance: number } | undefined;
  for (let i = at + way; i >= 0 && i < tokens.length; i += way) {
    const token = tokens[i] as HTMLElement;
    const box = token.getBoundingClientRect();
    if (way * (box.top - from.top) < from.height / 2) continue;
    if (best && Math.abs(box.top - best.line) > from.height / 2) break;
    const distance = Math.abs(box.left - from.left);
    if (!best || distance < best.distance) best = { token, line: box.top, distance };
  }
  return best?.token ?? tokens[way === 1 ? tokens.length - 1 : 0];
}
