// Brings a spool to its tracker: in order, nothing left out, again and again while the tracker is away.
import { readSpool, readState, writeState, type SpoolFiles, type SpoolLine } from './spool.ts';

export type BeginLine = Extract<SpoolLine, { type: 'begin' }>;

/** A tracker as deliveries see it. Both throw Refused where trying again is of no use, anything else where it is. */
export interface Destination {
  /** Who it is, for people and for the state: no password in it. */
  readonly name: string;
  /** Makes a run and gives the tracker's id of it. */
  create(begin: BeginLine): Promise<string>;
  /** Lines that were sent without an answer come again. */
  send(run: string, lines: readonly SpoolLine[]): Promise<void>;
}

/** The tracker has said no. */
export class Refused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Refused';
  }
}

/** Sends what waits. Throws what the destination throws; what was sent before then is noted. */
export async function deliver(files: SpoolFiles, destination: Destination): Promise<void> {
  for (let state = readState(files, destination.name); ;) {
    const { lines, next } = await readSpool(files, state.sent);
    const [first] = lines;
    if (!first) return;
    if (state.run === null) {
      if (first.type !== 'begin') throw new Refused('the file of what is to be sent does not begin with a run');
      // noted before anything else is sent: a run is not made twice
      state = { ...state, run: await destination.create(first) };
      await writeState(files, state);
    }
    await destination.send(state.run ?? '', lines);
    state = { ...state, sent: next };
    await writeState(files, state);
  }
}

export interface CourierParts {
  readonly deliver: () => Promise<void>;
  /** Told of the first failure of several, and of every refusal. */
  readonly trouble: (message: string) => void;
  /** Milliseconds before the first new attempt; each later one takes twice as long, up to a minute. */
  readonly patience: number;
}

/** Longest time in milliseconds between attempts. */
const LONGEST = 60_000;

/** Delivers whenever there is something new, one delivery after the other. */
export class Courier {
  readonly #parts: CourierParts;
  #wanted = false;
  #working: Promise<void> | undefined;
  #failures = 0;
  #refused = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: CourierParts) {
    this.#parts = parts;
  }

  /** There is something new. */
  poke(): void {
    this.#wanted = true;
    if (this.#failures === 0 && !this.#refused) this.#begin();
  }

  /** One more attempt at once, whatever went wrong before. Resolves when it is over. */
  async finish(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#working;
    if (this.#refused) return;
    this.#begin();
    await this.#working;
    clearTimeout(this.#timer);
  }

  #begin(): void {
    this.#wanted = true;
    this.#working ??= this.#work().finally(() => (this.#working = undefined));
  }

  async #work(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      try {
        await this.#parts.deliver();
        this.#failures = 0;
      } catch (error) {
        this.#fail(error);
        return;
      }
    }
  }

  #fail(error: unknown): void {
    this.#refused = error instanceof Refused;
    if (this.#refused || this.#failures === 0) this.#parts.trouble((error as Error).message);
    this.#failures += 1;
    if (this.#refused) return;
    const wait = Math.min(LONGEST, this.#parts.patience * 2 ** (this.#failures - 1));
    this.#timer = setTimeout(() => this.#begin(), wait);
  }
}
