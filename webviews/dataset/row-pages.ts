// Rows of the list as they come in pages: what is in view is asked for, what was far away is forgotten.
import type { RowSummary } from '../../daemon/data/protocol.ts';

export const PAGE = 50;
/** Pages that are kept, and that are asked for at once. */
const KEPT = 60;
const AT_ONCE = 3;

export interface PageRequest {
  readonly request: number;
  readonly first: number;
}

export class RowPages {
  readonly #ask: (page: PageRequest) => void;
  readonly #pages = new Map<number, readonly RowSummary[]>();
  readonly #asked = new Map<number, number>();
  #wanted: number[] = [];
  /** Even numbers: whole rows are asked for by odd ones. */
  #next = 2;

  constructor(ask: (page: PageRequest) => void) {
    this.#ask = ask;
  }

  at(position: number): RowSummary | undefined {
    return this.#pages.get(Math.floor(position / PAGE))?.[position % PAGE];
  }

  /** Rows [from, to) of `total` are in view: asks for what is missing of them, the last view first. */
  want(from: number, to: number, total: number): void {
    this.#wanted = [];
    for (let page = Math.floor(Math.max(0, from) / PAGE); page * PAGE < Math.min(to, total); page++) {
      const known = this.#pages.get(page);
      if (known) {
        // the one used last goes last
        this.#pages.delete(page);
        this.#pages.set(page, known);
      }
      const expected = Math.min(PAGE, total - page * PAGE);
      if ((known?.length ?? 0) < expected) this.#wanted.push(page);
    }
    this.#send();
  }

  /** Takes a page that was asked for. False where nobody waits for it any more. */
  take(request: number, rows: readonly RowSummary[]): boolean {
    const page = this.#asked.get(request);
    if (page === undefined) return false;
    this.#asked.delete(request);
    this.#pages.set(page, rows);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > KEPT && oldest !== undefined) this.#pages.delete(oldest);
    this.#wanted = this.#wanted.filter((wanted) => wanted !== page);
    this.#send();
    return true;
  }

  /** A page that could not be had: it is not asked for again by itself. */
  failed(request: number): boolean {
    const page = this.#asked.get(request);
    this.#wanted = this.#wanted.filter((wanted) => wanted !== page);
    return this.#asked.delete(request);
  }

  /** Other rows stand at the same places now. What is asked for is no longer waited for. */
  forget(): void {
    this.#pages.clear();
    this.#asked.clear();
    this.#wanted = [];
  }

  /** The number by which a page is asked for. */
  begin(page: number): number {
    const request = this.#next;
    this.#next += 2;
    this.#asked.set(request, page);
    return request;
  }

  #send(): void {
    const asked = new Set(this.#asked.values());
    for (const page of this.#wanted) {
      if (this.#asked.size >= AT_ONCE) return;
      if (asked.has(page)) continue;
      this.#ask({ request: this.begin(page), first: page * PAGE });
    }
  }
}
