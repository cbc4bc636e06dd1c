// Labels in few numbers. They mostly repeat the ids or are masked: n > 0 stands for n labels that are the ids, −n for n that are
// masked, and 0 is followed by one label that is neither.
import { IGNORED } from '../example.ts';

export class RunWriter {
  #runs = new Int32Array(256);
  length = 0;
  /** Whether a label is trained, beyond the first of its row. */
  learns: 'nothing' | 'first' | 'some' = 'nothing';

  get values(): Int32Array {
    return this.#runs.slice(0, this.length);
  }

  /** Appends the runs of one row's labels. */
  write(ids: Int32Array, labels: Int32Array): void {
    const before = this.length;
    let run = 0;
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i] ?? IGNORED;
      if (label === IGNORED) {
        if (run > 0) {
          this.#push(run);
          run = 0;
        }
        run -= 1;
      } else if (label === ids[i]) {
        if (run < 0) {
          this.#push(run);
          run = 0;
        }
        run += 1;
      } else {
        if (run !== 0) this.#push(run);
        run = 0;
        this.#push(0);
        this.#push(label);
      }
    }
    if (run !== 0) this.#push(run);
    if (this.learns !== 'some') this.#note(this.#runs.subarray(before, this.length));
  }

  #push(value: number): void {
    if (this.length === this.#runs.length) {
      const more = new Int32Array(this.length * 2);
      more.set(this.#runs);
      this.#runs = more;
    }
    this.#runs[this.length++] = value;
  }

  #note(runs: Int32Array): void {
    const [first = -1] = runs;
    if (first >= 0) this.learns = 'first';
    const masked = first < 0 ? 1 : first === 0 ? 2 : 0;
    // one label alone, behind which all is masked, is a row's first
    if (first > 1 || runs.subarray(masked === 0 ? 1 : masked).some((run) => run >= 0)) this.learns = 'some';
  }
}

/** Labels of a row from its ids and its runs. */
export function readRuns(ids: Int32Array, runs: Int32Array): Int32Array {
  const labels = new Int32Array(ids.length).fill(IGNORED);
  let at = 0;
  for (let i = 0; i < runs.length; i++) {
    const run = runs[i] ?? 0;
    if (run > 0) labels.set(ids.subarray(at, at + run), at);
    if (run === 0) labels[at++] = runs[++i] ?? IGNORED;
    else at += Math.abs(run);
  }
  return labels;
}
