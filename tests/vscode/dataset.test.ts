// The dataset view in the real editor: opened from the recipe, it shows of a row what the command line previews.
import { expect, test, beforeAll, afterAll } from 'vitest';
import { shownText, shownTokens } from '../browser/dataset-page.ts';
import { anneal } from '../cli/command.ts';
import { Session } from './session.ts';
import { PATIENCE } from './window.ts';

let session: Session;
beforeAll(async () => {
  session = await Session.start();
});
afterAll(() => session.stop());

interface Previewed {
  readonly messages: readonly { readonly content: string }[];
  readonly text: string;
  readonly tokens: readonly { readonly text: string; readonly trained: boolean }[];
}

test('a row as its text, its tokens and its mask', async (context) => {
  const row = 6;
  const { stdout } = await anneal(['preview', 'captain.yaml', '--row', String(row), '--json'], session.workspace);
  const expected = JSON.parse(stdout) as Previewed;
  const window = await session.open(context);
  await window.openFile('captain.yaml');
  await window.lens(/Preview data/);
  const view = await window.view('.detail');
  await view.locator('.go-to').fill(String(row + 1));
  await view.locator('.go-to').press('Enter');
  await view.locator('#tab-tokens').click();
  const expectedTokens = expected.tokens.map(({ text, trained }) => ({ text: text.replaceAll('\t', '⇥'), trained }));
  await expect.poll(() => shownTokens(view), { timeout: PATIENCE }).toEqual(expectedTokens);
  expect(expectedTokens.some(({ trained }) => trained)).toBe(true);
  expect(expectedTokens.some(({ trained }) => !trained)).toBe(true);
  await view.locator('#tab-text').click();
  expect((await shownText(view, '.rendered')).startsWith(expected.text)).toBe(true);
  await view.locator('#tab-messages').click();
  expect(await shownText(view, '.bubble.user .text')).toBe(expected.messages[0]?.content);
});
