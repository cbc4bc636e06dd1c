// Recorded talk between the dataset view and its host (record-dataset.ts), replayed into the view as it is now.
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WholeRow } from '../../daemon/data/protocol.ts';
import { fromDatasetView, toDatasetView, type FromDatasetView, type ToDatasetView } from '../../webviews/dataset/protocol.ts'; // prettier-ignore
import { launchChromium } from './chromium.ts';
import type { Said } from './dataset-host.ts';
import { counts, holds, listedRows, shownTokens } from './dataset-page.ts';
import { ViewPage } from './view.ts';

const lines = readFileSync(new URL('./fixtures/traffic/dataset.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const recorded = lines.map((line) => JSON.parse(line) as Said);
const fromHost = recorded.flatMap((said) => (said.from === 'host' ? [said.message] : []));

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** What was asked, whatever its number. */
const question = (message: FromDatasetView): string => JSON.stringify({ ...message, request: undefined });

/** The recorded answers to the questions of a view, with the numbers that it gives them now. */
function answers(message: FromDatasetView, isTried: boolean): ToDatasetView[] {
  const last = <T extends ToDatasetView>(fits: (one: ToDatasetView) => one is T): T[] =>
    fromHost.filter(fits).slice(-1);
  if (message.type === 'try') return last((one) => one.type === 'state');
  if (message.type === 'look') {
    const scans = fromHost.filter((one) => one.type === 'scan' && one.scan.scan?.state === 'done');
    return isTried ? scans.slice(-1) : scans.slice(0, 1);
  }
  const asked = recorded.filter((said): said is Extract<Said, { from: 'view' }> => said.from === 'view' && question(said.message) === question(message)); // prettier-ignore
  const { message: one } = (isTried ? asked.at(-1) : asked[0]) ?? {};
  if (!one || !('request' in one) || !('request' in message)) return [];
  const { request } = message;
  const found = fromHost.find((answer) => (answer.type === 'row' || answer.type === 'rows') && answer.request === one.request); // prettier-ignore
  return found ? [{ ...found, request } as ToDatasetView] : [];
}

test('every message is one of the protocol as it is now', () => {
  for (const { from, message } of recorded) {
    const read = (from === 'host' ? toDatasetView : fromDatasetView).safeParse(message);
    expect(read.error?.issues).toBeUndefined();
    expect(read.data).toEqual(message);
  }
});

test('what was recorded is shown: rows, counts, text, tokens and mask, and what is tried out', async () => {
  const view = await ViewPage.open(browser, { view: 'dataset' });
  const { page } = view;
  let isTried = false;
  view.answer((said) => {
    const message = fromDatasetView.parse(said);
    if (message.type === 'try') isTried = true;
    // the last answers may find the page closed
    view.send(...answers(message, isTried)).catch(() => undefined);
  });
  await view.send(fromHost.find(({ type }) => type === 'state'));
  const tokensOf = (number: number): object[] => {
    const rows = fromHost.flatMap((one) => (one.type === 'row' && one.row.row === number ? [one.row] : []));
    const row = (isTried ? rows.at(-1) : rows[0]) as WholeRow;
    const tokens = row.shown && 'tokens' in row.shown ? (row.shown.tokens as { text: string; trained: boolean }[]) : [];
    return tokens.map(({ text, trained }) => ({ text, trained }));
  };
  await holds(page, `document.querySelectorAll('.token').length > 10`);
  expect(await shownTokens(page)).toEqual(tokensOf(0));
  await page.fill('.go-to', '10');
  await page.press('.go-to', 'Enter');
  await holds(page, `document.querySelector('.tokens.mono .unseen-char')`);
  expect(await shownTokens(page)).toEqual(tokensOf(9));
  expect(await counts(page)).toMatchObject({ Errors: '2', Cut: '10', 'Left out': '1', Duplicates: '1' });
  await page.click('.filter >> text=Errors');
  await holds(page, `document.querySelector('.detail .banner:not([hidden])')`);
  expect(await listedRows(page)).toEqual([3, 5]);
  await page.fill('input[aria-label=cutoff_len]', '40');
  await holds(page, `!document.querySelector('.changed').hidden`);
  expect(await page.inputValue('input[aria-label=cutoff_len]')).toBe('40');
  expect(view.errors).toEqual([]);
  await view.close();
});
