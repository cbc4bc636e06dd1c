// What stands in the dataset view's page, as data: texts with their signs for what cannot be seen turned back into it.
import type { Frame, Page } from 'playwright-core';

export interface ShownToken {
  readonly text: string;
  readonly trained: boolean;
}

/** Runs in the page: the text of an element as it was before it was made visible. */
const plain = `const plain = (node) => {
  const copy = node.cloneNode(true);
  for (const mark of copy.querySelectorAll('.unseen-char')) mark.replaceWith(String.fromCodePoint(parseInt(mark.textContent.slice(2), 16)));
  for (const end of copy.querySelectorAll('.line-end')) end.remove();
  return copy.textContent;
};`;

export const shownTokens = async (page: Page | Frame): Promise<ShownToken[]> =>
  await page.evaluate<ShownToken[]>(
    `(() => { ${plain} return [...document.querySelectorAll('.token')].map((token) => ({ text: plain(token).replace('◌', ''), trained: token.classList.contains('trained') })); })()`,
  );

export const shownText = async (page: Page | Frame, selector: string): Promise<string> =>
  await page.evaluate<string>(`(() => { ${plain} return plain(document.querySelector(${JSON.stringify(selector)})); })()`); // prettier-ignore

/** Numbers of the rows that the list draws, in their order. */
export const listedRows = async (page: Page): Promise<number[]> =>
  await page.evaluate<number[]>(
    `[...document.querySelectorAll('.row:not([hidden]):not(.waiting)')].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top).map((row) => Number(row.querySelector('.number').textContent.replaceAll(',', '')) - 1)`,
  );

/** Counts of the filters by their words. */
export const counts = async (page: Page): Promise<Record<string, string>> =>
  await page.evaluate<Record<string, string>>(
    `Object.fromEntries([...document.querySelectorAll('.filter:not([hidden])')].map((chip) => [chip.firstChild.textContent, chip.querySelector('.count').textContent]))`,
  );

/** Waits until an expression holds in the page. The page's policy keeps Playwright's own way from reading text as a script. */
export async function holds(page: Page, expression: string): Promise<void> {
  for (const began = performance.now(); !(await page.evaluate<boolean>(`Boolean(${expression})`));) {
    if (performance.now() - began > 20_000) throw new Error(`It never held in the page: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
