// The daemon: its memory when idle, how fast a thousand runs are listed, how soon an event of a real run reaches its
// subscribers (one, and two hundred), and whether the engine is as fast in it as under the bare command line.
// npm run bench -- daemon [--only idle,list,events,engine] [--rounds 3]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('..', import.meta.url));
const cli = join(repository, 'dist/cli.js');
const smallWorld = join(repository, 'examples/small-world');
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const quantile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];
const rounded = (value, digits = 1) => Number(value.toFixed(digits));

class Daemon {
  constructor() {
    this.home = mkdtempSync(join(tmpdir(), 'anneal-bench-'));
  }

  anneal(args) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd: smallWorld, encoding: 'utf8', env: { ...process.env, ANNEAL_HOME: this.home } }); // prettier-ignore
    if (status !== 0) throw new Error(`anneal ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  start() {
    const { pid, port } = JSON.parse(this.anneal(['daemon', 'start', '--json']));
    this.pid = pid;
    this.port = port;
    this.token = readFileSync(join(this.home, 'token'), 'utf8').trim();
  }

  end() {
    this.anneal(['daemon', 'stop']);
    rmSync(this.home, { recursive: true, force: true });
  }

  request(path, onResponse) {
    return get({ host: '127.0.0.1', port: this.port, path, agent: false, headers: { authorization: `Bearer ${this.token}` } }, onResponse); // prettier-ignore
  }

  fetch(path) {
    return new Promise((resolve, reject) => {
      this.request(path, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve(text));
      }).on('error', reject);
    });
  }

  detach(args) {
    return JSON.parse(this.anneal(['train', 'captain.yaml', ...args, '--detach', '--json'])).id;
  }

  events(id) {
    return readFileSync(join(this.home, 'runs', id, 'events.jsonl'), 'utf8').trim().split('\n').map(JSON.parse); // prettier-ignore
  }

  /** Resident memory in bytes; Linux only. */
  memory() {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]) * 1024;
  }
}

async function idle() {
  const daemon = new Daemon();
  daemon.start();
  await sleep(3000);
  const megabytes = daemon.memory() / 1e6;
  daemon.end();
  return { idleMegabytes: rounded(megabytes), budget: 90 };
}

async function list() {
  const daemon = new Daemon();
  const total = 1000;
  for (let i = 0; i < total; i++) {
    const id = `run-${i}`;
    const folder = join(daemon.home, 'runs', id);
    mkdirSync(folder, { recursive: true });
    const progress = {
      step: 1000, totalSteps: 1000, epoch: 3, epochs: 3, phase: '', loss: 1.234567, learningRate: 1e-5, tokensPerSecond: null, totalTokens: 123456,
      remainingSeconds: null, peakMemory: 2e9, scores: { eval_loss: 1.2345, eval_accuracy: 0.5 }, bestCheckpoint: 800,
      totals: { train_loss: 1.5, train_runtime: 1000, epoch: 3 }, warnings: 0, seq: 1100,
    }; // prettier-ignore
    const record = {
      version: 1, id, name: id, source: 'anneal', state: 'done', recipeFile: `/projects/recipes/${id}.yaml`, overrides: [], workingDirectory: '/projects',
      outputDir: `/projects/output/${id}`, stage: 'sft', finetuningType: 'lora', device: 'cpu', tags: ['sweep'], notes: 'n'.repeat(100), clonedFrom: null,
      created: i, started: i, ended: i + 1, attempts: 1, rank: null, resumeFrom: null, startedAfter: 0, killed: false, failure: null, progress,
    }; // prettier-ignore
    writeFileSync(join(folder, 'record.json'), JSON.stringify(record));
  }
  const began = performance.now();
  daemon.start();
  const startMilliseconds = performance.now() - began;
  const times = [];
  for (let i = 0; i < 40; i++) {
    const from = performance.now();
    const { runs } = JSON.parse(await daemon.fetch('/v1/runs'));
    times.push(performance.now() - from);
    if (runs.length !== total) throw new Error(`${runs.length} runs were listed`);
  }
  const megabytes = daemon.memory() / 1e6;
  daemon.end();
  return {
    runs: total,
    firstMilliseconds: rounded(times[0]),
    medianMilliseconds: rounded(quantile(times, 0.5)),
    p95Milliseconds: rounded(quantile(times, 0.95)),
    budget: 50,
    startMilliseconds: rounded(startMilliseconds),
    memoryMegabytes: rounded(megabytes),
  };
}

/** Milliseconds from the worker's write to the subscriber, of all events but the backlog. */
async function latencies(daemon, subscribers) {
  const output = mkdtempSync(join(tmpdir(), 'anneal-bench-out-'));
  const id = daemon.detach([`output_dir=${output}`, 'max_steps=60', "save_strategy='no'"]);
  const found = [];
  const began = Date.now();
  const listeners = Array.from({ length: subscribers }, () => {
    const seen = { count: 0, ended: false };
    seen.request = daemon.request(`/v1/runs/${id}/events`, (response) => {
      response.setEncoding('utf8');
      let rest = '';
      response.on('data', (chunk) => {
        const now = Date.now();
        const messages = (rest + chunk).split('\n\n');
        rest = messages.pop();
        for (const message of messages) {
          if (!message.includes('event: record')) continue;
          const time = Number(/"time":(\d+)/.exec(message)[1]);
          seen.count += 1;
          if (time > began + 500) found.push(now - time);
          if (message.includes('"type":"end"')) seen.ended = true;
        }
      });
      response.on('error', () => undefined);
    });
    seen.request.on('error', () => undefined);
    return seen;
  });
  while (!listeners.every(({ ended }) => ended)) await sleep(50);
  const total = daemon.events(id).length;
  const lost = listeners.filter(({ count }) => count !== total).length;
  for (const { request } of listeners) request.destroy();
  rmSync(output, { recursive: true, force: true });
  return { subscribers, events: found.length, p50Milliseconds: quantile(found, 0.5), p95Milliseconds: quantile(found, 0.95), maxMilliseconds: quantile(found, 1), subscribersThatMissedAny: lost, daemonMegabytes: rounded(daemon.memory() / 1e6) }; // prettier-ignore
}

async function events() {
  const daemon = new Daemon();
  daemon.start();
  const result = { one: await latencies(daemon, 1), twoHundred: await latencies(daemon, 200), budget: 100 };
  daemon.end();
  return result;
}

const total = (values) => values.reduce((sum, value) => sum + value, 0);

/** Steps with the time at which each ended; not the first three, which make and warm the sessions. */
const stepsIn = (output) =>
  readFileSync(join(output, 'events.jsonl'), 'utf8').trim().split('\n').map(JSON.parse).filter(({ event }) => event.type === 'step' && event.step > 3); // prettier-ignore

/** Seconds of the steps that began and ended while both runs were at their steps. */
function together(both) {
  const from = Math.max(...both.map(([first]) => first.time));
  const to = Math.min(...both.map((steps) => steps.at(-1).time));
  return both.map((steps) =>
    steps
      .filter(({ time, event }) => time - event.seconds * 1000 >= from && time <= to)
      .map(({ event }) => event.seconds),
  );
}

/** Both at the same time with a thread each, so that whatever else the machine does slows both alike; each begins as often. */
async function engine(rounds) {
  const daemon = new Daemon();
  daemon.start();
  const seconds = [[], []];
  const ratios = [];
  for (let round = 0; round < rounds; round++) {
    const outputs = ['bare', 'daemon'].map(() => mkdtempSync(join(tmpdir(), 'anneal-bench-out-')));
    const args = (output) => [`output_dir=${output}`, "save_strategy='no'", 'plot_loss=false', 'anneal_threads=1', 'num_train_epochs=12']; // prettier-ignore
    const bare = () => new Promise((resolve) => spawn(process.execPath, [cli, 'train', 'captain.yaml', ...args(outputs[0])], { cwd: smallWorld, stdio: 'ignore' }).on('exit', resolve)); // prettier-ignore
    const first = round % 2 === 0 ? bare() : undefined;
    const id = daemon.detach(args(outputs[1]));
    await (first ?? bare());
    const log = join(daemon.home, 'runs', id, 'events.jsonl');
    while (!(existsSync(log) && readFileSync(log, 'utf8').includes('"type":"end"'))) await sleep(100);
    const found = together(outputs.map(stepsIn));
    for (const [i, one] of found.entries()) seconds[i].push(...one);
    ratios.push(quantile(found[0], 0.5) / quantile(found[1], 0.5));
    for (const output of outputs) rmSync(output, { recursive: true, force: true });
  }
  daemon.end();
  const mean = (values) => total(values) / values.length;
  return {
    rounds,
    steps: seconds.map((one) => one.length),
    /** Speed in the daemon against that of the bare command line: medians of each round, medians and means over all. */
    roundRatios: ratios.map((ratio) => rounded(ratio, 3)),
    medianRatio: rounded(quantile(seconds[0], 0.5) / quantile(seconds[1], 0.5), 3),
    meanRatio: rounded(mean(seconds[0]) / mean(seconds[1]), 3),
    budget: 0.98,
  };
}

const parts = { idle, list, events, engine };

export async function run(args) {
  const option = (name, fallback) => (args.includes(name) ? args[args.indexOf(name) + 1] : fallback);
  const rounds = Number(option('--rounds', '3'));
  const result = {};
  for (const name of option('--only', Object.keys(parts).join(',')).split(',')) {
    result[name] = await parts[name](rounds);
    console.log(name, result[name]);
  }
  return result;
}
