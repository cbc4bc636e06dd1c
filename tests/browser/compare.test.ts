// The compare view in a real Chromium, fed with what its host said of three real runs (record.ts).
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromCompareView, toCompareView, type ToCompareView } from '../../webviews/compare/protocol.ts';
import { launchChromium } from './chromium.ts';
import { themes } from './themes.ts';
import { ViewPage, type ViewOptions } from './view.ts';

const file = new URL('./fixtures/traffic/compare.jsonl', import.meta.url);
const traffic = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as ToCompareView); // prettier-ignore
const runs = traffic.flatMap((message) => (message.type === 'runs' ? message.runs : []));
const ids = runs.map(({ run }) => run.id);

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

async function show(options: Partial<ViewOptions> = {}): Promise<ViewPage> {
  const view = await ViewPage.open(browser, { view: 'compare', ...options });
  await view.send(...traffic);
  expect(view.rest()).toEqual([]);
  return view;
}

const cells = (view: ViewPage, table: string): Promise<string[][]> =>
  view.page.getByRole('table', { name: table }).locator('tbody tr').evaluateAll(
    (found) => found.map((row) => [...row.children].map((cell) => cell.textContent ?? '')),
  ); // prettier-ignore

test('every message fits the protocol', () => {
  for (const message of traffic) expect(toCompareView.safeParse(message).error).toBeUndefined();
});

test('scores, curves and the recipe keys that differ', async () => {
  const view = await show();
  expect((await cells(view, 'Final scores')).map(([name, state]) => [name, state])).toEqual([
    [ids[0], 'done'],
    [ids[1], 'done'],
    [ids[2], 'failed'],
  ]);
  expect(await view.page.locator('.chip').allTextContents()).toContain('lowest');
  const titles = await view.page.locator('.chart-card h2').allTextContents();
  expect(titles).toEqual(['Loss', 'Evaluation loss', 'Gradient norm', 'Learning rate', 'Tokens per second', 'Memory']);
  const differences = await cells(view, 'Recipe keys that differ');
  expect(differences.find(([key]) => key === 'learning_rate')?.[1]).toBe('0.0005');
  expect(differences.find(([key]) => key === 'lora_rank')).toEqual(['lora_rank', '16', '16', '32']);
  expect(differences.map(([key]) => key)).not.toContain('dataset');
  expect(view.errors).toEqual([]);
  await view.close();
});

test('over steps, tokens and time', async () => {
  const view = await show();
  const loss = view.page.getByRole('application', { name: /^Loss/ });
  const told = async (axis: string): Promise<string> => {
    await view.page.getByRole('button', { name: axis }).click();
    await view.drawn();
    await loss.focus();
    return (await loss.getAttribute('aria-label')) ?? '';
  };
  expect(await told('by step')).toMatch(/at step 60,/);
  expect(await told('by tokens')).toMatch(/at [\d,]+ tokens,/);
  expect(await told('by time')).toMatch(/at \d+ s,/);
  expect(await view.remembered()).toMatchObject({ runs: ids, axis: 'seconds' });
  await view.close();
});

test('runs are opened, removed and chosen', async () => {
  const view = await show();
  await view.page.getByRole('button', { name: ids[0] ?? '', exact: true }).click();
  expect(fromCompareView.parse(await view.posted('open'))).toEqual({ type: 'open', id: ids[0] });
  await view.page.getByRole('button', { name: `Remove ${ids[1]}` }).click();
  expect(fromCompareView.parse(await view.posted('remove'))).toEqual({ type: 'remove', id: ids[1] });
  await view.page.getByRole('button', { name: 'Choose runs…' }).click();
  expect(fromCompareView.parse(await view.posted('choose'))).toEqual({ type: 'choose' });
  await view.close();
});

test('a run that goes on is drawn anew, the others stay', async () => {
  const view = await show();
  const [first] = runs;
  if (!first) throw new Error('no run was recorded');
  const further = { run: { ...first.run, progress: { ...first.run.progress, step: 59 } }, curves: first.curves };
  await view.send({ type: 'update', run: further });
  expect((await cells(view, 'Final scores')).map((row) => row[2])).toEqual(['59 / 60', '60 / 60', expect.stringMatching(/^\d+ \/ 60$/)]); // prettier-ignore
  await view.close();
});

test('a malformed message is refused, told to the host, and changes nothing', async () => {
  const view = await show();
  for (const message of [{ type: 'runs', runs: [{}] }, { type: 'differences' }, 7]) {
    await view.send(message);
    await view.posted('refused');
  }
  expect(await view.page.locator('h1').textContent()).toBe('3 runs compared');
  await view.close();
});

test('text of recipes is text', async () => {
  const view = await show();
  const markup = '<img src=x onerror="document.title=1">';
  await view.send({ type: 'differences', differences: [{ key: markup, values: [markup, null, { a: markup }] }] });
  expect(await view.page.locator('img').count()).toBe(0);
  expect((await cells(view, 'Recipe keys that differ'))[0]).toEqual([
    markup,
    markup,
    '–',
    JSON.stringify({ a: markup }),
  ]);
  await view.close();
});

test.each(themes)('%s: no serious violation of accessibility', async (theme) => {
  const view = await show({ theme });
  expect(await view.seriousViolations()).toEqual([]);
  await view.screenshot(`compare-${theme}`);
  await view.close();
});

test.each([400, 1920])('%d pixels: nothing is wider than the page', async (width) => {
  const view = await show({ width });
  expect(await view.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  await view.screenshot(`compare-${width}`);
  await view.close();
});
