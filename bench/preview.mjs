// Any row of a large file at once: makes a JSONL file of 1 GB in a temporary folder, then measures, in a process of its own, how
// fast its rows are found, how long a row takes from its number to tokens and mask, and how much memory all of it takes.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(import.meta.url);
const words =
  'the river runs past an old mill where grain was ground and boats still stop when the water is high enough to carry them'.split(
    ' ',
  );

/** Rows of some 550 bytes, some with code and escapes, none like another. */
function makeFile(path, size) {
  const file = openSync(path, 'w');
  let [state, id, written] = [1, 0, 0];
  const word = () => words[(state = (state * 48271) % 2147483647) % words.length];
  const text = (count) => Array.from({ length: count }, word).join(' ');
  while (written < size) {
    let lines = '';
    for (let i = 0; i < 500; i++, id++) {
      const code = id % 5 === 0 ? '\nfunction f() { return {a: 1}; } // "quoted" \\ end' : '';
      const row = {
        instruction: text(12),
        input: id % 3 === 0 ? text(20) : '',
        output: text(40 + (state % 80)) + code,
      };
      lines += `${JSON.stringify(row)}\n`;
    }
    written += writeSync(file, lines);
  }
  closeSync(file);
  return id;
}

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

/** What the process of its own does; prints one line of JSON. */
async function measured(folder, model, rows) {
  const { DataPreview } = await import('../daemon/data/preview/preview.ts');
  const { datasetStatistics } = await import('../daemon/data/preview/statistics.ts');
  const { readRows } = await import('../daemon/data/source/source.ts');
  const data = {
    stage: 'sft',
    datasetDir: folder,
    mediaDir: folder,
    templateName: 'chatml',
    datasets: ['rows'],
    evalDatasets: [],
    cutoffLength: 1024,
    blockLength: 1024,
    enableThinking: true,
  };
  const options = { data, modelFolder: model, addTokens: { plain: null, special: null } };
  const sources = { cache: join(folder, 'cache') };
  const bytes = statSync(join(folder, 'rows.jsonl')).size;
  const since = (start) => performance.now() - start;

  const preview = await DataPreview.open(options, sources);
  let start = performance.now();
  const dataset = await preview.dataset('rows');
  const indexing = since(start);
  if (dataset.rows !== rows) throw new Error(`${dataset.rows} rows were found, ${rows} were written`);
  await preview.row('rows', 0);
  let state = 7;
  const times = [];
  for (let i = 0; i < 300; i++) {
    const number = (state = (state * 48271) % 2147483647) % rows;
    start = performance.now();
    const { row } = await preview.row('rows', number);
    times.push(since(start));
    if (row.row !== number || !row.ids?.length) throw new Error(`row ${number} is not what it should be`);
  }
  times.sort((a, b) => a - b);
  start = performance.now();
  await datasetStatistics(preview, 'rows');
  const statistics = since(start);
  await preview.close();

  start = performance.now();
  const again = await DataPreview.open(options, sources);
  await again.row('rows', rows - 1);
  const reopening = since(start);
  await again.close();
  const peak = process.resourceUsage().maxRSS * 1024;

  start = performance.now();
  let read = 0;
  for await (const _ of readRows(preview.entry('rows'), folder)) read += 1;
  const reading = since(start);
  if (read !== rows) throw new Error(`${read} of ${rows} rows were read`);
  console.log(
    JSON.stringify({
      rows,
      bytes,
      indexMegabytesPerSecond: bytes / 1e3 / indexing,
      previewMilliseconds: { p50: quantile(times, 0.5), p95: quantile(times, 0.95), max: times.at(-1) },
      statisticsMilliseconds: statistics,
      openAgainMilliseconds: reopening,
      peakBytes: peak,
      readMegabytesPerSecond: bytes / 1e3 / reading,
      peakBytesWithReading: process.resourceUsage().maxRSS * 1024,
    }),
  );
}

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: 'string', default: resolve(here, '../../examples/small-world/model') },
      bytes: { type: 'string', default: '1e9' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'anneal-bench-preview-'));
  try {
    console.log(`making ${values.bytes} bytes of rows in ${folder}`);
    const rows = makeFile(join(folder, 'rows.jsonl'), Number(values.bytes));
    writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify({ rows: { file_name: 'rows.jsonl' } }));
    const child = spawnSync(process.execPath, [here, folder, resolve(values.model), String(rows)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.status !== 0) throw new Error(`the measuring process ended with status ${child.status}`);
    const result = JSON.parse(child.stdout.trim().split('\n').at(-1));
    const ms = commandTime(folder, values.model, rows);
    const { p50, p95, max } = result.previewMilliseconds;
    console.log(`${rows} rows; index ${result.indexMegabytesPerSecond.toFixed(0)} MB/s; a row ${p50.toFixed(1)} ms (95 %: ${p95.toFixed(1)}, most ${max.toFixed(1)}); peak ${(result.peakBytes / 1e6).toFixed(0)} MB; the command ${ms.toFixed(0)} ms`); // prettier-ignore
    return { ...result, commandMilliseconds: ms };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The whole command for one row of a file whose index is kept. */
function commandTime(folder, model, rows) {
  const recipe = join(folder, 'recipe.yaml');
  const keys = { model_name_or_path: resolve(model), stage: 'sft', do_train: true, template: 'chatml', dataset_dir: folder, dataset: 'rows', output_dir: join(folder, 'out') }; // prettier-ignore
  writeFileSync(recipe, Object.entries(keys).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('')); // prettier-ignore
  const command = [resolve(here, '../../dist/cli.js'), 'preview', recipe, '--row', String(rows - 5), '--json'];
  const options = { env: { ...process.env, ANNEAL_HOME: folder }, encoding: 'utf8' };
  const start = performance.now();
  const output = execFileSync(process.execPath, command, options);
  const time = performance.now() - start;
  if (JSON.parse(output).row !== rows - 5) throw new Error('the command showed another row');
  return time;
}

if (process.argv[1] === here) await measured(process.argv[2], process.argv[3], Number(process.argv[4]));
