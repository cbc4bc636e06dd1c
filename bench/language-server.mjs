// npm run bench -- language-server: the built language server as an editor uses it, over stdio. Start, completion and hover,
// findings after a keystroke in a recipe of 300 lines with 20 data sets, memory with 100 recipes open.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';

const server = new URL('../dist/language-server.js', import.meta.url).pathname;
const DATASETS = 20;
const LINES = 300;
const ROUNDS = 400;

/** A workspace: 20 data sets of 1,000 rows, a model folder, and a recipe that names all of them. */
function makeWorkspace() {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-bench-'));
  const write = (path, text) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const info = {};
  for (let set = 0; set < DATASETS; set++) {
    const rows = Array.from({ length: 1000 }, (_, row) =>
      JSON.stringify({
        instruction: `Question ${row} of set ${set}`,
        input: '',
        output: `Answer ${row}: ${'word '.repeat(40)}`,
      }),
    );
    write(`data/set_${set}.jsonl`, `${rows.join('\n')}\n`);
    info[`set_${set}`] = { file_name: `set_${set}.jsonl` };
  }
  write('data/dataset_info.json', JSON.stringify(info, null, 2));
  write(
    'models/tiny/config.json',
    JSON.stringify({ model_type: 'llama', hidden_size: 64, num_hidden_layers: 2, max_position_embeddings: 2048 }),
  );
  const lines = recipeLines();
  write('recipe.yaml', lines.join('\n'));
  return { folder, text: lines.join('\n') };
}

function recipeLines() {
  const keys = {
    model_name_or_path: 'models/tiny',
    stage: 'sft',
    do_train: 'true',
    finetuning_type: 'lora',
    lora_rank: 16,
    lora_alpha: 32,
    lora_target: 'all',
    template: 'llama3',
    cutoff_len: 2048,
    max_samples: 1000,
    overwrite_cache: 'true',
    preprocessing_num_workers: 4,
    output_dir: 'saves/bench',
    logging_steps: 10,
    save_steps: 500,
    plot_loss: 'true',
    per_device_train_batch_size: 2,
    gradient_accumulation_steps: 8,
    learning_rate: '1.0e-4',
    num_train_epochs: '3.0',
    lr_scheduler_type: 'cosine',
    warmup_steps: 0.1,
    bf16: 'true',
    val_size: 0.1,
    per_device_eval_batch_size: 1,
    eval_strategy: 'steps',
    eval_steps: 500,
    weight_decay: 0.01,
    max_grad_norm: '1.0',
    seed: 42,
    adam_beta1: 0.9,
    adam_beta2: 0.999,
    report_to: 'none',
    save_total_limit: 3,
    packing: 'false',
  };
  const lines = ['### one recipe'];
  for (const [key, value] of Object.entries(keys)) lines.push(`${key}: ${value} # why ${key} is what it is`);
  lines.push('dataset:', ...Array.from({ length: DATASETS }, (_, set) => `  - set_${set}`));
  while (lines.length < LINES - 1) lines.push(`# note ${lines.length}: what was tried before, and what came of it`);
  return [...lines, 'lora_dropout: 0.05'];
}

class Client {
  static async start(folder, locale = 'en') {
    const began = performance.now();
    const child = spawn(process.execPath, [server, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    connection.listen();
    const uri = pathToFileURL(folder).href;
    await connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: uri,
      workspaceFolders: [{ uri, name: 'bench' }],
      locale,
      capabilities: { textDocument: { completion: { completionItem: { snippetSupport: true } } } },
    });
    const startMs = performance.now() - began;
    await connection.sendNotification('initialized', {});
    return Object.assign(new Client(), { child, connection, folder, startMs, version: 0 });
  }

  async open(path, text) {
    const uri = pathToFileURL(join(this.folder, path)).href;
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'yaml', version: ++this.version, text },
    });
    return uri;
  }

  change(uri, range, text) {
    return this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: ++this.version },
      contentChanges: [{ range, text }],
    });
  }

  async stop() {
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    this.connection.end();
  }
}

const quantile = (times, share) =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))];

/** Milliseconds at the median, the 95th percentile and the slowest. */
async function time(rounds, work) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await work(round);
    times.push(performance.now() - began);
  }
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), max: Math.max(...times) };
}

/** Resident size in bytes of a process, and the highest it had. */
function residentSize(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const size = (name) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024;
  return { now: size('VmRSS'), peak: size('VmHWM') };
}

/** The middle of several starts; the first one finds the file cold. */
async function measureStart(folder) {
  const times = [];
  for (let round = 0; round < 7; round++) {
    const client = await Client.start(folder, round % 2 ? 'zh-cn' : 'en');
    times.push(client.startMs);
    await client.stop();
  }
  return { first: times[0], p50: quantile(times, 0.5), max: Math.max(...times) };
}

async function measureTyping(folder, text) {
  const client = await Client.start(folder);
  const uri = await client.open('recipe.yaml', text);
  const lines = text.split('\n');
  const last = { line: lines.length - 1, character: lines.at(-1).length };
  await client.connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } });
  const diagnostics = await time(ROUNDS, async (round) => {
    // a digit is typed and taken back
    const end = { ...last, character: last.character + 1 };
    if (round % 2 === 0) await client.change(uri, { start: last, end: last }, '1');
    else await client.change(uri, { start: last, end }, '');
    await client.connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } });
  });
  const places = lines.flatMap((line, index) =>
    /^[a-z]/.test(line) || line.startsWith('  - ')
      ? [
          { line: index, character: Math.min(4, line.length) },
          { line: index, character: line.includes(':') ? line.indexOf(':') + 2 : line.length },
        ]
      : [],
  );
  const typed = async (round) => {
    // the text changes in front of each request, as it does while one types
    const end = { ...last, character: last.character + 1 };
    if (round % 2 === 0) await client.change(uri, { start: last, end: last }, '1');
    else await client.change(uri, { start: last, end }, '');
    return places[round % places.length];
  };
  const completion = await time(ROUNDS, async (round) =>
    client.connection.sendRequest('textDocument/completion', { textDocument: { uri }, position: await typed(round) }),
  );
  const hover = await time(ROUNDS, async (round) =>
    client.connection.sendRequest('textDocument/hover', { textDocument: { uri }, position: await typed(round) }),
  );
  await client.stop();
  return { diagnostics, completion, hover };
}

async function measureMemory(folder, text) {
  const client = await Client.start(folder);
  const empty = residentSize(client.child.pid).now;
  for (let index = 0; index < 100; index++) {
    const uri = await client.open(`recipe-${index}.yaml`, text.replace('saves/bench', `saves/bench-${index}`));
    const textDocument = { uri };
    await client.connection.sendRequest('textDocument/diagnostic', { textDocument });
    await client.connection.sendRequest('textDocument/codeLens', { textDocument });
    await client.connection.sendRequest('textDocument/inlayHint', {
      textDocument,
      range: { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } },
    });
  }
  const { now, peak } = residentSize(client.child.pid);
  await client.stop();
  return { empty, open100: now, peak };
}

export async function run() {
  const { folder, text } = makeWorkspace();
  try {
    const start = await measureStart(folder);
    const typing = await measureTyping(folder, text);
    const memory = await measureMemory(folder, text);
    const ms = (value) => `${value.toFixed(1)} ms`;
    const mb = (value) => `${(value / 1e6).toFixed(0)} MB`;
    console.log(`start: first ${ms(start.first)}, median ${ms(start.p50)} (budget 300 ms)`);
    for (const [name, { p50, p95, max }] of Object.entries(typing))
      console.log(
        `${name}: median ${ms(p50)}, p95 ${ms(p95)}, slowest ${ms(max)} (budget ${name === 'diagnostics' ? 100 : 20} ms)`,
      );
    console.log(
      `memory: ${mb(memory.empty)} at the start, ${mb(memory.open100)} with 100 recipes open, peak ${mb(memory.peak)} (budget 150 MB)`,
    );
    return { lines: LINES, datasets: DATASETS, startMs: start, ...typing, memoryBytes: memory };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
