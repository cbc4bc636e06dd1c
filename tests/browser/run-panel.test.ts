// The run panel in a real Chromium, fed with what its host said of real runs (record.ts): what it shows, what it says, what it refuses.
import { readFileSync } from 'node:fs';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromRunView, toRunView, type RunCommand, type ToRunView } from '../../webviews/run/protocol.ts';
import { launchChromium } from './chromium.ts';
import { themes } from './themes.ts';
import { ViewPage, type ViewOptions } from './view.ts';

const traffic = (name: string): ToRunView[] =>
  readFileSync(new URL(`./fixtures/traffic/${name}.jsonl`, import.meta.url), 'utf8')
    .trim().split('\n').map((line) => JSON.parse(line) as ToRunView); // prettier-ignore

const done = traffic('run');
const killed = traffic('killed');

/** What was said until the run, in its last spell of a state, was told for the last time, with the tables that followed. */
function until(messages: readonly ToRunView[], state: string): ToRunView[] {
  const at = messages.findLastIndex((message) => message.type === 'run' && message.run.state === state);
  expect(at).toBeGreaterThan(0);
  const next = messages.findIndex((message, i) => i > at && (message.type === 'run' || message.type === 'summary'));
  return messages.slice(0, next);
}

/** What was said until the progress of a step was told for the first time. */
const untilStep = (messages: readonly ToRunView[], step: number): ToRunView[] =>
  messages.slice(0, 1 + messages.findIndex((one) => one.type === 'summary' && one.run.progress.step >= step));

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

async function show(messages: readonly ToRunView[], options: Partial<ViewOptions> = {}): Promise<ViewPage> {
  const view = await ViewPage.open(browser, { view: 'run', ...options });
  await view.send(...messages);
  expect(view.rest()).toEqual([]);
  return view;
}

const figure = (view: ViewPage, label: string): Locator =>
  view.page.locator('.figures > div', { has: view.page.getByText(label, { exact: true }) }).locator('dd');
const rows = (view: ViewPage, table: string): Promise<string[][]> =>
  view.page.getByRole('table', { name: table }).locator('tbody tr').evaluateAll(
    (found) => found.map((row) => [...row.children].map((cell) => cell.textContent ?? '')),
  ); // prettier-ignore
/** A chart's name while it has the focus: it says its figures. */
async function chart(view: ViewPage, title: string): Promise<string> {
  const found = view.page.locator('section.chart-card', { has: view.page.getByRole('heading', { name: title, exact: true }) }).locator('.chart'); // prettier-ignore
  await found.evaluate((one) => (one as unknown as { blur(): void; focus(): void }).blur());
  await found.focus();
  return (await found.getAttribute('aria-label')) ?? '';
}

describe('recorded traffic', () => {
  test.each([['run', done], ['killed', killed]] as const)('%s: every message fits the protocol', (_, messages) => {
    for (const message of messages) expect(toRunView.safeParse(message).error).toBeUndefined();
  }); // prettier-ignore

  test('a run that was stopped, resumed and is done', async () => {
    const view = await show(done);
    expect(await view.page.locator('.state').textContent()).toBe('done');
    expect(await view.page.locator('h1').textContent()).toBe('captain');
    expect(await figure(view, 'step').textContent()).toBe('60 / 60');
    const steps = done.flatMap((one) => (one.type === 'records' ? one.records : [])).flatMap(({ event }) => (event.type === 'step' ? [event] : [])); // prettier-ignore
    const last = steps.at(-1)?.loss ?? 0;
    expect(await figure(view, 'loss').textContent()).toBe(last.toLocaleString('en', { maximumSignificantDigits: 4 }));
    // steps after the checkpoint were made twice: the curve has each once
    expect(await chart(view, 'Loss')).toMatch(/^Loss: last 0\.\d+ at step 60, lowest/);
    expect((await rows(view, 'Checkpoints')).map(([step]) => step)).toEqual(['40', '60 best']);
    expect((await rows(view, 'Evaluation scores')).map(([step]) => step)).toEqual(['60', '50', '40', '30', '20', '10']);
    expect(await rows(view, 'Keys that differ from the file now')).toContainEqual(['lora_rank', '16', '32']);
    expect(await view.page.locator('.keys').first().textContent()).toBe('trainingevaluationlast run');
    expect(await view.page.locator('.sample').count()).toBe(4);
    expect(await view.page.locator('.sample').first().locator('dt').allTextContents()).toEqual(['base', '60']);
    expect(await view.page.getByRole('log').textContent()).toMatch(/done at step 60/);
    expect(view.errors).toEqual([]);
    await view.close();
  });

  test('while it runs it shows what comes, and stops when it is told to', async () => {
    const running = untilStep(done, 15);
    const view = await show(running);
    expect(await view.page.locator('.state').textContent()).toBe('running');
    const bar = view.page.getByRole('progressbar', { name: 'Progress' });
    const now = Number(await bar.getAttribute('aria-valuenow'));
    expect(now).toBeGreaterThan(5);
    expect(now).toBeLessThan(100);
    await view.page.getByRole('button', { name: 'Stop' }).click();
    expect(await view.posted('command')).toEqual({ type: 'command', command: { name: 'stop' } });
    // the rest of the traffic brings it to its end
    await view.send(...done.slice(running.length));
    expect(await view.page.locator('.state').textContent()).toBe('done');
    expect(await view.page.getByRole('status').first().textContent()).toBe('The run is done.');
    await view.close();
  });

  test('a stopped run is resumed, from a checkpoint too', async () => {
    const view = await show(until(done, 'stopped'));
    await view.page.getByRole('button', { name: 'Resume', exact: true }).click();
    expect(await view.posted('command')).toEqual({ type: 'command', command: { name: 'resume' } });
    await view.page.getByRole('button', { name: 'Resume from here (step 20)' }).click();
    expect(await view.posted('command')).toEqual({ type: 'command', command: { name: 'resume', checkpoint: 20 } });
    await view.close();
  });

  test('a failure is explained, with the next step as a button and the last lines of the process', async () => {
    const view = await show(killed);
    const failure = view.page.getByRole('alert', { name: 'Killed from outside' });
    expect(await failure.locator('p').textContent()).toMatch(
      /^The training process was killed \(SIGKILL\) after step \d+/,
    );
    await failure.getByRole('button', { name: 'Resume' }).click();
    expect(await view.posted('command')).toEqual({ type: 'command', command: { name: 'resume' } });
    await view.close();
  });

  test('every button says what the protocol knows', async () => {
    const view = await show(killed);
    const wanted: RunCommand['name'][] = ['openRecipe', 'compare', 'clone', 'openAsRun', 'diffRecipe', 'openOutput', 'showLog', 'copyDiagnostics', 'delete', 'revealCheckpoint']; // prettier-ignore
    const { page } = view;
    const more = async (name: string): Promise<void> => {
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('group', { name: 'More actions' }).getByRole('button', { name }).click();
    };
    await page.getByRole('button', { name: 'small-world/captain.yaml' }).click();
    for (const name of ['Compare…', 'Run a copy…', 'Open', 'Compare with the file now']) await page.getByRole('button', { name, exact: true }).click(); // prettier-ignore
    for (const name of ['Open the output folder', 'Show what the process wrote', 'Copy diagnostics', 'Delete…']) await more(name); // prettier-ignore
    await page.getByRole('button', { name: 'Reveal the checkpoint of step 20' }).click();
    const said: RunCommand[] = [];
    for (let i = 0; i < wanted.length; i++) {
      const message = fromRunView.parse(await view.posted('command'));
      if (message.type === 'command') said.push(message.command);
    }
    expect(said.map(({ name }) => name)).toEqual(wanted);
    await view.close();
  });

  test('tags and notes are saved when the field is left, and typing is not disturbed', async () => {
    const view = await show(done);
    await view.page.getByRole('textbox', { name: 'Tags' }).fill('good, keep ,good');
    await view.page.keyboard.press('Tab');
    expect(await view.posted('command')).toEqual({
      type: 'command',
      command: { name: 'setTags', tags: ['good', 'keep'] },
    });
    await view.page.getByRole('textbox', { name: 'Notes' }).fill('half a sen');
    await view.send(...done.filter(({ type }) => type === 'run').slice(-1));
    expect(await view.page.getByRole('textbox', { name: 'Notes' }).inputValue()).toBe('half a sen');
    await view.close();
  });
});

describe('nothing lost, nothing twice', () => {
  const records = done.filter((message) => message.type === 'records');

  test('what comes again is passed over; what is missing is asked for', async () => {
    const begin = done.slice(0, done.indexOf(records[5] as ToRunView));
    const view = await show(begin);
    const lines = (): Promise<number> => view.page.getByRole('log').evaluate((log) => Number.parseFloat((log.firstElementChild as unknown as { style: { height: string } }).style.height) / 18); // prettier-ignore
    const before = await lines();
    await view.send(records[3], records[4]);
    expect(await lines()).toBe(before);
    await view.send(records[7]);
    await view.posted('resync');
    expect(await lines()).toBe(before);
    await view.close();
  });

  test('a daemon that is gone is told; when it is back the page goes on', async () => {
    const running = untilStep(done, 15);
    const view = await show(running);
    await view.send({ type: 'connection', live: false, reason: 'The daemon does not answer.' });
    expect(await view.page.getByRole('alert').textContent()).toMatch(/catches up as soon as the daemon is back/);
    await view.screenshot('run-daemon-gone');
    await view.send({ type: 'connection', live: true, reason: '' }, ...done.slice(running.length));
    expect(await view.page.getByRole('alert').count()).toBe(0);
    expect(await chart(view, 'Loss')).toMatch(/at step 60/);
    await view.close();
  });
});

describe('untrusted', () => {
  test('a malformed message is refused, told to the host, and changes nothing', async () => {
    const view = await show(done);
    const bad = [{ type: 'records', records: [{ seq: 'x' }] }, { type: 'nonsense' }, 'text', null, { type: 'summary', run: {} }]; // prettier-ignore
    for (const message of bad) {
      await view.send(message);
      expect((await view.posted<{ type: string; reason: string }>('refused')).reason).not.toBe('');
    }
    expect(await view.page.locator('.state').textContent()).toBe('done');
    expect(view.errors).toEqual([]);
    await view.close();
  });

  test('text of models, data and logs is text', async () => {
    const markup = '<img src=x onerror="document.title=1"><b>bold</b>';
    const view = await show(done);
    const run = done.findLast((message) => message.type === 'run');
    await view.send(
      { ...run, run: { ...run?.run, name: markup, notes: markup, recipe: markup, tags: [markup] } },
      { type: 'scores', evaluations: [], samples: [{ step: 0, time: 0, prompt: markup, text: markup }] },
      { type: 'problem', message: markup },
    );
    expect(await view.page.locator('img, b').count()).toBe(0);
    expect(await view.page.locator('h1').textContent()).toBe(markup);
    expect(await view.page.locator('.sample dd').textContent()).toBe(markup);
    await view.close();
  });
});

describe('charts', () => {
  test('the keyboard moves one cursor over all of them, zooms and shows everything again', async () => {
    const view = await show(done);
    const { keyboard } = view.page;
    await chart(view, 'Gradient norm');
    await keyboard.press('Home');
    await keyboard.press('ArrowRight');
    const readouts = await view.page.locator('.readout').allTextContents();
    expect(readouts.filter((text) => text.startsWith('step 1 '))).toHaveLength(readouts.length);
    expect(await view.page.locator('main + *, .unseen[role=status]').nth(1).textContent()).toMatch(/^step 1 · \d/);
    await keyboard.press('End');
    await keyboard.press('+');
    await expect.poll(() => view.remembered()).toMatchObject({ zoom: { from: 30, to: 60 } });
    await keyboard.press('Escape');
    await expect.poll(() => view.remembered()).toMatchObject({ zoom: null });
    await view.close();
  });

  test('the mouse drags a range on one, a double click shows everything again', async () => {
    const view = await show(done);
    const box = await view.page.locator('.u-over').first().boundingBox();
    if (!box) throw new Error('the chart has no place');
    const y = box.y + box.height / 2;
    await view.page.mouse.move(box.x + box.width * 0.25, y);
    await view.page.mouse.down();
    await view.page.mouse.move(box.x + box.width * 0.75, y, { steps: 5 });
    await view.page.mouse.up();
    const { zoom, run } = (await view.remembered()) as { zoom: { from: number; to: number }; run: string };
    expect(run).toMatch(/^captain-/);
    expect(zoom.from).toBeCloseTo(15, 0);
    expect(zoom.to).toBeCloseTo(45, 0);
    await view.page.mouse.dblclick(box.x + box.width / 2, y);
    expect(await view.remembered()).toMatchObject({ zoom: null });
    await view.close();
  });

  test('a closer look at a thinned curve asks for more points and puts them in', async () => {
    const view = await show(done);
    const thin = { metric: 'loss', steps: [1, 50_000, 100_000], values: [3, 2, 1], points: 100_000 };
    await view.send({ type: 'series', series: [thin], seq: 100_010 });
    await chart(view, 'Loss');
    await view.page.keyboard.press('+');
    const { from, to } = await view.posted<{ type: string; from: number; to: number }>('zoom');
    expect([from, to]).toEqual([50_000, 100_000]);
    const fine = { metric: 'loss', steps: [50_000, 75_000, 100_000], values: [2, 9, 1], points: 50_001 };
    await view.send({ type: 'series', series: [fine], seq: 100_010, range: { from, to } });
    expect(await chart(view, 'Loss')).toMatch(/highest 9/);
    await view.close();
  });

  test('what a person had chosen is there again after a reload', async () => {
    const state = { run: 'captain-abc', smoothing: 0.5, zoom: { from: 10, to: 20 } };
    const view = await show(done, { state });
    expect(await view.page.getByRole('slider', { name: 'Smoothing' }).inputValue()).toBe('0.5');
    expect(await view.remembered()).toMatchObject({ smoothing: 0.5, zoom: { from: 10, to: 20 } });
    await view.close();
  });
});

describe('looks', () => {
  const empty = done.slice(0, 9);
  const pictures = { done, failed: killed, running: untilStep(done, 15), empty };

  test.each(themes)('%s: no serious violation of accessibility, whatever the run is', async (theme) => {
    for (const [name, messages] of Object.entries(pictures)) {
      const view = await show(messages, { theme });
      expect(await view.seriousViolations(), name).toEqual([]);
      await view.screenshot(`run-${name}-${theme}`);
      await view.close();
    }
  });

  test.each([[400, 'narrow'], [1920, 'wide']] as const)('%d pixels: nothing is wider than the page', async (width, name) => {
    const view = await show(done, { width });
    expect(await view.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await view.screenshot(`run-done-${name}`);
    await view.close();
  }); // prettier-ignore

  test('forced colours and reduced motion', async () => {
    const view = await show(done, { forcedColors: true, reducedMotion: true });
    await view.screenshot('run-done-forced-colours');
    expect(await view.seriousViolations(['color-contrast'])).toEqual([]);
    await view.close();
  });

  test('in Chinese', async () => {
    const view = await show(done, { language: 'zh-cn' });
    expect(await view.page.locator('.state').textContent()).toBe('已完成');
    expect(await view.page.getByRole('heading', { level: 2 }).first().textContent()).toBe('损失');
    await view.close();
  });
});
