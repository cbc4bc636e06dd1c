// Parity on real weights: the same recipe here and in LLaMA-Factory (float32, same start, same order); the losses of every
// step are compared, and what was trained here is loaded by PEFT or transformers, whose greedy answers and logits must be
// the engine's own.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Tokenizer } from '../daemon/data/tokenizer/tokenizer.ts';
import { Generator } from '../daemon/engine/generate/greedy.ts';
import { emptyAdapter } from '../daemon/engine/model/parameters.ts';
import { loadModel } from '../daemon/engine/model/load.ts';
import { resumeAdapter } from '../daemon/engine/model/trained-part.ts';
import { measure } from './measure.mjs';

const startAdapter = `
import sys, torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM
torch.manual_seed(0)
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32)
targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=targets, task_type="CAUSAL_LM")).save_pretrained(sys.argv[2])
`;

/** Greedy ids and the two largest logits of each step, from what Python's libraries load. */
const answers = `
import json, sys, torch
from transformers import AutoModelForCausalLM
base, trained, prompts, count = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), int(sys.argv[4])
model = AutoModelForCausalLM.from_pretrained(base or trained, dtype=torch.float32)
if base:
    from peft import PeftModel
    model = PeftModel.from_pretrained(model, trained)
model.eval()
out = []
for ids in prompts:
    steps = []
    with torch.no_grad():
        for _ in range(count):
            top = torch.topk(model(torch.tensor([ids])).logits[0, -1].double(), 2)
            steps.append([top.indices[0].item(), *top.values.tolist()])
            ids = ids + [top.indices[0].item()]
    out.append(steps)
print("ANSWERS" + json.dumps(out))
`;

const ANSWER_TOKENS = 24;

function recipe({ model, folder, method, steps, adapter, out }) {
  const keys = {
    model_name_or_path: model,
    ...(adapter ? { adapter_name_or_path: adapter } : {}),
    stage: 'sft',
    do_train: true,
    finetuning_type: method,
    ...(method === 'lora' ? { lora_rank: 8, lora_target: 'all' } : {}),
    ...(method === 'freeze' ? { freeze_trainable_layers: 2 } : {}),
    template: 'chatml',
    dataset_dir: folder,
    dataset: 'rows',
    cutoff_len: 256,
    per_device_train_batch_size: 2,
    gradient_accumulation_steps: 2,
    learning_rate: method === 'lora' ? 1e-4 : 1e-5,
    max_steps: steps,
    lr_scheduler_type: 'cosine',
    warmup_steps: 5,
    logging_steps: 1,
    save_strategy: 'no',
    report_to: 'none',
    disable_shuffling: true,
    output_dir: join(folder, out),
    overwrite_output_dir: true,
  };
  const file = join(folder, `${out}.yaml`);
  writeFileSync(file, Object.entries(keys).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('')); // prettier-ignore
  return { file, output: join(folder, out) };
}

function python(command, code, args) {
  const { status, stdout, stderr } = spawnSync(command, ['-c', code, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr.slice(-4000));
  return stdout;
}

const lossesOf = (output) =>
  JSON.parse(readFileSync(join(output, 'trainer_state.json'), 'utf8')).log_history.flatMap(({ loss }) => loss ?? []);

const largestDifference = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));

/** The engine's own answers: [id, largest logit, second largest] a step. */
async function ownAnswers(base, trained, prompts) {
  const none = { normal: () => undefined, uniform: () => undefined };
  const folder = base ?? trained;
  const model = await loadModel(
    { folder, trainFromScratch: false, ropeScaling: undefined, cutoffLength: 256, resizeTo: undefined },
    none,
  );
  const weights = base ? (await resumeAdapter(model, trained, 0)).weights : { base: model.base, adapter: emptyAdapter };
  const options = { device: 'cpu', threads: 0, maxNewTokens: ANSWER_TOKENS, stopIds: new Set() };
  const generator = new Generator({ ...model, weights }, options);
  const all = [];
  for (const prompt of prompts) {
    const logits = [];
    const ids = await generator.generate(prompt, (first, second) => logits.push([first, second]));
    all.push(ids.map((id, i) => [id, ...logits[i]]));
  }
  await generator.release();
  return all;
}

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: 'string' },
      peer: { type: 'string' },
      'peer-python': { type: 'string' },
      data: { type: 'string' },
      rows: { type: 'string', default: '240' },
      method: { type: 'string', default: 'lora' },
    },
  });
  const { model, peer, 'peer-python': command, data, method } = values;
  if (!model || !peer || !command || !data)
    throw new Error('--model FOLDER (float32), --peer CLI, --peer-python PYTHON and --data ALPACA_JSON are needed');
  const folder = mkdtempSync(join(tmpdir(), 'anneal-parity-'));
  mkdirSync(folder, { recursive: true });
  const rows = JSON.parse(readFileSync(data, 'utf8')).slice(0, Number(values.rows));
  writeFileSync(join(folder, 'rows.json'), JSON.stringify(rows));
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify({ rows: { file_name: 'rows.json' } }));
  const adapter = method === 'lora' ? join(folder, 'start') : undefined;
  if (adapter) python(command, startAdapter, [model, adapter]);
  const common = { model: resolve(model), folder, method, steps: Math.floor(rows.length / 4), adapter };

  const mine = recipe({ ...common, out: 'anneal' });
  const ours = await measure(process.execPath, [resolve('dist/cli.js'), 'train', mine.file]);
  if (ours.status !== 0) throw new Error(ours.output);
  const other = recipe({ ...common, out: 'peer' });
  const theirs = await measure(peer, ['train', other.file], { env: { ...process.env, DISABLE_VERSION_CHECK: '1' } });
  if (theirs.status !== 0) throw new Error(theirs.output.slice(-4000));
  const [losses, expected] = [lossesOf(mine.output), lossesOf(other.output)];

  const tokenizer = await Tokenizer.load(resolve(model));
  const prompts = [];
  for (const row of rows.slice(0, 3)) {
    const text = `<|im_start|>user\n${row.instruction}<|im_end|>\n<|im_start|>assistant\n`;
    prompts.push([...(await tokenizer.encodeAll([text]))[0]]);
  }
  const base = method === 'lora' ? resolve(model) : undefined;
  const own = await ownAnswers(base, mine.output, prompts);
  const printed = python(command, answers, [base ?? '', mine.output, JSON.stringify(prompts), String(ANSWER_TOKENS)]);
  const loaded = JSON.parse(printed.slice(printed.indexOf('ANSWERS') + 7));
  const report = {
    benchmark: 'parity',
    method,
    rows: rows.length,
    steps: losses.length,
    firstLoss: losses[0],
    lastLoss: losses.at(-1),
    largestLossDifference: largestDifference(losses, expected),
    sameGreedyIds: JSON.stringify(own.map((all) => all.map(([id]) => id))) === JSON.stringify(loaded.map((all) => all.map(([id]) => id))), // prettier-ignore
    largestLogitDifference: largestDifference(own.flat(2), loaded.flat(2)),
  };
  console.log(
    `${method}: ${report.steps} steps, losses differ by at most ${report.largestLossDifference.toExponential(1)}; loaded in Python, greedy answers are ${report.sameGreedyIds ? 'the same' : 'different'}, logits differ by at most ${report.largestLogitDifference.toExponential(1)}`,
  );
  return report;
}
