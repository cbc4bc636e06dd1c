// Held-out losses of LoRA over a base in float32, 8 and 4 bits: the same rows in the same order, one curve each.
// --model FOLDER: a real model; or --pretrain TOKENIZER_FOLDER: a small qwen3 that is first trained from nothing on the same
// kind of text. --data FILE: rows as alpaca has them; without it, questions about the READMEs of installed packages.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from './measure.mjs';

const kinds = { float32: {}, int8: { quantization_bit: 8 }, nf4: { quantization_bit: 4 } };

const HELD = 60;
const TRAINED = 300;

/** Questions about the sections of the READMEs of installed packages, in the order of their names. */
function readmeRows() {
  const root = resolve('node_modules');
  const folders = readdirSync(root).sort().flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(root, name)).sort().map((inner) => `${name}/${inner}`) : name,
  ); // prettier-ignore
  const rows = [];
  for (const name of folders) {
    const file = join(root, name, 'README.md');
    if (name.startsWith('.') || !existsSync(file)) continue;
    for (const section of readFileSync(file, 'utf8').split(/^#+ /m).slice(1, 4)) {
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
  return rows;
}

/** Rows from all over the list, and what is left of it: neighbours are often alike. */
function chooseRows(all) {
  if (all.length < TRAINED + HELD) throw new Error(`${TRAINED + HELD} rows are needed, there are ${all.length}`);
  const order = all.map((_, i) => (i * 7919) % all.length);
  const chosen = [...new Set(order)].map((i) => all[i]);
  return { held: chosen.slice(0, HELD), train: chosen.slice(HELD, HELD + TRAINED), rest: chosen.slice(HELD) };
}

function writeRecipe(folder, name, keys) {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, Object.entries(keys).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('')); // prettier-ignore
  return file;
}

async function train(file, overrides) {
  const result = await measure(process.execPath, [resolve('dist/cli.js'), 'train', file, ...overrides]);
  if (result.status !== 0) throw new Error(result.output.slice(-3000));
}

/** A qwen3 of six layers with the tokenizer of another model, trained from nothing on all rows that are not held out. */
async function pretrain(folder, tokenizer, steps, threads) {
  const start = join(folder, 'qwen3');
  mkdirSync(start);
  for (const name of readdirSync(tokenizer)) {
    if (/token|merges|vocab/.test(name)) copyFileSync(join(tokenizer, name), join(start, name));
  }
  const { vocab_size: vocabulary, bos_token_id: bos, eos_token_id: eos } = JSON.parse(readFileSync(join(tokenizer, 'config.json'), 'utf8')); // prettier-ignore
  const config = {
    architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', hidden_size: 256, intermediate_size: 768, num_hidden_layers: 6,
    num_attention_heads: 8, num_key_value_heads: 4, head_dim: 32, vocab_size: vocabulary, max_position_embeddings: 2048,
    rms_norm_eps: 1e-6, rope_theta: 10000, hidden_act: 'silu', tie_word_embeddings: true, initializer_range: 0.02,
    attention_bias: false, torch_dtype: 'float32', bos_token_id: bos, eos_token_id: eos,
  }; // prettier-ignore
  writeFileSync(join(start, 'config.json'), JSON.stringify(config, null, 2));
  const file = writeRecipe(folder, 'pretrain', {
    model_name_or_path: start, stage: 'pt', do_train: true, finetuning_type: 'full', train_from_scratch: true,
    dataset_dir: folder, dataset: 'rest', cutoff_len: 128, packing: true, per_device_train_batch_size: 8, learning_rate: 2e-3,
    max_steps: steps, lr_scheduler_type: 'cosine', warmup_ratio: 0.1, logging_steps: 20, save_strategy: 'no', report_to: 'none',
    output_dir: join(folder, 'pretrained'), overwrite_output_dir: true, seed: 7,
  }); // prettier-ignore
  await train(file, threads);
  return join(folder, 'pretrained');
}

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: 'string' },
      pretrain: { type: 'string' },
      'pretrain-steps': { type: 'string', default: '400' },
      data: { type: 'string' },
      steps: { type: 'string', default: '200' },
      every: { type: 'string', default: '25' },
      template: { type: 'string', default: 'chatml' },
      only: { type: 'string' },
      threads: { type: 'string' },
      csv: { type: 'string' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'anneal-quality-'));
  const rows = chooseRows(values.data ? JSON.parse(readFileSync(values.data, 'utf8')) : readmeRows());
  const info = {};
  for (const [name, part] of Object.entries(rows)) {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(part));
    info[name] = { file_name: `${name}.json` };
  }
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify(info));
  const threads = values.threads ? [`anneal_threads=${values.threads}`] : [];
  const model = values.pretrain
    ? await pretrain(folder, resolve(values.pretrain), Number(values['pretrain-steps']), threads)
    : values.model && resolve(values.model);
  if (!model) throw new Error('--model FOLDER or --pretrain TOKENIZER_FOLDER is needed');
  const curves = {};
  const only = values.only?.split(',') ?? Object.keys(kinds);
  for (const kind of only) {
    const file = writeRecipe(folder, kind, {
      model_name_or_path: model, stage: 'sft', do_train: true, finetuning_type: 'lora', lora_rank: 8, lora_target: 'all',
      template: values.template, dataset_dir: folder, dataset: 'train', eval_dataset: 'held', cutoff_len: 192,
      per_device_train_batch_size: 2, per_device_eval_batch_size: 4, learning_rate: 2e-4, max_steps: Number(values.steps),
      lr_scheduler_type: 'cosine', logging_steps: 10, eval_strategy: 'steps', eval_steps: Number(values.every), eval_on_start: true,
      save_strategy: 'no', report_to: 'none', output_dir: join(folder, `run-${kind}`), overwrite_output_dir: true, seed: 7,
      ...kinds[kind],
    }); // prettier-ignore
    await train(file, threads);
    const state = JSON.parse(readFileSync(join(folder, `run-${kind}`, 'trainer_state.json'), 'utf8'));
    curves[kind] = state.log_history.flatMap(({ step, eval_loss: loss }) =>
      loss === undefined ? [] : [{ step, loss }],
    );
    console.log(`${kind.padEnd(8)} ${curves[kind].map(({ loss }) => loss.toFixed(4)).join(' ')}`);
  }
  const [first = []] = Object.values(curves);
  const table = [['step', ...only], ...first.map(({ step }, i) => [step, ...only.map((kind) => curves[kind][i].loss.toFixed(5))])]; // prettier-ignore
  if (values.csv) writeFileSync(values.csv, table.map((line) => `${line.join()}\n`).join(''));
  const final = Object.fromEntries(only.map((kind) => [kind, curves[kind].at(-1)?.loss]));
  const differences = Object.fromEntries(only.filter((kind) => kind !== 'float32').map((kind) => [kind, final[kind] - final.float32])); // prettier-ignore
  return {
    benchmark: 'quantized-quality',
    model: values.pretrain ? 'qwen3, pre-trained here' : model,
    final,
    differences,
  };
}
