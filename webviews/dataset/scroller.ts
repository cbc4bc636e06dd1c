// A scrolled window over rows of one height, however many there are: browsers make no element higher than some thirty million pixels,
// so beyond that the scroll bar moves in larger steps than the rows, and the wheel and the keys move the rows themselves.

/** Height in CSS pixels up to which the scroll bar and the rows move alike. */
const TALLEST = 8_000_000;

export class Scroller {
  readonly element: HTMLElement;
  readonly rowHeight: number;
  readonly #sizer: HTMLElement;
  readonly #moved: () => void;
  #total = 0;
  /** Pixels of rows above the window. */
  #offset = 0;
  /** Where the scroll bar was put by us: its event says nothing new. */
  #placed = -1;

  /** `element` scrolls; `sizer` in it is given the height of all rows; `moved` is called after each move. */
  constructor(element: HTMLElement, sizer: HTMLElement, rowHeight: number, moved: () => void) {
    this.element = element;
    this.rowHeight = rowHeight;
    this.#sizer = sizer;
    this.#moved = moved;
    element.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    element.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    new ResizeObserver(() => this.#moved()).observe(element);
  }

  set total(rows: number) {
    if (rows === this.#total) return;
    this.#total = rows;
    this.#sizer.style.height = `${Math.min(TALLEST, rows * this.rowHeight)}px`;
    this.offset = this.#offset;
  }

  get offset(): number {
    return this.#offset;
  }

  set offset(pixels: number) {
    this.#offset = Math.max(0, Math.min(pixels, this.#furthest));
    const top = this.#offset / this.#scale;
    this.element.scrollTop = top;
    this.#placed = this.element.scrollTop;
    this.#moved();
  }

  /** Rows [first, last] that are at least partly in the window. */
  get range(): { readonly first: number; readonly last: number } {
    const first = Math.floor(this.#offset / this.rowHeight);
    const last = Math.min(this.#total - 1, Math.floor((this.#offset + this.height) / this.rowHeight));
    return { first, last };
  }

  get height(): number {
    return this.element.clientHeight;
  }

  /** Where a row stands within the sizer. */
  topOf(row: number): number {
    return row * this.rowHeight - this.#offset + this.element.scrollTop;
  }

  /** Moves as little as makes a row wholly visible. */
  show(row: number): void {
    const top = row * this.rowHeight;
    if (top < this.#offset) this.offset = top;
    else if (top + this.rowHeight > this.#offset + this.height) this.offset = top + this.rowHeight - this.height;
  }

  get #furthest(): number {
    return Math.max(0, this.#total * this.rowHeight - this.height);
  }

  /** Pixels of rows for a pixel of the scroll bar. */
  get #scale(): number {
    const reach = Math.min(TALLEST, this.#total * this.rowHeight) - this.height;
    return reach > 0 ? this.#furthest / reach : 1;
  }

  #scrolled(): void {
    const { scrollTop } = this.element;
    if (Math.abs(scrollTop - this.#placed) < 1) return;
    this.#placed = scrollTop;
    this.#offset = Math.min(scrollTop * this.#scale, this.#furthest);
    this.#moved();
  }

  #wheel(event: WheelEvent): void {
    if (this.#total * this.rowHeight <= TALLEST || event.ctrlKey) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? this.rowHeight / 2 : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? this.height : 1; // prettier-ignore
    this.offset = this.#offset + event.deltaY * unit;
  }
}
