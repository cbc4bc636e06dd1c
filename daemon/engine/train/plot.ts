// training_loss.png and its siblings: a metric by step, as it is and smoothed, drawn without any graphics library.
// Source of names and smoothing: LLaMA-Factory 0.9.5, extras/ploting.py.
import { join } from 'node:path';
import { Canvas, encodePng, type Colour } from './plot-canvas.ts';
import type { Point } from './plot-font.ts';
import { writeWhole } from './run-directory/files.ts';

const width = 720;
const height = 480;
/** Edges of the plot in pixels. */
const frame = { left: 70, right: width - 24, top: 44, bottom: height - 56 };

const white: Colour = [255, 255, 255];
const ink: Colour = [60, 60, 60];
const grid: Colour = [232, 232, 232];
const original: Colour = [165, 201, 225];
const smoothed: Colour = [31, 119, 180];

/** What is plotted of a log history, where it is there; the file is training_<key>.png. */
const keys = ['loss', 'eval_loss', 'eval_accuracy'];

export interface PlotPoint {
  readonly step: number;
  readonly value: number;
}

/** Exponential smoothing whose weight grows with the length of the run, from 0 towards 0.9. */
export function smooth(values: readonly number[]): number[] {
  const weight = 1.8 * (1 / (1 + Math.exp(-0.05 * values.length)) - 0.5);
  let last = values[0] ?? 0;
  return values.map((value) => (last = last * weight + (1 - weight) * value));
}

/** Draws the metrics of a trainer_state's log history into the folder; those of which there is nothing are left out. */
export async function plotLoss(folder: string, state: Record<string, unknown>): Promise<void> {
  const history = state['log_history'] as readonly Record<string, number | undefined>[];
  for (const key of keys) {
    const points = history.flatMap(({ step, [key]: value }) =>
      step !== undefined && value !== undefined && Number.isFinite(value) ? [{ step, value }] : [],
    );
    if (points.length > 0) await writeWhole(join(folder, `training_${key}.png`), drawMetric(key, points));
  }
}

/** Round numbers between `low` and `high`, about `count` of them, and the decimals they need. */
export function ticks(low: number, high: number, count: number): { values: number[]; decimals: number } {
  const rough = (high - low) / count || 1;
  const power = Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((one) => one * 10 ** power >= rough * (1 - 1e-9)) ?? 10;
  const step = factor * 10 ** power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const values = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
  return { values, decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

const label = (value: number, decimals: number): string =>
  decimals > 5 || Math.abs(value) >= 1e7 ? value.toExponential(1) : value.toFixed(decimals);

interface Scale {
  readonly x: (step: number) => number;
  readonly y: (value: number) => number;
}

/** PNG bytes of a metric's curve. `points` by step, at least one. */
export function drawMetric(key: string, points: readonly PlotPoint[]): Uint8Array {
  const canvas = new Canvas(width, height, white);
  const values = points.map(({ value }) => value);
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const pad = (high - low || Math.abs(high) || 1) * 0.06;
  const first = points[0]?.step ?? 0;
  const last = Math.max(points.at(-1)?.step ?? 1, first + 1);
  const scale: Scale = {
    x: (step) => frame.left + 12 + ((step - first) / (last - first)) * (frame.right - frame.left - 24),
    y: (value) => frame.bottom - ((value - low + pad) / (high - low + 2 * pad)) * (frame.bottom - frame.top),
  };
  drawAxes(canvas, scale, ticks(low - pad, high + pad, 6), ticks(first, last, 8));
  canvas.text(`training ${key}`, { x: width / 2, y: 16 }, ink, 'centre');
  canvas.text('step', { x: (frame.left + frame.right) / 2, y: height - 22 }, ink, 'centre');
  const curve = (curveValues: readonly number[]): Point[] =>
    points.map(({ step }, i) => ({ x: scale.x(step), y: scale.y(curveValues[i] ?? 0) }));
  // a single point would not be seen as a line
  canvas.line(curve(values), original, points.length > 1 ? 1.6 : 8);
  canvas.line(curve(smooth(values)), smoothed, points.length > 1 ? 2.2 : 5);
  // where the curve rises, the free corner is on the left
  drawLegend(canvas, (values.at(-1) ?? 0) > (values[0] ?? 0) ? frame.left + 20 : frame.right - 128);
  return encodePng(canvas);
}

function drawAxes(canvas: Canvas, { x, y }: Scale, rows: ReturnType<typeof ticks>, columns: ReturnType<typeof ticks>): void {
  for (const tick of rows.values) {
    canvas.line([{ x: frame.left, y: Math.round(y(tick)) }, { x: frame.right, y: Math.round(y(tick)) }], grid, 1);
    canvas.text(label(tick, rows.decimals), { x: frame.left - 8, y: Math.round(y(tick)) - 5 }, ink, 'right');
  }
  for (const tick of columns.values.filter(Number.isInteger)) {
    const at = Math.round(x(tick));
    canvas.line([{ x: at, y: frame.bottom }, { x: at, y: frame.bottom + 5 }], ink, 1);
    canvas.text(label(tick, 0), { x: at, y: frame.bottom + 12 }, ink, 'centre');
  }
  const { left, right, top, bottom } = frame;
  canvas.line([{ x: left, y: top }, { x: right, y: top }, { x: right, y: bottom }, { x: left, y: bottom }, { x: left, y: top }], ink, 1); // prettier-ignore
} // prettier-ignore

function drawLegend(canvas: Canvas, left: number): void {
  for (const [i, [name, colour]] of ([['original', original], ['smoothed', smoothed]] as const).entries()) {
    const top = frame.top + 12 + i * 20;
    canvas.line([{ x: left, y: top + 6 }, { x: left + 26, y: top + 6 }], colour, 2);
    canvas.text(name, { x: left + 36, y: top }, ink);
  }
} // prettier-ignore
