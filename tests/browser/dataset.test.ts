// The dataset view in a real Chromium, fed by its real feed from a real daemon: what is shown is what the command line previews.
import { appendFileSync, readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DatasetTarget } from '../../webviews/dataset/protocol.ts';
import { temporary } from '../cli/command.ts';
import { DaemonHome, until } from '../daemon/daemon.ts';
import { launchChromium } from './chromium.ts';
import { chatRows, writeWorkspace } from './dataset-data.ts';
import { LiveDataset, type LiveOptions } from './dataset-host.ts';
import { counts, holds, listedRows, shownText, shownTokens } from './dataset-page.ts';

const home = new DaemonHome();
const workspace = writeWorkspace(temporary('workspace'));
const rows = chatRows();
let browser: Browser;
let live: LiveDataset;
beforeAll(async () => {
  await home.anneal(['daemon', 'start']);
  browser = await launchChromium();
});
afterEach(async () => {
  const { errors } = live.view;
  await live.close();
  if (errors.length > 0) throw new Error(`In the page something was refused, or failed: ${errors.join('; ')}`);
});
afterAll(async () => {
  await browser.close();
  await home.end();
});

const recipe: DatasetTarget = { recipe: workspace.recipe };

async function open(target: DatasetTarget = recipe, more: Partial<LiveOptions> = {}): Promise<void> {
  live = await LiveDataset.open(browser, { home: home.home.folder, folders: [workspace.folder], target, ...more });
}

/** Waits until the detail shows the row of a number. */
const shows = async (row: number): Promise<void> => {
  await holds(live.view.page, `document.querySelector('.detail').getAttribute('aria-busy') !== 'true' && Number(document.querySelector('.go-to').value) === ${row + 1}`); // prettier-ignore
};

const wholeCounts = (): Promise<void> =>
  holds(live.view.page, `/^\\d+$/.test(document.querySelectorAll('.filter .count')[1]?.textContent ?? '')`);

const goTo = async (row: number): Promise<void> => {
  await live.view.page.fill('.go-to', String(row + 1));
  await live.view.page.press('.go-to', 'Enter');
  await shows(row);
};

interface Previewed {
  readonly text: string;
  readonly tokens: readonly { readonly text: string; readonly trained: boolean }[];
}

async function previewed(row: number, ...words: string[]): Promise<Previewed> {
  const { stdout } = await home.anneal(['preview', 'recipe.yaml', '--dataset', 'chat', '--row', String(row), '--json', ...words], workspace.folder); // prettier-ignore
  return JSON.parse(stdout) as Previewed;
}

describe('a row', () => {
  test('text, tokens and mask are those of the command line; its messages are those of the file', async () => {
    await open();
    for (const row of [0, 9, 47]) {
      await goTo(row);
      const { text, tokens } = await previewed(row);
      const own = { text, tokens: tokens.map(({ text, trained }) => ({ text: text.replaceAll('\t', '⇥'), trained })) };
      await live.view.page.click('#tab-tokens');
      expect(await shownTokens(live.view.page)).toEqual(own.tokens);
      await live.view.page.click('#tab-text');
      expect((await shownText(live.view.page, '.rendered')).startsWith(text)).toBe(true);
      await live.view.page.click('#tab-messages');
      const { conversations } = JSON.parse(rows[row] ?? '') as { conversations: { value: string }[] };
      expect(await shownText(live.view.page, '.bubble.user .text')).toBe(conversations[0]?.value);
      await live.view.page.click('#tab-raw');
      expect(JSON.parse(await shownText(live.view.page, '.panel pre'))).toEqual({ conversations });
    }
  });

  test('markup in data stays text; what cannot be seen stands as its name', async () => {
    await open();
    await goTo(7);
    await live.view.page.click('#tab-messages');
    expect(await live.view.page.locator('.bubble.user .text').textContent()).toContain('<img src=x onerror=');
    expect(await live.view.page.locator('img, .bubble script, .bubble b').count()).toBe(0);
    expect(await live.view.page.title()).toBe('view');
    await goTo(9);
    const marks = await live.view.page.locator('.bubble.user .unseen-char').allTextContents();
    expect(marks).toEqual(['U+202E RLO', 'U+2066 LRI', 'U+2069 PDI', 'U+200B ZWSP', 'U+0007']);
  });

  test('one that is left out says why, with its finding and the way to it', async () => {
    await open();
    await goTo(3);
    expect(await live.view.page.locator('.detail .banner').textContent()).toContain('The row is left out, because its message 2 is from "human"'); // prettier-ignore
    await live.view.page.click('.finding .link');
    await until(() => live.acts.some((act) => act.type === 'reveal' && act.row === 3), 'the row in its file');
    await goTo(5);
    await live.view.page.click('#tab-messages');
    expect(await live.view.page.locator('.bubble.assistant .finding').textContent()).toContain('empty-response');
  });

  test('why a token is trained or not, by mouse and by keys', async () => {
    await open();
    const { page } = live.view;
    await page.hover('.token.special >> nth=0');
    expect(await page.locator('.tip').textContent()).toMatch(/special token \d+not trained: written by the template/);
    await page.focus('.tokens');
    await page.keyboard.press('End');
    const active = page.locator('.token.active');
    expect(await active.getAttribute('aria-label')).toMatch(/, trained: part of an answer$/);
    expect(await page.getAttribute('.tokens', 'aria-activedescendant')).toBe(await active.getAttribute('id'));
    expect(await page.locator('.tip').textContent()).toContain('trained: part of an answer');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    expect(await active.getAttribute('aria-label')).toMatch(/not trained/);
  });
});

describe('rows', () => {
  test('are counted, filtered and found', async () => {
    await open();
    const { page } = live.view;
    await wholeCounts();
    // rows 11, 23 … are long, 3 and 5 are wrong, 20 repeats 19
    expect(await counts(page)).toMatchObject({ Errors: '2', Cut: '10', 'Left out': '1', Duplicates: '1', 'Nothing trained': '0' }); // prettier-ignore
    await page.click('.filter >> text=Errors');
    await shows(3);
    expect(await listedRows(page)).toEqual([3, 5]);
    await page.click('.filter >> text=Cut');
    await shows(11);
    expect(await listedRows(page)).toEqual([11, 23, 35, 47, 59, 71, 83, 95, 107, 119]);
    await page.fill('.search', 'PLAN X');
    await shows(23);
    await holds(page, `document.querySelector('.progress-words').textContent.includes('found')`);
    expect(await listedRows(page)).toEqual([23]);
    await page.click('.filter >> text=All');
    await page.fill('.search', '/^Question 1\\d:/');
    await shows(10);
    await holds(page, `document.querySelector('.progress-words').textContent === '11 rows found'`);
    expect(await listedRows(page)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    await page.fill('.search', '/(/');
    await page.waitForSelector('.banner.error >> text=The expression cannot be read');
  });

  test('are walked through by keys, and told to a screen reader', async () => {
    await open();
    const { page } = live.view;
    await page.focus('.list');
    for (const [key, row] of [['ArrowDown', 1], ['End', 119], ['ArrowUp', 118], ['Home', 0]] as const) {
      await page.keyboard.press(key);
      await shows(row);
      const active = await page.getAttribute('.list', 'aria-activedescendant');
      const option = page.locator(`#${active}`);
      expect([await option.getAttribute('aria-posinset'), await option.getAttribute('aria-setsize'), await option.getAttribute('aria-selected')]).toEqual([String(row + 1), '120', 'true']);
    }
    await page.keyboard.press('PageDown');
    const row = Number(await page.inputValue('.go-to')) - 1;
    expect(row).toBeGreaterThan(5);
    await shows(row);
    await page.keyboard.press('Enter');
    await until(() => live.acts.some((act) => act.type === 'reveal' && act.row === row), 'the row in its file');
  }); // prettier-ignore

  test('of another dataset of the recipe', async () => {
    await open();
    await live.view.page.selectOption('select[aria-label=Dataset]', 'other');
    await live.view.page.waitForSelector('.name >> text=other');
    await holds(live.view.page, `document.querySelectorAll('.row:not([hidden])').length === 1`);
  });

  test('that change while they are shown are read again', async () => {
    await open({ file: workspace.data('other.jsonl') });
    await live.view.page.waitForSelector('.chip >> text=1 row');
    appendFileSync(workspace.data('other.jsonl'), '{"instruction": "new", "output": "row"}\n');
    await live.feed.refresh();
    await live.view.page.waitForSelector('.chip >> text=2 rows');
    await live.view.page.waitForSelector('.row .title >> text=new');
  });
});

describe('what is tried out', () => {
  test('shows its effect, and the recipe stays as it is until that is asked for', async () => {
    await open();
    const { page } = live.view;
    const before = readFileSync(workspace.recipe, 'utf8');
    await page.fill('input[aria-label=cutoff_len]', '40');
    await page.waitForSelector('.changed >> text=not in the recipe yet');
    await shows(0);
    const { tokens } = await previewed(0, 'cutoff_len=40');
    expect((await shownTokens(page)).length).toBe(tokens.length);
    expect(await page.locator('.tokens del').count()).toBeGreaterThan(0);
    await page.selectOption('select[aria-label=template]', 'qwen');
    await holds(page, `document.querySelector('.tokens')?.textContent.includes('You are a helpful assistant')`);
    const tried = await previewed(0, 'cutoff_len=40', 'template=qwen');
    await shows(0);
    expect((await shownTokens(page)).map(({ trained }) => trained)).toEqual(tried.tokens.map(({ trained }) => trained));
    await page.click('button >> text=Apply to recipe');
    await until(() => live.acts.some(({ type }) => type === 'apply'), 'the wish to write it');
    expect(live.feed.tried).toEqual({ template: 'qwen', cutoffLength: 40 });
    await page.click('button >> text=Back to the recipe');
    await page.waitForSelector('.changed', { state: 'hidden' });
    expect(await page.inputValue('input[aria-label=cutoff_len]')).toBe('120');
    expect(readFileSync(workspace.recipe, 'utf8')).toBe(before);
  });

  test('a file by itself has rows and columns, and with a recipe tokens', async () => {
    await open({ file: workspace.data('chat.jsonl') });
    const { page } = live.view;
    await page.waitForSelector('.bubble.user');
    expect(await page.locator('[role=tab]:not([hidden])').allTextContents()).toEqual(['Messages', 'Raw row']);
    await page.click('button >> text=Show with a recipe…');
    await until(() => live.acts.some(({ type }) => type === 'chooseRecipe'), 'the choice');
    await live.feed.retarget({ recipe: workspace.recipe, file: workspace.data('chat.jsonl') });
    await page.click('#tab-tokens');
    await page.waitForSelector('.token.trained');
    expect(await page.locator('.name').textContent()).toBe('chat');
  });
});

test('a message that is none is refused and told, and the view goes on', async () => {
  await open();
  await live.view.send({ type: 'rows', request: -1 }, { type: 'row', request: 1, row: { row: '<b>' } }, 'x', null, { type: 'state', state: {} }); // prettier-ignore
  await until(() => live.said.filter(({ message }) => message.type === 'refused').length === 5, 'five refusals');
  await goTo(4);
  expect((await shownTokens(live.view.page)).length).toBeGreaterThan(10);
  // and what the view says is held against its protocol, too
  const refused = live.said.find(({ message }) => message.type === 'refused');
  expect(refused?.message).toMatchObject({ reason: expect.stringContaining('request') as string });
});

test('what was looked at is there again after a reload', async () => {
  await open(recipe, { state: { ...recipe, row: 23, tab: 'text', filter: null, longestFirst: false, search: '', tried: { cutoffLength: 50 } } }); // prettier-ignore
  await shows(23);
  await live.view.page.waitForSelector('.rendered');
  await live.view.page.waitForSelector('.changed >> text=not in the recipe yet');
  expect(await live.view.page.inputValue('input[aria-label=cutoff_len]')).toBe('50');
});

test('in Chinese', async () => {
  await open(recipe, { language: 'zh-cn' });
  await live.view.page.waitForSelector('#tab-tokens >> text=词元与掩码');
  await goTo(3);
  expect(await live.view.page.locator('.finding p').first().textContent()).toMatch(/\p{Script=Han}/u);
});

describe('looks', () => {
  test.each(['dark', 'light', 'high-contrast', 'high-contrast-light'] as const)('%s', async (theme) => {
    await open(recipe, { theme, width: 1360, height: 860 });
    await wholeCounts();
    for (const [row, tab] of [[11, 'tokens'], [9, 'messages'], [3, 'raw'], [0, 'text']] as const) {
      await goTo(row);
      await live.view.page.click(`#tab-${tab}`);
      await live.view.drawn();
      expect(await live.view.seriousViolations()).toEqual([]);
      await live.view.screenshot(`dataset-${theme}-${tab}`);
    }
  }); // prettier-ignore

  test.each([
    ['narrow', recipe, { width: 400 }, '.token'],
    ['empty', { file: workspace.data('empty.jsonl') }, {}, 'text=There are no rows.'],
    ['broken', { file: workspace.data('broken.json') }, { theme: 'light' }, '.banner.error'],
    ['long', { ...recipe, dataset: 'long' }, { height: 860, state: { row: 0, tab: 'tokens', filter: null, longestFirst: false, search: '', tried: { cutoffLength: 20_000 } } }, '.token >> nth=8000'],
    ['forced-colors', recipe, { forcedColors: true }, '.token.trained'],
  ] as const)('%s', async (name, target, more, selector) => {
    await open(target, more);
    await live.view.page.waitForSelector(selector, { state: 'attached' });
    await live.view.drawn();
    // of forced colours axe sees those that they stand in for
    expect(await live.view.seriousViolations(name === 'forced-colors' ? ['color-contrast'] : [])).toEqual([]);
    await live.view.screenshot(`dataset-${name}`);
  }); // prettier-ignore
});
