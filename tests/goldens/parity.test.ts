// Every recorded pt and sft run on the architectures and methods the engine has: same steps, same weights at the end.
// Tolerances are those that the measured noise of the recordings allows.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAll } from '../../daemon/engine/model/safetensors/read.ts';
import type { StepEvent } from '../../daemon/protocol.ts';
import {
  expected,
  goldenFolder,
  kept,
  recipeText,
  runCase,
  startWeights,
  trainedWeights,
  trainingCases,
} from './golden.ts';

/** Runs whose randomness is torch's own: shapes and learning rates agree, losses only about. */
const ownRandomness = new Set(['sft-lora-llama-neftune', 'sft-lora-llama-shuffle']);

/** Recorded in bfloat16; computed in float32 here. */
const lowPrecision = new Set(['sft-lora-llama-bf16']);

const relative = (value: number, reference: number): number =>
  Math.abs(value - reference) / Math.max(Math.abs(reference), 1e-12);

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

describe.each(trainingCases)('%s', (name) => {
  const golden = expected(name);
  const own = ownRandomness.has(name);
  const low = lowPrecision.has(name);

  test('trains to the same numbers', async () => {
    const { events, outputDir } = await runCase(name);
    const start = events.find((event) => event.type === 'start');
    expect(start?.trainableParameters).toBe(golden.param_count.trainable);
    // a recorded 4-bit matrix counts as the float32 values its bytes would be
    const packed = recipeText(name).includes('quantization_bit: 4');
    expect(start?.parameters).toBe((packed ? expected('sft-lora-llama-base') : golden).param_count.all);

    const steps = events.filter((event): event is StepEvent => event.type === 'step');
    expect(steps).toHaveLength(golden.steps.length);
    const lossTolerance = own ? 1 : low ? 3e-2 : 5e-4;
    steps.forEach((step, i) => {
      const reference = golden.steps[i];
      if (!reference) return;
      const at = `step ${i + 1}`;
      expect(relative(step.learningRate, reference.learning_rate), `${at} learning rate`).toBeLessThanOrEqual(1e-12);
      expect(Math.abs(step.loss - reference.loss), `${at} loss`).toBeLessThanOrEqual(
        i === 0 && !own && !low ? 2e-5 : lossTolerance,
      );
      if (!own)
        expect(relative(step.gradNorm, reference.grad_norm), `${at} grad norm`).toBeLessThanOrEqual(
          low ? 3e-2 : i === 0 ? 1e-4 : 1e-3,
        );
    });
    if (!own) {
      const tokens = golden.micro_steps.reduce((sum, micro) => sum + micro.tokens, 0);
      expect(steps.at(-1)?.totalTokens).toBe(tokens);
    }

    const evaluations = events.filter((event) => event.type === 'eval').map(({ metrics }) => metrics);
    expect(evaluations).toHaveLength(golden.eval?.length ?? 0);
    evaluations.forEach((metrics, i) => {
      for (const [key, value] of Object.entries(golden.eval?.[i] ?? {})) {
        expect(Math.abs((metrics[key] ?? Number.NaN) - value), `evaluation ${i} ${key}`).toBeLessThanOrEqual(5e-4);
      }
    });
    if (!own && !low) await compareWeights(name, outputDir);
  });
});

async function compareWeights(name: string, outputDir: string): Promise<void> {
  const golden = expected(name);
  const weights = await trainedWeights(outputDir);
  const rate = Number(/^learning_rate: (.*)$/m.exec(recipeText(name))?.[1]);
  const started = await startWeights(name);
  // how far training moved each tensor, to a thousandth, or to what float64 weights changed in the recording
  const noise = golden.noise?.float64?.final_max_abs ?? 0;
  for (const [tensor, [, , moved]] of Object.entries(golden.final_stats)) {
    const values = weights.get(tensor);
    const before = started.get(tensor);
    expect(values, tensor).toBeDefined();
    if (!values || !before) continue;
    const distance = norm(values.map((value, i) => value - (before[i] ?? 0)));
    const allowed = 1e-3 * moved + noise * Math.sqrt(values.length);
    expect(Math.abs(distance - moved), `${tensor} moved by`).toBeLessThanOrEqual(allowed);
  }
  const path = join(goldenFolder, 'cases', name, 'final.safetensors');
  if (!existsSync(path)) return;
  const perStep = 5e-4 * (rate / 1e-3);
  const tolerance = perStep * golden.steps.length;
  for (const [key, { data, shape }] of await readAll(path)) {
    const suffix = /\[.*\]$/.exec(key)?.[0] ?? '';
    const values = weights.get(key.slice(0, key.length - suffix.length));
    expect(values, key).toBeDefined();
    if (!values) continue;
    const columns = suffix === '[:,::8]' ? values.length / (shape[0] ?? 1) : (shape[1] ?? 1);
    const mine = kept(values, suffix, columns);
    expect(mine).toHaveLength(data.length);
    // Adam divides by the root of tiny second moments, so single entries may go the other way by one learning rate
    const off = mine.reduce((count, value, i) => count + (Math.abs(value - (data[i] ?? 0)) > tolerance ? 1 : 0), 0);
    expect(off / data.length, `${key}: share of entries off by more than ${tolerance}`).toBeLessThanOrEqual(1e-3);
  }
}
