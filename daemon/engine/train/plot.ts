// training_loss.png: the loss by step, as it is and smoothed, drawn into a PNG without any graphics library.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Canvas, encodePng } from './plot-canvas.ts';

const width = 720;
const height = 480;
const margin = { left: 72, right: 24, top: 40, bottom: 52 };

interface LogPoint {
  readonly step: number;
  readonly loss?: number;
}

/** Exponential smoothing with LLaMA-Factory's weight: heavier the longer the run is. */
function smooth(values: readonly number[]): number[] {
  const weight = 1.8 * (1 / (1 + Math.exp(-0.05 * values.length)) - 0.5);
  let last = values[0] ?? 0;
  return values.map((value) => (last = last * weight + (1 - weight) * value));
}

/** Round steps between `low` and `high`, about `count` of them. */
function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count || 1;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * unit).find((size) => size >= rough) ?? rough;
  const result: number[] = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-6; value += step) result.push(value);
  return result;
}

/** Draws the losses of a trainer_state's log history into the folder; nothing where there are none. */
export async function plotLoss(folder: string, state: Record<string, unknown>): Promise<void> {
  const points = (state['log_history'] as LogPoint[]).flatMap(({ step, loss }) =>
    loss === undefined ? [] : [{ step, loss }],
  );
  if (points.length === 0) return;
  await writeFile(join(folder, 'training_loss.png'), drawLoss(points));
}

/** PNG bytes of a loss curve. */
export function drawLoss(points: readonly { step: number; loss: number }[]): Uint8Array {
  const canvas = new Canvas(width, height, [255, 255, 255]);
  const losses = points.map(({ loss }) => loss);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const pad = (high - low || Math.abs(high) || 1) * 0.06;
  const first = points[0]?.step ?? 0;
  const last = Math.max(points.at(-1)?.step ?? 1, first + 1);
  const x = (step: number): number =>
    margin.left + ((step - first) / (last - first)) * (width - margin.left - margin.right);
  const y = (loss: number): number =>
    height - margin.bottom - ((loss - low + pad) / (high - low + 2 * pad)) * (height - margin.top - margin.bottom);
  const grey: [number, number, number] = [225, 225, 225];
  const ink: [number, number, number] = [60, 60, 60];
  for (const tick of ticks(low - pad, high + pad, 6)) {
    canvas.line(margin.left, y(tick), width - margin.right, y(tick), grey, 1);
    const label = String(Number(tick.toPrecision(4)));
    canvas.text(label, margin.left - 10 - label.length * 12, y(tick) - 7, ink);
  }
  for (const tick of ticks(first, last, 8)) {
    const label = String(Math.round(tick));
    canvas.line(x(tick), height - margin.bottom, x(tick), height - margin.bottom + 5, ink, 1);
    canvas.text(label, x(tick) - label.length * 6, height - margin.bottom + 12, ink);
  }
  canvas.line(margin.left, margin.top, margin.left, height - margin.bottom, ink, 1);
  canvas.line(margin.left, height - margin.bottom, width - margin.right, height - margin.bottom, ink, 1);
  canvas.text('training loss', width / 2 - 78, 14, ink);
  canvas.text('step', width / 2 - 24, height - 20, ink);
  const curve = (values: readonly number[], colour: [number, number, number], thickness: number): void =>
    points.forEach(({ step }, i) => {
      if (i === 0 && points.length > 1) return;
      const from = Math.max(0, i - 1);
      canvas.line(x(points[from]?.step ?? step), y(values[from] ?? 0), x(step), y(values[i] ?? 0), colour, thickness);
    });
  curve(losses, [158, 190, 232], 1.5);
  curve(smooth(losses), [31, 93, 180], 2.5);
  return encodePng(canvas);
}
