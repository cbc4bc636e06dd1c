// Preprocessing: rows a second on one core with an empty cache, against LLaMA-Factory's own get_dataset on the same file in the same
// run where --peer-python names its interpreter; ids and labels are compared row by row. --gigabyte: the memory a 1 GB JSONL takes.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { heapFlags } from '../daemon/engine/runtime/heap.ts';
import { makeRows } from './preprocess/rows.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const hasTaskset = spawnSync('taskset', ['-V']).status === 0;

/** Runs a command on one core; the last line it prints is JSON. */
function onOneCore(command, args, env = {}) {
  const words = hasTaskset ? ['taskset', ['-c', '0', command, ...args]] : [command, args];
  const { status, stdout, stderr } = spawnSync(words[0], words[1], { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, ...env } }); // prettier-ignore
  if (status !== 0) throw new Error(`${command} failed:\n${stderr.slice(-3000)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** A file of at least a gigabyte: the rows again and again, each time with another number in them. */
function writeGigabyte(path, rows) {
  const file = openSync(path, 'w');
  let bytes = 0;
  for (let round = 0; bytes < 1e9; round++)
    for (let start = 0; start < rows.length && bytes < 1e9; start += 500) {
      const lines = rows.slice(start, start + 500).map((row, i) => `${JSON.stringify({ ...row, instruction: `${round}.${start + i} ${row.instruction}` })}\n`); // prettier-ignore
      bytes += writeSync(file, lines.join(''));
    }
  closeSync(file);
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: 'string' },
      'peer-python': { type: 'string' },
      text: { type: 'string', multiple: true },
      rows: { type: 'string', default: '20000' },
      rounds: { type: 'string', default: '3' },
      template: { type: 'string', default: 'chatml' },
      cutoff: { type: 'string', default: '2048' },
      gigabyte: { type: 'boolean', default: false },
    },
  });
  if (!values.model) throw new Error('--model FOLDER is needed: a Hugging Face folder with a tokenizer.json');
  const folder = mkdtempSync(join(tmpdir(), 'anneal-preprocess-'));
  try {
    return measure(values, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(values, folder) {
  const model = resolve(values.model);
  const python = values['peer-python'];
  const site = python && spawnSync(python, ['-c', 'import llamafactory; print(llamafactory.__path__[0])'], { encoding: 'utf8' }).stdout.trim(); // prettier-ignore
  const folders = values.text ?? [join(here, '../node_modules'), ...(site ? [dirname(site)] : [])];
  const rows = makeRows(folders, Number(values.rows));
  writeFileSync(join(folder, 'rows.json'), JSON.stringify(rows));
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify({ rows: { file_name: 'rows.json' }, gigabyte: { file_name: 'gigabyte.jsonl' } })); // prettier-ignore
  const settings = { model, folder, dataset: 'rows', template: values.template, cutoff: Number(values.cutoff) };
  const script = join(here, 'preprocess/ours.mjs');
  const once = (who, round, more = {}) => {
    const cache = join(folder, `cache-${who}-${round}`);
    mkdirSync(cache, { recursive: true });
    const words = JSON.stringify({ ...settings, cache, digests: join(folder, `${who}.txt`), ...more });
    return who === 'peer'
      ? onOneCore(python, [join(here, 'preprocess/peer.py'), words])
      : onOneCore(process.execPath, [...heapFlags, '--disable-warning=ExperimentalWarning', script, words]);
  };
  const report = { benchmark: 'preprocess', model: values.model, rows: rows.length };
  if (values.gigabyte) {
    writeGigabyte(join(folder, 'gigabyte.jsonl'), rows);
    const bytes = statSync(join(folder, 'gigabyte.jsonl')).size;
    const cold = once('gigabyte', 0, { dataset: 'gigabyte', digests: undefined });
    const warm = once('gigabyte', 0, { dataset: 'gigabyte', digests: undefined });
    report.gigabyte = { bytes, ...cold, megabytesPerSecond: bytes / 1e6 / cold.seconds, cachedSeconds: warm.seconds };
    console.log(`1 GB: ${cold.rows} rows in ${cold.seconds.toFixed(1)} s, peak ${(cold.peakBytes / 1e6).toFixed(0)} MB; cached ${warm.seconds.toFixed(2)} s`); // prettier-ignore
    return report;
  }
  const times = { anneal: [], peer: [] };
  const last = {};
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const who of python ? ['anneal', 'peer'] : ['anneal']) {
      last[who] = once(who, round);
      times[who].push(last[who].seconds);
      console.log(`${who.padEnd(7)} ${(last[who].rows / last[who].seconds).toFixed(0)} rows/s (${last[who].seconds.toFixed(2)} s, ${(last[who].tokens / last[who].rows).toFixed(0)} tokens a row)`); // prettier-ignore
    }
  }
  const rate = (who) => last[who].rows / median(times[who]);
  report.tokensPerRow = last.anneal.tokens / last.anneal.rows;
  report.anneal = { rowsPerSecond: rate('anneal'), seconds: times.anneal, peakBytes: last.anneal.peakBytes };
  report.cachedSeconds = once('anneal', 0, { digests: undefined }).seconds;
  if (python) {
    report.peer = { rowsPerSecond: rate('peer'), seconds: times.peer, peakBytes: last.peer.peakBytes };
    report.ratio = rate('anneal') / rate('peer');
    const [mine, theirs] = ['anneal', 'peer'].map((who) => readFileSync(join(folder, `${who}.txt`), 'utf8').trim().split('\n')); // prettier-ignore
    report.differentRows = mine.filter((line, i) => line !== theirs[i]).length + Math.abs(mine.length - theirs.length);
    console.log(`${report.ratio.toFixed(1)} times; ${report.differentRows} of ${mine.length} rows differ`);
  }
  return report;
}
