// The rules against what is recorded of LLaMA-Factory: every check it makes, and recipes with the checks that refused them.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkRecipe } from '../check.ts';
import { rules } from './list.ts';
import { elsewhere } from './elsewhere.ts';

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');

interface Check {
  id: string;
  severity: 'error' | 'warning' | 'info' | 'silent';
  when: string;
  appliesTo: string[];
}
const checks = (JSON.parse(fixture('checks.json')) as { checks: Check[] }).checks;
const names = new Set(rules.map(({ name }) => name));

describe('every check', () => {
  test.each(checks)('$id is a rule, or stands elsewhere for a reason', ({ id }) => {
    expect([names.has(id), Object.hasOwn(elsewhere, id)]).toContain(true);
    expect(names.has(id) && Object.hasOwn(elsewhere, id), 'once only').toBe(false);
  });

  test('no reason is given for what is no check', () => {
    const known = new Set(checks.map(({ id }) => id));
    expect(Object.keys(elsewhere).filter((id) => !known.has(id))).toEqual([]);
  });
});

interface Golden {
  recipe: Record<string, unknown>;
  refused: boolean;
  by: string[];
}

const goldens = fixture('check-goldens.jsonl').trim().split('\n').map((line) => JSON.parse(line) as Golden); // prettier-ignore

/** The checks that a recipe fails here, by severity error. */
function told(recipe: object): Set<string> {
  const text = Object.entries(recipe).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join(''); // prettier-ignore
  const { findings } = checkRecipe(text, 'r.yaml', [], { command: 'train' });
  return new Set(findings.filter(({ severity }) => severity === 'error').map(({ rule, code }) => rule ?? code));
}

const byId = new Map(checks.map((check) => [check.id, check]));

/** Checks that the reading of a value stands for: whatever its key, they come out as a wrong choice, type or range. */
const ofValues = new Map([
  ['invalid-enum', ['finetuning-type-unknown', 'ref-model-bits', 'reward-model-bits', 'debug-unknown', 'fsdp-option-unknown', 'eval-strategy-unknown', 'logging-strategy-unknown', 'save-strategy-unknown', 'hub-strategy-unknown', 'scheduler-unknown', 'optimizer-unknown']],
  ['wrong-type', ['adapter-list-not-string', 'add-tokens-not-string', 'add-special-tokens-not-string', 'interleave-probs-not-numbers', 'empty-cache-steps']],
  ['yaml-value-surprise', ['eval-strategy-unknown', 'logging-strategy-unknown', 'save-strategy-unknown']],
  ['out-of-range', ['warmup-negative', 'logging-steps-zero', 'ref-model-bits', 'reward-model-bits']],
]); // prettier-ignore

describe('recorded recipes', () => {
  test.each(goldens.map((golden, index) => ({ index, ...golden })))('$index', ({ recipe, refused, by }) => {
    const found = told(recipe);
    const values = [...found].flatMap((name) => ofValues.get(name) ?? []);
    // one wrong value is one finding: what follows from it is not told
    const missed = by.filter((id) => !found.has(id) && !values.includes(id));
    if (values.length === 0) expect([recipe, missed]).toEqual([recipe, []]);
    expect(refused && found.size === 0, 'refused there, and nothing here').toBe(false);
    // what is refused beyond the record is a check that comes later than reading the recipe, or a value that fails later
    const beyond = [...found].filter((id) => !by.includes(id) && !ofValues.has(id));
    expect([recipe, beyond.filter((id) => (byId.get(id)?.when ?? 'parse') === 'parse')]).toEqual([recipe, []]);
    expect(!refused && values.length > 0, 'refused here for a value, and not there').toBe(false);
  });
});
