// Runs one training step of a golden model on WebGPU with profiling on and prints, as JSON, how often each operator ran on
// which provider. A process of its own: the Vulkan device comes by the environment.
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeOnnx } from '../../daemon/engine/graph/onnx/write.ts';
import { sizeOf, type Tensor } from '../../daemon/engine/graph/tensor.ts';
import { loadModel } from '../../daemon/engine/model/load.ts';
import { trainAll } from '../../daemon/engine/model/trained-part.ts';
import { Session, type Feed } from '../../daemon/engine/runtime/session.ts';
import { buildStep } from '../../daemon/engine/train/step-graph.ts';
import { rotaryHalf } from '../../daemon/engine/train/step-shape.ts';

const folder = process.argv[2] ?? '';
const noRandom = { normal: (): void => undefined, uniform: (): void => undefined };
const model = await loadModel(
  { folder, trainFromScratch: false, ropeScaling: undefined, cutoffLength: 0, resizeTo: undefined },
  noRandom,
);
const { weights, trainable } = trainAll(model);
const shape = { rows: 1, length: 24, targets: 16, ownPositions: true, segments: true };
const step = buildStep(model.spec, weights, trainable, rotaryHalf(model.config), shape, {
  dropout: false, embeddingNoise: true, accumulate: true, attentionBlock: 16, lossChunk: 8, activationBudget: 0,
}); // prettier-ignore
const filled = ({ dtype, shape: size }: Tensor): Feed => {
  const count = sizeOf(size);
  return { dtype, shape: size, data: dtype === 'float32' ? new Float32Array(count).fill(0.1) : new Int32Array(count) };
};
const prefix = join(mkdtempSync(join(tmpdir(), 'anneal-profile-')), 'step');
const session = await Session.create(writeOnnx(step.graph, 'webgpu'), { device: 'webgpu', profile: prefix });
await session.run(
  Object.fromEntries(
    step.graph.inputs.map((input) => [input.name ?? '', step.used.get(input.name ?? '') ?? filled(input)]),
  ),
);
await session.release();

interface ProfileEvent {
  readonly cat: string;
  readonly args?: { readonly provider?: string; readonly op_name?: string };
}

const file = readdirSync(join(prefix, '..')).find((name) => name.startsWith('step'));
const events = JSON.parse(readFileSync(join(prefix, '..', file ?? ''), 'utf8')) as ProfileEvent[];
const counts: Record<string, Record<string, number>> = {};
for (const { cat, args } of events) {
  if (cat !== 'Node' || !args?.provider || !args.op_name) continue;
  const provider = (counts[args.provider] ??= {});
  provider[args.op_name] = (provider[args.op_name] ?? 0) + 1;
}
process.stdout.write(JSON.stringify(counts));
