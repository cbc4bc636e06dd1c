// Ends a daemon that nobody has asked anything for a while and that has nothing to run.

/** Looks in one idle time. */
const LOOKS = 10;

export class IdleWatch {
  readonly #timer: NodeJS.Timeout;
  /** Looks since anybody was seen. */
  #quiet = 0;
  #streams = 0;

  /** `after` in milliseconds; 0 or less: never. */
  constructor(after: number, busy: () => boolean, end: () => void) {
    // counted in looks, not by the clock: a machine that slept was not idle
    this.#timer = setInterval(() => {
      this.#quiet = busy() || this.#streams > 0 ? 0 : this.#quiet + 1;
      if (after > 0 && this.#quiet >= LOOKS) end();
    }, Math.max(50, after / LOOKS)); // prettier-ignore
    this.#timer.unref();
  }

  /** A request came. */
  seen(): void {
    this.#quiet = 0;
  }

  /** A stream has begun (1) or ended (-1). */
  streams(change: 1 | -1): void {
    this.#streams += change;
    this.#quiet = 0;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
