// Labels in few numbers. They mostly repeat the ids or are masked: n > 0 stands for n labels that are the ids, −n for n that are
// masked, and 0 is followed by one label that is neither.
import { IGNORED } from '../example.ts';

/** Appends the runs of one row's labels. */
export function writeRuns(ids: Int32Array, labels: Int32Array, runs: number[]): void {
  let run = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] ?? IGNORED;
    if (label === IGNORED) {
      if (run > 0) {
        runs.push(run);
        run = 0;
      }
      run -= 1;
    } else if (label === ids[i]) {
      if (run < 0) {
        runs.push(run);
        run = 0;
      }
      run += 1;
    } else {
      if (run !== 0) runs.push(run);
      run = 0;
      runs.push(0, label);
    }
  }
  if (run !== 0) runs.push(run);
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
