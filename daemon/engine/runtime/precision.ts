// What a run computes in, by device and by what the recipe asks for. Weights that are trained are float32 everywhere.
import type { Device } from './devices.ts';

export interface PrecisionRequest {
  readonly bf16: boolean;
  readonly fp16: boolean;
  readonly pureBf16: boolean;
}

export interface Precision {
  readonly compute: 'float32';
  /** What the recipe asks for and does not get, in one sentence. */
  readonly warning: string | undefined;
}

/**
 * float32 on every device: processors have no fast half-precision products, and on accelerators the engine's gradients are
 * proved in float32 only. A recipe that asks for less is told, and trains to the same numbers, more exactly.
 */
export function choosePrecision(device: Device, { bf16, fp16, pureBf16 }: PrecisionRequest): Precision {
  const asked = pureBf16 ? 'pure_bf16' : bf16 ? 'bf16' : fp16 ? 'fp16' : undefined;
  const why =
    device === 'cpu'
      ? 'without an accelerator everything is computed in float32'
      : `on ${device} Anneal computes in float32`;
  return { compute: 'float32', warning: asked && `${asked} has no effect here: ${why}.` };
}
