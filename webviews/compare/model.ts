// Curves of several runs over steps, tokens or time. Pure.
import { Points } from '../shared/charts/points.ts';
import type { ComparedRun, horizontalAxes } from './protocol.ts';

export type HorizontalAxis = (typeof horizontalAxes)[number];

/** Metrics in the order in which charts show them; what is not here follows by name. */
const first = ['loss', 'eval_loss', 'gradNorm', 'learningRate', 'tokensPerSecond', 'memory'];

/** Metrics that any of the runs has. */
export function metricsOf(runs: readonly ComparedRun[]): string[] {
  const found = new Set(runs.flatMap(({ curves }) => curves.map(({ metric }) => metric)));
  const rank = (metric: string): number => (first.includes(metric) ? first.indexOf(metric) : first.length);
  return [...found].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** A metric of a run over an axis; empty where the run does not know it. */
export function pointsOf(run: ComparedRun, metric: string, axis: HorizontalAxis): Points {
  const points = new Points();
  const curve = run.curves.find((one) => one.metric === metric);
  if (!curve || curve[axis].length !== curve.values.length) return points;
  for (const [i, x] of curve[axis].entries()) points.set(x, curve.values[i] ?? 0);
  return points;
}

/** Metrics by which runs are judged: of each the last value. The loss is that of the last steps, others are the last evaluation's. */
export function scoresOf({ run }: ComparedRun): Readonly<Record<string, number>> {
  const { loss, scores, totals } = run.progress;
  const trained = totals['train_loss'];
  return {
    ...(loss !== null && { loss }),
    ...(trained !== undefined && { train_loss: trained }),
    ...scores,
  };
}

/** Names that tell the runs apart: their own, or with their ids where two have the same. */
export function labelsOf(runs: readonly ComparedRun[]): string[] {
  return runs.map(({ run }) => (runs.filter((one) => one.run.name === run.name).length > 1 ? run.id : run.name));
}
