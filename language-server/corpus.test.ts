// The recorded requests of the corpus: what must be offered and shown at a cursor, what must not, and in which order.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { positionAt, TestClient } from './testing/client.ts';

type Wanted = string | readonly string[];

interface Case {
  readonly id: string;
  readonly kind: 'completion' | 'hover';
  readonly path: string;
  readonly text: string;
  readonly offset: number;
  readonly mustInclude: readonly Wanted[];
  readonly mustNotInclude: readonly string[];
  readonly before?: readonly (readonly [string, string])[];
  readonly inFirst?: { readonly n: number; readonly labels: readonly string[] };
  readonly notInFirst?: { readonly n: number; readonly labels: readonly string[] };
  readonly expectEmpty?: boolean;
}

const corpus = join(import.meta.dirname, '../tests/corpus');
const { cases } = JSON.parse(readFileSync(join(corpus, 'assist/expected.json'), 'utf8')) as { cases: Case[] };
const of = (kind: Case['kind']): (readonly [string, Case])[] =>
  cases.filter((one) => one.kind === kind).map((one) => [one.id, one]);

let client: TestClient;
beforeAll(async () => void (client = await TestClient.start({ folder: join(corpus, 'recipes') })));
afterAll(() => client.stop());

const alternatives = (wanted: Wanted): readonly string[] => (typeof wanted === 'string' ? [wanted] : wanted);

describe('completion', () => {
  test.each(of('completion'))('%s', async (_, { path, text, offset, mustInclude, mustNotInclude, ...order }) => {
    const uri = await client.open(path, text);
    const labels = (await client.completeAt(uri, positionAt(text, offset))).map(({ label }) => label);
    await client.close(uri);
    for (const wanted of mustInclude) expect(alternatives(wanted).some((label) => labels.includes(label)), `${wanted} in ${labels}`).toBe(true); // prettier-ignore
    for (const unwanted of mustNotInclude) expect(labels).not.toContain(unwanted);
    for (const [first, second] of order.before ?? []) {
      expect(labels).toContain(first);
      if (labels.includes(second)) expect(labels.indexOf(first)).toBeLessThan(labels.indexOf(second));
    }
    for (const label of order.inFirst?.labels ?? []) expect(labels.slice(0, order.inFirst?.n)).toContain(label);
    for (const label of order.notInFirst?.labels ?? [])
      expect(labels.slice(0, order.notInFirst?.n)).not.toContain(label);
  });
});

describe('hover', () => {
  test.each(of('hover'))('%s', async (_, { path, text, offset, mustInclude, mustNotInclude, expectEmpty }) => {
    const uri = await client.open(path, text);
    const shown = await client.hoverAt(uri, positionAt(text, offset));
    await client.close(uri);
    if (expectEmpty) return expect(shown).toBeUndefined();
    for (const wanted of mustInclude) expect(alternatives(wanted).some((part) => shown?.includes(part)), `${wanted} in ${shown}`).toBe(true); // prettier-ignore
    for (const unwanted of mustNotInclude) expect(shown).not.toContain(unwanted);
  });
});
