// Quantised bases against float32, in one run: --what speed (tokens/s and memory, with the peer where --peer names its
// command), large (a llama of 1.1 billion random weights at 1 × 1024 tokens). Their losses: quantized-quality.mjs.
import { copyFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeLargeModel } from './large-model.mjs';
import { run as train } from './train.mjs';

const kinds = { float32: {}, int8: { quantization_bit: 8 }, nf4: { quantization_bit: 4 } };

const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(2)} GB`;

/** Every kind on one model and shape; the peer once. */
async function speed({ model, shape, steps, peer, only }) {
  const report = { benchmark: 'quantized', what: 'speed', shape };
  for (const [kind, keys] of Object.entries(kinds)) {
    if (only && !only.split(',').includes(kind)) continue;
    const args = ['--model', model, '--shape', shape, '--steps', steps, '--keys', JSON.stringify(keys)];
    // beside the fastest, so that both see the same machine
    const result = await train(kind === 'int8' && peer ? [...args, '--peer', peer] : args);
    report[kind] = { tokensPerSecond: result.anneal.tokensPerSecond, peakBytes: result.anneal.peakBytes };
    if (result.peer) report.peer = { tokensPerSecond: result.peer.tokensPerSecond, peakBytes: result.peer.peakBytes };
  }
  const ratio = (a, b, key) => (a && b ? a[key] / b[key] : undefined);
  report.ratios = {
    int8SpeedToPeer: ratio(report.int8, report.peer, 'tokensPerSecond'),
    int8MemoryToPeer: ratio(report.int8, report.peer, 'peakBytes'),
    int8SpeedToFloat32: ratio(report.int8, report.float32, 'tokensPerSecond'),
    nf4SpeedToFloat32: ratio(report.nf4, report.float32, 'tokensPerSecond'),
    nf4MemoryToFloat32: ratio(report.nf4, report.float32, 'peakBytes'),
  };
  return report;
}

async function large({ folder, steps, only }) {
  const model = resolve(folder ?? join(tmpdir(), 'anneal-large-model'));
  mkdirSync(model, { recursive: true });
  await writeLargeModel(model);
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'])
    copyFileSync(join('examples/small-world/model', name), join(model, name));
  const report = { benchmark: 'quantized', what: 'large', shape: '1x1024' };
  for (const kind of (only ?? 'int8,nf4').split(',')) {
    const keys = JSON.stringify({ ...kinds[kind], template: 'empty' });
    const { anneal } = await train(['--model', model, '--shape', '1x1024', '--steps', steps, '--keys', keys]);
    report[kind] = { tokensPerSecond: anneal.tokensPerSecond, peakBytes: anneal.peakBytes, losses: anneal.losses };
    console.log(`${kind} peak ${gigabytes(anneal.peakBytes)}`);
  }
  return report;
}

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      what: { type: 'string', default: 'speed' },
      model: { type: 'string' },
      folder: { type: 'string' },
      peer: { type: 'string' },
      shape: { type: 'string', default: '4x128' },
      steps: { type: 'string' },
      only: { type: 'string' },
    },
  });
  if (values.what === 'large') return large({ ...values, steps: values.steps ?? '3' });
  if (!values.model) throw new Error('--model FOLDER is needed: a Hugging Face folder with safetensors');
  const model = resolve(values.model);
  return speed({ ...values, model, steps: values.steps ?? '6' });
}
