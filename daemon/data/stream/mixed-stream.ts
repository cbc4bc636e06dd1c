// Several datasets as one stream, with the turns and stops of the datasets library's streams: what ends is known at a set's last row.
import { drawSet, type MixStrategy } from '../mix.ts';
import { mix } from '../order.ts';

export interface StreamRow<T> {
  /** Number of the dataset it is from. */
  readonly set: number;
  readonly row: T;
}

/** A set that is read row by row, one row ahead, from its start again where it has to be. */
class Source<T> {
  readonly #open: () => AsyncIterable<T>;
  #rows: AsyncIterator<T> | undefined;
  #ahead: IteratorResult<T> | undefined;
  /** All of its rows were taken at least once. */
  exhausted = false;

  constructor(open: () => AsyncIterable<T>) {
    this.#open = open;
  }

  /** The next row; undefined for a set that has none at all. */
  async take(): Promise<T | undefined> {
    this.#rows ??= this.#open()[Symbol.asyncIterator]();
    const taken = this.#ahead ?? (await this.#rows.next());
    if (taken.done) {
      this.exhausted = true;
      return undefined;
    }
    this.#ahead = await this.#rows.next();
    if (this.#ahead.done) {
      this.exhausted = true;
      this.#rows = undefined;
      this.#ahead = undefined;
    }
    return taken.value;
  }

  async close(): Promise<void> {
    await this.#rows?.return?.();
  }
}

/** Rows of the sets that `open` gives. The draws by probability are a function of (key, number of the draw). */
export async function* mixedStream<T>(
  open: readonly (() => AsyncIterable<T>)[],
  strategy: MixStrategy,
  probabilities: readonly number[] | undefined,
  key: number,
): AsyncGenerator<StreamRow<T>> {
  if (strategy === 'concat' || open.length === 1) {
    for (const [set, each] of open.entries()) for await (const row of each()) yield { set, row };
    return;
  }
  const sources = open.map((each) => new Source(each));
  const ended = (): boolean => {
    const exhausted = sources.map((source) => source.exhausted);
    return strategy === 'interleave_under' ? exhausted.some(Boolean) : exhausted.every(Boolean);
  };
  try {
    for (let draw = 0; !ended(); draw++) {
      const closed = strategy === 'interleave_once' ? sources.map(({ exhausted }) => exhausted) : undefined;
      const set = probabilities ? drawSet(probabilities, mix(key, draw) / 2 ** 32, closed) : draw % sources.length;
      if (closed?.[set]) continue;
      const row = await sources[set]?.take();
      if (row !== undefined) yield { set, row };
    }
  } finally {
    for (const source of sources) await source.close();
  }
}
