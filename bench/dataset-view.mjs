// The dataset view on a JSONL of a gigabyte that nobody has opened before: first rows on the screen, scrolling through them, memory.
// npm run bench -- dataset-view [--megabytes 1000] [--model FOLDER]   With a model the rows are rendered and counted in tokens, too.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchChromium } from '../tests/browser/chromium.ts';
import { LiveDataset } from '../tests/browser/dataset-host.ts';
import { ViewPage } from '../tests/browser/view.ts';

const WORDS = 'plan order invoice laptop licence cancel refund monthly yearly billing account password shipping parcel student discount help the is to and of for it'.split(' '); // prettier-ignore

/** Chats of one to three turns, the same each time. */
function writeRows(path, bytes) {
  let state = 1;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const text = (words) => Array.from({ length: words }, () => WORDS[Math.floor(random() * WORDS.length)]).join(' ');
  const file = openSync(path, 'w');
  for (let written = 0; written < bytes;) {
    let block = '';
    while (block.length < 1 << 22) {
      const conversations = [];
      for (let turn = 0; turn < 1 + Math.floor(random() * 3); turn++)
        conversations.push(
          { from: 'human', value: text(4 + Math.floor(random() * 20)) },
          { from: 'gpt', value: text(8 + Math.floor(random() ** 4 * 900)) },
        );
      block += `${JSON.stringify({ conversations })}\n`;
    }
    written += writeSync(file, block);
  }
  closeSync(file);
}

/** Waits until an expression holds in the page, looked at in every frame; milliseconds that it took. */
async function holds(page, expression) {
  return await page.evaluate(
    `new Promise((done) => { const began = performance.now(); const look = () => (${expression}) ? done(performance.now() - began) : requestAnimationFrame(look); look(); })`,
  );
}

const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? 0;

/** Milliseconds of the frames in which the list is scrolled by the wheel, and then thrown from end to end. */
async function scroll(page) {
  await page.evaluate(
    `globalThis.frames_ = []; (() => { let last = performance.now(); const step = (now) => { frames_.push(now - last); last = now; requestAnimationFrame(step); }; requestAnimationFrame(step); })()`,
  );
  await page.hover('.list');
  for (let i = 0; i < 200; i++) {
    await page.mouse.wheel(0, i % 20 === 19 ? 40_000_000 : 400);
    await new Promise((done) => setTimeout(done, 15));
  }
  return await page.evaluate('frames_.slice(2)');
}

const residentMegabytes = (pid) =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);

/** The daemon's reader, by its parent. */
function readerOf(daemon) {
  const children = readFileSync(`/proc/${daemon}/task/${daemon}/children`, 'utf8').trim().split(' ');
  return children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('reader.js'));
}

export async function run(args) {
  const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const folder = mkdtempSync(join(tmpdir(), 'anneal-bench-view-'));
  const home = join(folder, 'home');
  // an index that is there already would be another measurement
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
  process.env.ANNEAL_HOME = home;
  const file = join(folder, 'rows.jsonl');
  const megabytes = Number(option('--megabytes') ?? 1000);
  writeRows(file, megabytes * 1e6);
  const model = option('--model');
  const recipe = join(folder, 'recipe.yaml');
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify({ rows: { file_name: 'rows.jsonl', formatting: 'sharegpt' } }));
  writeFileSync(recipe, `model_name_or_path: ${model}\nstage: sft\ndo_train: true\ntemplate: chatml\ndataset_dir: .\ndataset: rows\ncutoff_len: 512\noutput_dir: out\n`); // prettier-ignore
  writeFileSync(join(folder, 'small.jsonl'), '{"instruction": "a", "output": "b"}\n');
  const browser = await launchChromium();
  const options = { home, folders: [folder], width: 1360, height: 860 };
  try {
    // the daemon and the browser run, as they do when a file is opened in a window
    const first = await LiveDataset.open(browser, { ...options, target: { file: join(folder, 'small.jsonl') } });
    await holds(first.view.page, `document.querySelector('.row:not(.waiting)')`);
    await first.close();
    const emptyBegan = performance.now();
    await (await ViewPage.open(browser, { view: 'dataset', width: 1360, height: 860 })).close();
    const pageAlone = performance.now() - emptyBegan;
    const began = performance.now();
    const live = await LiveDataset.open(browser, { ...options, target: model ? { recipe } : { file } });
    const { page } = live.view;
    await holds(page, `document.querySelectorAll('.row:not(.waiting):not([hidden])').length > 5`);
    const firstRows = performance.now() - began;
    await holds(page, `!document.querySelector('.chip').textContent.includes('%')`);
    const counted = performance.now() - began;
    const [rows] = await page.locator('.chip').allTextContents();
    console.log(`${megabytes} MB, ${rows}: first rows after ${Math.round(firstRows)} ms, all counted after ${Math.round(counted)} ms`);
    const frames = await scroll(page);
    const heap = Math.round((await page.evaluate('performance.memory.usedJSHeapSize')) / 1e6);
    const { pid } = JSON.parse(readFileSync(join(home, 'daemon.json'), 'utf8'));
    const figures = {
      megabytes,
      firstRowsMs: Math.round(firstRows),
      /** A page of the view that shows nothing: the browser's part of it. */
      pageAloneMs: Math.round(pageAlone),
      countedMs: Math.round(counted),
      frameP95Ms: Math.round(quantile(frames, 0.95) * 10) / 10,
      frameLongestMs: Math.round(Math.max(...frames)),
      pageHeapMb: heap,
      readerMb: residentMegabytes(readerOf(pid) ?? pid),
      daemonMb: residentMegabytes(pid),
    };
    console.log(`scrolled: 95 of 100 frames within ${figures.frameP95Ms} ms; page ${heap} MB, reader ${figures.readerMb} MB`);
    await live.close();
    process.kill(pid, 'SIGTERM');
    return figures;
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
} // prettier-ignore
