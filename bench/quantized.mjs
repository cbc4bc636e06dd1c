// Quantised bases against float32, in one run: --what speed (tokens/s and memory, with the peer where --peer names its
// command), quality (held-out losses every 20 steps), large (a llama of 1.1 billion random weights at 1 × 1024 tokens).
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from './measure.mjs';
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

/** Questions about the sections of the READMEs of installed packages, in the order of their names. */
function readmeRows(count) {
  const root = resolve('node_modules');
  const folders = readdirSync(root).sort().flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(root, name)).sort().map((inner) => `${name}/${inner}`) : name,
  ); // prettier-ignore
  const rows = [];
  for (const name of folders) {
    const file = join(root, name, 'README.md');
    if (name.startsWith('.') || !existsSync(file)) continue;
    const sections = readFileSync(file, 'utf8').split(/^#+ /m).slice(1, 4);
    for (const section of sections) {
      const [title = '', ...lines] = section.split('\n');
      const text = lines.join('\n').replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/<[^>]+>/g, '').trim(); // prettier-ignore
      if (text.length < 120) continue;
      rows.push({
        instruction: `What does ${name} say about "${title.trim()}"?`,
        input: '',
        output: text.slice(0, 600),
      });
    }
  }
  if (rows.length < count)
    throw new Error(`only ${rows.length} rows of ${count} can be made of the installed packages`);
  // neighbours in the list are of one package: take them from all over it
  return Array.from({ length: count }, (_, i) => rows[(i * 7919) % rows.length]);
}

/** Held-out losses of LoRA over every kind of base, on the same rows in the same order. */
async function quality({ model, steps, only, template }) {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-quality-'));
  const rows = readmeRows(360);
  writeFileSync(join(folder, 'train.json'), JSON.stringify(rows.slice(0, 300)));
  writeFileSync(join(folder, 'held.json'), JSON.stringify(rows.slice(300)));
  const info = { train: { file_name: 'train.json' }, held: { file_name: 'held.json' } };
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify(info));
  const report = {
    benchmark: 'quantized',
    what: 'quality',
    steps: Number(steps),
    curves: {},
    final: {},
    replanned: {},
  };
  for (const [kind, extra] of Object.entries(kinds)) {
    if (only && !only.split(',').includes(kind)) continue;
    const keys = {
      model_name_or_path: model, stage: 'sft', do_train: true, finetuning_type: 'lora', lora_rank: 8, lora_target: 'all',
      template, dataset_dir: folder, dataset: 'train', eval_dataset: 'held', cutoff_len: 192,
      per_device_train_batch_size: 2, per_device_eval_batch_size: 4, learning_rate: 2e-4, max_steps: Number(steps),
      lr_scheduler_type: 'cosine', logging_steps: 20, eval_strategy: 'steps', eval_steps: 20, save_strategy: 'no',
      report_to: 'none', output_dir: join(folder, kind), overwrite_output_dir: true, seed: 7, ...extra,
    }; // prettier-ignore
    const file = join(folder, `${kind}.yaml`);
    writeFileSync(file, Object.entries(keys).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('')); // prettier-ignore
    const result = await measure(process.execPath, [resolve('dist/cli.js'), 'train', file]);
    if (result.status !== 0) throw new Error(result.output.slice(-3000));
    const state = JSON.parse(readFileSync(join(folder, kind, 'trainer_state.json'), 'utf8'));
    report.curves[kind] = state.log_history.flatMap(({ eval_loss: loss }) => loss ?? []);
    report.final[kind] = report.curves[kind].at(-1);
    console.log(`${kind.padEnd(8)} ${report.curves[kind].map((loss) => loss.toFixed(4)).join(' ')}`);
  }
  for (const kind of ['int8', 'nf4'])
    if (report.final[kind] && report.final.float32)
      report[`${kind}Difference`] = report.final[kind] - report.final.float32;
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
      template: { type: 'string', default: 'chatml' },
    },
  });
  if (values.what === 'large') return large({ ...values, steps: values.steps ?? '3' });
  if (!values.model) throw new Error('--model FOLDER is needed: a Hugging Face folder with safetensors');
  const model = resolve(values.model);
  if (values.what === 'quality') return quality({ ...values, model, steps: values.steps ?? '200' });
  return speed({ ...values, model, steps: values.steps ?? '6' });
}
