// The run panel in a real Chromium: how long a frame takes while a run of 100,000 points goes on, and what is left of a panel that is hidden.
// VS Code throws a hidden panel's page away; what stays is the controller in the extension host.
import { launchChromium } from '../tests/browser/chromium.ts';
import { ViewPage } from '../tests/browser/view.ts';
import { RunFeed } from '../extension/panels/run-feed.ts';

const POINTS = 100_000;
/** Steps that come while it is measured, and how many a second. */
const LIVE = 1000;
const A_SECOND = 100;
const rounded = (value, digits = 2) => Number(value.toFixed(digits));
const quantile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];

const progress = {
  step: POINTS - LIVE, totalSteps: POINTS, epoch: 1, epochs: 1, phase: '', loss: 1, learningRate: 1e-4, tokensPerSecond: 400, totalTokens: 1e6, remainingSeconds: 1e4,
  peakMemory: 2e9, scores: {}, bestCheckpoint: null, totals: {}, warnings: 0, seq: POINTS - LIVE,
}; // prettier-ignore
const run = {
  id: 'long-run', name: 'long run', state: 'running', source: 'anneal', outputDir: '/projects/output/long', recipeFile: '/projects/long.yaml', stage: 'sft', finetuningType: 'lora',
  device: 'cpu', tags: [], created: 0, started: 0, ended: null, position: null, progress, failure: null, health: null, notes: '', overrides: [], workingDirectory: '/projects',
  recipe: 'stage: sft\n', attempts: 1, clonedFrom: null,
}; // prettier-ignore

/** Runs in the page: curves of every step so far, none thinned. */
const loadWhole = `(run, count) => {
  const steps = Array.from({ length: count }, (_, i) => i + 1);
  const curve = (metric, value) => ({ metric, steps, values: steps.map(value), points: count });
  const noise = (i) => Math.sin(i * 12.9898) * 0.3 + Math.sin(i * 0.37) * 0.1;
  const series = [
    curve('loss', (i) => 1 + 3 / (1 + i / 2000) + noise(i)), curve('gradNorm', (i) => 1 + Math.abs(noise(i))), curve('learningRate', (i) => 1e-4 * (1 - i / 1e5)),
    curve('tokensPerSecond', (i) => 400 + 50 * noise(i)), curve('memory', (i) => 2e9 + 1e8 * noise(i)),
    { metric: 'eval_loss', steps: steps.filter((i) => i % 1000 === 0), values: steps.filter((i) => i % 1000 === 0).map((i) => 1.1 + 3 / (1 + i / 2000)), points: count / 1000 },
  ];
  postMessage({ type: 'run', run }, '*');
  postMessage({ type: 'previous', run: { id: 'before', name: 'before', created: 0 }, loss: { ...series[0], points: count } }, '*');
  postMessage({ type: 'series', series, seq: count }, '*');
}`;

/** Runs in the page: from the start of a frame to the end of its painting, with the messages handled since the frame before. */
const measureLive = `async (first, last, aSecond, run) => {
  const frames = [];
  const intervals = [];
  let handling = 0;
  let began = 0;
  let before;
  let live = true;
  addEventListener('message', () => { handling += performance.now() - began; });
  addEventListener('message', () => { began = performance.now(); }, { capture: true });
  const channel = new MessageChannel();
  let frameBegan = 0;
  channel.port1.onmessage = () => { frames.push(performance.now() - frameBegan + handling); handling = 0; };
  const frame = (time) => {
    performance.mark('frame');
    frameBegan = performance.now();
    if (before !== undefined) intervals.push(time - before);
    before = time;
    channel.port2.postMessage(0);
    if (live) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  let step = first;
  const start = performance.now();
  await new Promise((done) => {
    const timer = setInterval(() => {
      const now = Math.min(last, first + Math.floor(((performance.now() - start) / 1000) * aSecond));
      const records = [];
      for (; step < now; step++) {
        const event = { type: 'step', step: step + 1, totalSteps: last, epoch: 1, loss: 1 + Math.random(), gradNorm: 1, learningRate: 1e-6, tokens: 400, totalTokens: 1e6, seconds: 0.01, tokensPerSecond: 400, remainingSeconds: 1, memory: 2e9, peakMemory: 2e9 };
        records.push({ seq: step + 1, time: Date.now(), event });
      }
      if (records.length > 0) {
        postMessage({ type: 'records', records }, '*');
        postMessage({ type: 'summary', run: { ...run, progress: { ...run.progress, step } } }, '*');
      }
      if (step >= last) { clearInterval(timer); done(); }
    }, 30);
  });
  live = false;
  return { frames: frames.slice(5), intervals: intervals.slice(5) };
}`;

/** Milliseconds of processor time that the tasks between two frames took on the thread that draws them. */
function workOfFrames(events) {
  const marks = events.filter(({ name, cat }) => name === 'frame' && cat.includes('blink.user_timing'));
  const { pid, tid } = marks[0];
  const tasks = events.filter((event) => event.pid === pid && event.tid === tid && event.name === 'ThreadControllerImpl::RunTask' && event.tdur !== undefined); // prettier-ignore
  tasks.sort((a, b) => a.ts - b.ts);
  const starts = marks.map(({ ts }) => ts).sort((a, b) => a - b);
  let at = 0;
  return starts.slice(1).map((end) => {
    let sum = 0;
    for (; at < tasks.length && tasks[at].ts < end; at++) sum += tasks[at].tdur;
    return sum / 1000;
  });
}

async function heap(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.enable').then(() => session.send('Performance.getMetrics'));
  await session.detach();
  return metrics.find(({ name }) => name === 'JSHeapUsedSize').value;
}

/** Heap that the controller of a panel keeps once its view is hidden, in bytes; of many, so that it can be told from noise. */
async function hiddenControllers(count) {
  const series = ['loss', 'gradNorm'].map((metric) => ({ metric, steps: Array.from({ length: 2000 }, (_, i) => i), values: Array.from({ length: 2000 }, () => Math.random()), points: 2000 })); // prettier-ignore
  const replies = { getRun: run, runSeries: { series, seq: 1 }, runRecords: { records: [], last: 1 }, runCheckpoints: { checkpoints: [] }, runScores: { evaluations: [], samples: [] }, diffRuns: { differences: [] }, listRuns: { runs: [] } }; // prettier-ignore
  const source = {
    call: (name) => Promise.resolve(structuredClone(replies[name])),
    follow: () => ({ dispose: () => undefined }),
    onFeed: () => ({ dispose: () => undefined }),
  };
  const collect = globalThis.gc ?? (() => undefined);
  collect();
  const before = process.memoryUsage().heapUsed;
  const feeds = [];
  for (let i = 0; i < count; i++) {
    const feed = new RunFeed(source, 'long-run', () => undefined);
    await feed.begin();
    feed.end();
    feeds.push(feed);
  }
  collect();
  return (process.memoryUsage().heapUsed - before) / feeds.length;
}

export async function measure(args) {
  const seconds = args.includes('--seconds') ? Number(args[args.indexOf('--seconds') + 1]) : LIVE / A_SECOND;
  const browser = await launchChromium(['--js-flags=--expose-gc', '--enable-precise-memory-info']);
  const view = await ViewPage.open(browser, { view: 'run', width: 1280, height: 900 });
  const fresh = await heap(view.page);
  const loaded = POINTS - seconds * A_SECOND;
  const began = performance.now();
  await view.page.evaluate(`(${loadWhole})(${JSON.stringify(run)}, ${loaded})`);
  await view.drawn();
  const firstPicture = performance.now() - began;
  await browser.startTracing(view.page, { categories: ['toplevel', 'blink.user_timing', '__metadata'] });
  const { frames, intervals } = await view.page.evaluate(`(${measureLive})(${loaded}, ${POINTS}, ${A_SECOND}, ${JSON.stringify({ ...run, progress: { ...progress, step: loaded } })})`); // prettier-ignore
  const work = workOfFrames(JSON.parse((await browser.stopTracing()).toString()).traceEvents);
  const full = await heap(view.page);
  // what VS Code does with a hidden page
  await view.page.goto('about:blank');
  const gone = await heap(view.page);
  await browser.close();
  return {
    points: POINTS,
    charts: 6,
    frames: frames.length,
    p50FrameMilliseconds: rounded(quantile(frames, 0.5)),
    p95FrameMilliseconds: rounded(quantile(frames, 0.95)),
    maxFrameMilliseconds: rounded(quantile(frames, 1)),
    /** Processor time of the page's main thread from frame to frame: what other programs take does not count. */
    p50WorkMilliseconds: rounded(quantile(work, 0.5)),
    p95WorkMilliseconds: rounded(quantile(work, 0.95)),
    p95FrameIntervalMilliseconds: rounded(quantile(intervals, 0.95)),
    budgetFrameMilliseconds: 16,
    firstPictureMilliseconds: rounded(firstPicture, 0),
    viewMegabytes: rounded((full - fresh) / 1e6),
    hiddenViewMegabytes: rounded(Math.max(0, gone - fresh) / 1e6),
    hiddenControllerKilobytes: rounded((await hiddenControllers(200)) / 1e3),
  };
}
export { measure as run };
