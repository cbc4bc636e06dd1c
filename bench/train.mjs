// Training speed and memory on a real model, against LLaMA-Factory in the same run where --peer names its command.
// Every row is cut at the length asked for; every token is trained, or with --responses about the second half of each row.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from './measure.mjs';

const words =
  'the river runs past an old mill where grain was ground and boats still stop when the water is high enough to carry them'.split(
    ' ',
  );

/** Rows of plain words, each longer than any shape, and none like another. */
function makeData(folder, rows, length, responses) {
  mkdirSync(folder, { recursive: true });
  let state = 1;
  const word = () => words[(state = (state * 48271) % 2147483647) % words.length];
  const text = (count) => Array.from({ length: count }, word).join(' ');
  const data = Array.from({ length: rows }, () => ({
    instruction: text(Math.floor(length / (responses ? 2 : 4))),
    input: '',
    output: text(length),
  }));
  writeFileSync(join(folder, 'rows.json'), JSON.stringify(data));
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify({ rows: { file_name: 'rows.json' } }));
}

function recipe({ model, folder, rows, length, steps, method, responses, out, extra }) {
  const keys = {
    model_name_or_path: model,
    stage: 'sft',
    do_train: true,
    finetuning_type: method,
    ...(method === 'lora' ? { lora_rank: 8, lora_target: 'all' } : {}),
    template: 'chatml',
    dataset_dir: folder,
    dataset: 'rows',
    cutoff_len: length,
    train_on_prompt: !responses,
    per_device_train_batch_size: rows,
    gradient_accumulation_steps: 1,
    learning_rate: 1e-4,
    max_steps: steps,
    lr_scheduler_type: 'constant',
    logging_steps: 1,
    save_strategy: 'no',
    report_to: 'none',
    disable_shuffling: true,
    include_num_input_tokens_seen: true,
    output_dir: join(folder, out),
    overwrite_output_dir: true,
    ...extra,
  };
  const file = join(folder, `${out}.yaml`);
  writeFileSync(file, Object.entries(keys).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('')); // prettier-ignore
  return { file, output: join(folder, out) };
}

/**
 * Both sides by the same clock: when each step's line was printed. The first step's time (start-up, first allocations) is told
 * apart from the speed of those after it.
 */
function timed({ marks, peak, seconds }, tokensPerStep, losses) {
  const [first = 0] = marks;
  const last = marks.at(-1) ?? 0;
  return {
    tokensPerSecond: (tokensPerStep * (marks.length - 1)) / (last - first),
    firstStepSeconds: first,
    peakBytes: peak,
    wallSeconds: seconds,
    losses,
  };
}

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const lossesOf = (output) => readJson(join(output, 'trainer_state.json')).log_history.flatMap(({ loss }) => loss ?? []);

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: 'string' },
      'peer-model': { type: 'string' },
      peer: { type: 'string' },
      shape: { type: 'string', default: '4x128' },
      method: { type: 'string', default: 'lora' },
      steps: { type: 'string', default: '6' },
      responses: { type: 'boolean', default: false },
      'peer-keys': { type: 'string', default: '{}' },
      keys: { type: 'string', default: '{}' },
    },
  });
  if (!values.model) throw new Error('--model FOLDER is needed: a Hugging Face folder with safetensors');
  const [rows, length] = values.shape.split('x').map(Number);
  const steps = Number(values.steps);
  const folder = mkdtempSync(join(tmpdir(), 'anneal-bench-'));
  makeData(folder, rows * steps, length, values.responses);
  const common = { folder, rows, length, steps, method: values.method, responses: values.responses };
  const mine = recipe({ ...common, model: resolve(values.model), out: 'anneal', extra: JSON.parse(values.keys) });
  const measured = await measure(process.execPath, [resolve('dist/cli.js'), 'train', mine.file, '--json'], {
    mark: /"type":"step"/g,
  });
  if (measured.status !== 0) throw new Error(measured.output);
  const anneal = timed(measured, rows * length, lossesOf(mine.output));
  const { shape, method, responses } = values;
  const report = { benchmark: 'train', shape, method, responses, steps, anneal };
  if (values.peer) {
    const peerModel = resolve(values['peer-model'] ?? values.model);
    const other = recipe({ ...common, model: peerModel, out: 'peer', extra: JSON.parse(values['peer-keys']) });
    const peerRun = await measure(values.peer, ['train', other.file], {
      env: { ...process.env, DISABLE_VERSION_CHECK: '1', PYTHONUNBUFFERED: '1' },
      mark: /'loss': /g,
    });
    if (peerRun.status !== 0) throw new Error(peerRun.output.slice(-4000));
    const peer = timed(peerRun, rows * length, lossesOf(other.output));
    Object.assign(report, {
      peer,
      speedRatio: anneal.tokensPerSecond / peer.tokensPerSecond,
      memoryRatio: anneal.peakBytes / peer.peakBytes,
    });
  }
  for (const [who, result] of Object.entries({ anneal, peer: report.peer })) {
    if (result)
      console.log(
        `${who.padEnd(7)} ${values.method} ${values.shape}: ${result.tokensPerSecond.toFixed(1)} tokens/s, peak ${(result.peakBytes / 1e9).toFixed(2)} GB, first step after ${result.firstStepSeconds.toFixed(1)} s`,
      );
  }
  return report;
}
