// What a command is waiting for, in one line at the bottom of a terminal that goes away again; nothing elsewhere.

/** Lines are not drawn more often than this, in milliseconds. */
const PAUSE = 100;

const megabytes = (bytes: number): string =>
  bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;

export class ProgressLine {
  readonly #out: NodeJS.WriteStream;
  readonly #clock: () => number;
  #drawn = 0;
  #what = '';
  #isShown = false;

  constructor(out: NodeJS.WriteStream, clock: () => number = () => performance.now()) {
    this.#out = out;
    this.#clock = clock;
  }

  bytes(what: string, done: number, total: number): void {
    this.#draw(what, `${megabytes(done)} of ${megabytes(total)}`);
  }

  count(what: string, done: number, total: number): void {
    this.#draw(what, `${done.toLocaleString('en')} of ${total.toLocaleString('en')} rows`);
  }

  clear(): void {
    if (this.#isShown) this.#out.write('\r\u001b[2K');
    this.#isShown = false;
  }

  #draw(what: string, state: string): void {
    if (!this.#out.isTTY) return;
    const now = this.#clock();
    // what is done in the first moment needs no progress
    if (what !== this.#what) this.#drawn = now;
    this.#what = what;
    if (now - this.#drawn < PAUSE) return;
    this.#drawn = now;
    this.#isShown = true;
    this.#out.write(`\r\u001b[2K${`${what}: ${state}`.slice(0, (this.#out.columns || 80) - 1)}`);
  }
}
