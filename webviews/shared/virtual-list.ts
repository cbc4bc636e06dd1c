// A list of lines of one height of which only those in view are in the page. It stays at its end while that is in view.
import { element, perFrame } from './dom.ts';

export interface VirtualListParts {
  /** CSS pixels of one line. */
  readonly lineHeight: number;
  readonly label: string;
  readonly render: (index: number) => HTMLElement;
}

/** Lines above and below what is in view. */
const SPARE = 8;

export class VirtualList {
  readonly root: HTMLElement;
  readonly #parts: VirtualListParts;
  readonly #space = element('div', { class: 'virtual-space' });
  readonly #lines = element('div', { class: 'virtual-lines' });
  readonly #schedule: () => void;
  #count = 0;
  #follows = true;
  /** Where it was scrolled to: it moves by itself too, when lines come or its height changes. */
  #top = 0;

  constructor(parts: VirtualListParts) {
    this.#parts = parts;
    this.#schedule = perFrame(() => this.#draw());
    this.#space.append(this.#lines);
    // a log is not read aloud as it grows: too much of it comes
    this.root = element('div', { class: 'virtual-list', role: 'log', 'aria-live': 'off', 'aria-label': parts.label, tabindex: 0, onscroll: () => this.#scrolled() }, this.#space); // prettier-ignore
    new ResizeObserver(this.#schedule).observe(this.root);
  }

  /** There are so many lines now; those in view are made anew. */
  update(count: number): void {
    this.#count = count;
    this.#schedule();
  }

  /** Shows the end again, and follows it. */
  toEnd(): void {
    this.#follows = true;
    this.#schedule();
  }

  #scrolled(): void {
    const { scrollTop, clientHeight, scrollHeight } = this.root;
    const atEnd = scrollTop + clientHeight >= scrollHeight - this.#parts.lineHeight;
    if (atEnd) this.#follows = true;
    else if (scrollTop < this.#top) this.#follows = false;
    this.#top = scrollTop;
    this.#schedule();
  }

  #draw(): void {
    const { lineHeight, render } = this.#parts;
    this.#space.style.height = `${this.#count * lineHeight}px`;
    const { clientHeight } = this.root;
    const end = Math.max(0, this.#count * lineHeight - clientHeight);
    if (this.#follows && Math.abs(this.root.scrollTop - end) > 1) this.root.scrollTop = end;
    const top = this.#follows ? end : this.root.scrollTop;
    const first = Math.max(0, Math.floor(top / lineHeight) - SPARE);
    const last = Math.min(this.#count, Math.ceil((top + clientHeight) / lineHeight) + SPARE);
    this.#lines.style.transform = `translateY(${first * lineHeight}px)`;
    this.#lines.replaceChildren(...Array.from({ length: Math.max(0, last - first) }, (_, i) => render(first + i)));
  }
}
