// Carets in half-typed recipes and entries: what must be offered or shown there, what must not, and in which order.
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { positionAt, TestClient } from './testing/client.ts';

type Wanted = string | readonly string[];

interface Case {
  readonly name: string;
  readonly kind: 'completion' | 'hover';
  readonly path: string;
  /** ▮ is the caret; … in front stands for the head of a recipe. */
  readonly text: string;
  readonly offers?: readonly Wanted[];
  readonly leavesOut?: readonly string[];
  readonly before?: readonly (readonly [string, string])[];
  readonly inFirst?: { readonly n: number; readonly labels: readonly string[] };
  readonly notInFirst?: { readonly n: number; readonly labels: readonly string[] };
  readonly nothing?: true;
}

const { head, cases } = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/assist.json'), 'utf8')) as { head: string; cases: Case[] }; // prettier-ignore

let client: TestClient;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'anneal-assist-'));
  cpSync(join(import.meta.dirname, '../tests/corpus/recipes'), folder, { recursive: true });
  client = await TestClient.start({ folder });
});
afterAll(() => client.stop());

const among = (wanted: Wanted, has: (text: string) => boolean): boolean => [wanted].flat().some(has);

test.each(cases)('$name', async ({ kind, path, text, offers = [], leavesOut = [], nothing, ...order }) => {
  const marked = text.replace(/^…/, head);
  const offset = marked.indexOf('▮');
  const whole = marked.replace('▮', '');
  const uri = await client.open(path, whole);
  const at = positionAt(whole, offset);
  if (kind === 'hover') {
    const shown = await client.hoverAt(uri, at);
    await client.close(uri);
    if (nothing) return expect(shown).toBeUndefined();
    expect(offers.filter((wanted) => !among(wanted, (part) => shown?.includes(part) === true))).toEqual([]);
    return expect(leavesOut.filter((unwanted) => shown?.includes(unwanted))).toEqual([]);
  }
  const labels = (await client.completeAt(uri, at)).map(({ label }) => label);
  await client.close(uri);
  if (nothing) return expect(labels).toEqual([]);
  expect(offers.filter((wanted) => !among(wanted, (label) => labels.includes(label)))).toEqual([]);
  expect(leavesOut.filter((unwanted) => labels.includes(unwanted))).toEqual([]);
  const place = (label: string): number => (labels.includes(label) ? labels.indexOf(label) : labels.length);
  expect(order.before?.filter(([first, second]) => place(first) >= place(second)) ?? []).toEqual([]);
  expect(order.inFirst?.labels.filter((label) => place(label) >= (order.inFirst?.n ?? 0)) ?? []).toEqual([]);
  return expect(order.notInFirst?.labels.filter((label) => place(label) < (order.notInFirst?.n ?? 0)) ?? []).toEqual([]); // prettier-ignore
});
