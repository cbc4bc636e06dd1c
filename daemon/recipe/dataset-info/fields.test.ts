// The fields of dataset_info.json against the recorded facts.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { columnFields, columnsOf, defaultColumns, entryFields, sourceFields, tagFields, tagsOf } from './fields.ts';

interface Fact {
  name: string;
  type: string;
  default?: unknown;
  choices?: string[];
  formatting?: string[];
  doc: string;
}

const facts = JSON.parse(readFileSync(new URL('../fixtures/dataset-info.json', import.meta.url), 'utf8')) as Record<
  'source' | 'entry' | 'columns' | 'tags',
  Fact[]
>;

const types: Record<string, string> = { bool: 'boolean', int: 'integer' };

describe.each([
  ['source', sourceFields],
  ['entry', entryFields],
  ['columns', columnFields],
  ['tags', tagFields],
] as const)('%s', (group, fields) => {
  test('has the fields of the facts in their order', () => {
    expect(Object.keys(fields)).toEqual(facts[group].map(({ name }) => name));
  });

  test.each(facts[group])('$name', (fact) => {
    const field = (fields as Record<string, object>)[fact.name];
    const { length } = ['alpaca', 'sharegpt', 'openai'];
    expect(field).toMatchObject({
      type: types[fact.type] ?? fact.type,
      default: fact.default ?? null,
      ...(fact.choices ? { choices: fact.choices } : {}),
      ...(fact.formatting && fact.formatting.length < length ? { formatting: fact.formatting } : {}),
    });
  });
});

test('naming one column or tag resets all others', () => {
  expect(columnsOf(undefined)).toEqual(defaultColumns);
  expect(columnsOf({ prompt: 'q' })).toMatchObject({ prompt: 'q', query: undefined, response: undefined });
  expect(columnsOf({})).toMatchObject({ prompt: undefined, messages: undefined });
  expect(tagsOf({ user_tag: 'user' })).toMatchObject({ user_tag: 'user', role_tag: undefined });
});
