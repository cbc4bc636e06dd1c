// The order of a stream: a buffer from which rows leave at random and into which the next ones come, as the datasets library does
// it. Which one leaves is a function of (key, how many left before), so that passing over rows again restores the buffer.
import { mix } from '../order.ts';

/** Shuffles within a window of `size` items; below 2 the order stays. */
export async function* shuffled<T>(items: AsyncIterable<T>, size: number, key: number): AsyncGenerator<T> {
  if (size < 2) {
    yield* items;
    return;
  }
  const buffer: T[] = [];
  let left = 0;
  for await (const item of items) {
    if (buffer.length < size) {
      buffer.push(item);
      continue;
    }
    const place = Math.floor((mix(key, left++) / 2 ** 32) * size);
    const leaving = buffer[place] as T;
    buffer[place] = item;
    yield leaving;
  }
  // what is left at the end, in random order (Fisher–Yates)
  for (let rest = buffer.length; rest > 0; rest--) {
    const place = Math.floor((mix(key, left++) / 2 ** 32) * rest);
    const leaving = buffer[place] as T;
    buffer[place] = buffer[rest - 1] as T;
    yield leaving;
  }
}
