// A curve that grows: steps and values in typed arrays, appended in place, cut back when a run goes back to a checkpoint.

export class Points {
  #x = new Float64Array(256);
  #y = new Float64Array(256);
  #length = 0;
  /** Moving average of the values, made as far as it was asked for. */
  #smooth = new Float64Array(0);
  #smoothed = 0;
  #weight = 0;
  #sum = 0;
  #decay = Number.NaN;

  get length(): number {
    return this.#length;
  }

  /** Ascending. Views of what is there now; the next append may move it. */
  get x(): Float64Array {
    return this.#x.subarray(0, this.#length);
  }

  get y(): Float64Array {
    return this.#y.subarray(0, this.#length);
  }

  /** Appends a point; what is at `x` or after it is forgotten first: a step that was done again counts as done last. */
  set(x: number, y: number): void {
    if (this.#length > 0 && (this.#x[this.#length - 1] ?? 0) >= x) this.#shorten(indexAtLeast(this.x, x, false));
    if (this.#length === this.#x.length) {
      this.#x = grown(this.#x);
      this.#y = grown(this.#y);
    }
    this.#x[this.#length] = x;
    this.#y[this.#length] = y;
    this.#length += 1;
  }

  /** Forgets what is after `x`. */
  cut(x: number): void {
    this.#shorten(indexAtLeast(this.x, x, true));
  }

  /** Replaces the points from `from` to `to`, both included. */
  replace(from: number, to: number, x: readonly number[], y: readonly number[]): void {
    const before = indexAtLeast(this.x, from, false);
    const after = indexAtLeast(this.x, to, true);
    const tailX = this.#x.slice(after, this.#length);
    const tailY = this.#y.slice(after, this.#length);
    this.#shorten(before);
    for (const [i, value] of x.entries()) this.set(value, y[i] ?? 0);
    for (const [i, value] of tailX.entries()) this.set(value, tailY[i] ?? 0);
  }

  #shorten(length: number): void {
    this.#length = length;
    if (this.#smoothed > length) this.#smoothed = 0;
  }

  /** Index of the point whose x is nearest; -1 where there is none. */
  nearest(x: number): number {
    const at = indexAtLeast(this.x, x, false);
    if (at === 0) return this.#length > 0 ? 0 : -1;
    if (at === this.#length) return at - 1;
    return x - (this.#x[at - 1] ?? 0) <= (this.#x[at] ?? 0) - x ? at - 1 : at;
  }

  /**
   * Exponential moving average over x: a value `d` away counts decay^d as much. The weights are summed, so that the first points are
   * not drawn towards zero, and points may lie at any distance. Only what is new is computed.
   */
  smooth(decay: number): Float64Array {
    if (decay !== this.#decay || this.#smoothed === 0) {
      this.#decay = decay;
      this.#smoothed = this.#weight = this.#sum = 0;
    }
    if (this.#smooth.length < this.#length) {
      const larger = new Float64Array(this.#x.length);
      larger.set(this.#smooth);
      this.#smooth = larger;
    }
    for (let i = this.#smoothed; i < this.#length; i++) {
      const kept = i === 0 ? 0 : decay ** ((this.#x[i] ?? 0) - (this.#x[i - 1] ?? 0));
      this.#sum = this.#sum * kept + (this.#y[i] ?? 0);
      this.#weight = this.#weight * kept + 1;
      this.#smooth[i] = this.#sum / this.#weight;
    }
    this.#smoothed = this.#length;
    return this.#smooth.subarray(0, this.#length);
  }
}

function grown(array: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Index of the first of ascending numbers that is at least `value`, or, with `above`, that is above it. */
export function indexAtLeast(numbers: Float64Array, value: number, above: boolean): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = numbers[middle] ?? 0;
    if (above ? found <= value : found < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
