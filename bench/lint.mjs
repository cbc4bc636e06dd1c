// How fast rows are checked: `npm run bench -- lint [--megabytes 200]` over flat rows, conversations and Chinese ones, each as
// a row a line, and the flat ones as a list. Rows a second, MB a second, and how much memory that took at most.
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rowsUse } from '../daemon/data/lint/check-datasets.ts';
import { RowsCheck } from '../daemon/data/lint/check-rows.ts';
import { parseEntry } from '../daemon/recipe/dataset-info.ts';

const sentence = 'The harbour log lists every ship with its cargo, its "master" and the weather of the day.\n';
const chinese = '港口日志记录着每一艘船、它的货物、船长和当天的天气。';

const kinds = {
  flat: { entry: {}, row: (i) => ({ instruction: `Question ${i}: what does the log say?`, input: '', output: sentence.repeat(1 + (i % 9)) }) },
  chat: {
    entry: { formatting: 'sharegpt' },
    row: (i) => ({ conversations: Array.from({ length: 4 }, (_, turn) => ({ from: turn % 2 === 0 ? 'human' : 'gpt', value: `${i} ${sentence.repeat(1 + ((i + turn) % 3))}` })) }),
  },
  chinese: { entry: {}, row: (i) => ({ instruction: `问题 ${i}`, input: '', output: chinese.repeat(1 + (i % 9)) }) },
}; // prettier-ignore

async function write(path, megabytes, row, list) {
  const out = createWriteStream(path);
  let size = 0;
  for (let i = 0; size < megabytes * 1e6;) {
    const rows = Array.from({ length: 1000 }, () => JSON.stringify(row(i++), null, list ? 2 : undefined));
    const text = list ? `${i === 1000 ? '[' : ','}\n${rows.join(',\n')}` : `${rows.join('\n')}\n`;
    size += Buffer.byteLength(text);
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end(list ? '\n]\n' : '');
  await once(out, 'finish');
}

async function measure(path, entry) {
  const use = rowsUse(parseEntry('bench', { file_name: path, ...entry }, path), {
    datasetDir: '/',
    stage: 'sft',
    templateName: 'qwen',
    cutoffLength: 2048,
  });
  let bytes = 0;
  let peak = 0;
  let found = 0;
  const progress = (read) => {
    bytes = read;
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const check = new RowsCheck(path, { path }, use, { progress });
  const start = performance.now();
  for await (const _ of check.run()) found += 1;
  const seconds = (performance.now() - start) / 1000;
  const { rows } = check.facts;
  return {
    rows,
    rowsPerSecond: Math.round(rows / seconds),
    megabytesPerSecond: Math.round(bytes / 1e6 / seconds),
    microsecondsPerRow: Number(((seconds / rows) * 1e6).toFixed(2)),
    peakMegabytes: Math.round(peak / 1e6),
    findings: found,
  };
}

export async function run(words) {
  const { values } = parseArgs({ args: words, options: { megabytes: { type: 'string', default: '200' } } });
  const megabytes = Number(values.megabytes);
  const folder = mkdtempSync(join(tmpdir(), 'anneal-bench-'));
  const results = {};
  try {
    for (const [name, kind, list] of [['flat', 'flat', false], ['chat', 'chat', false], ['chinese', 'chinese', false], ['flatList', 'flat', true]]) {
      const { entry, row } = kinds[kind];
      const path = join(folder, list ? 'rows.json' : 'rows.jsonl');
      await write(path, megabytes, row, list);
      results[name] = await measure(path, entry);
      console.log(name, results[name]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { megabytes, ...results };
} // prettier-ignore
