// The table against the recorded facts, and YAML as PyYAML reads it.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseOverrides } from './overrides.ts';
import { parseRecipe } from './parse.ts';
import { argumentNames, argumentOf } from './recipe.ts';
import { readPlainScalar } from './yaml11.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

interface Fact {
  name: string;
  type: string;
  default?: unknown;
  choices?: unknown[];
  group: string;
  stages?: string[];
}

const facts = (JSON.parse(fixture('recipe-arguments.json')) as { arguments: Fact[] }).arguments;

describe('the arguments table', () => {
  test.each(facts)('$name', ({ name, default: value, choices, group, stages, type }) => {
    const argument = argumentOf(name);
    expect(argument).toMatchObject({ group, default: value ?? null });
    expect(argument?.choices).toEqual(choices);
    expect(argument?.stages).toEqual(stages);
    expect(argument?.type.split('|')).toEqual(expect.arrayContaining(type.split('|')));
    expect(argument?.doc.length).toBeGreaterThanOrEqual(8);
  });

  test('has nothing else but our own keys', () => {
    const known = new Set(facts.map(({ name }) => name));
    expect(argumentNames.filter((name) => !known.has(name) && !name.startsWith('anneal_'))).toEqual([]);
  });

  test('says why a key has no effect', () => {
    for (const name of argumentNames) {
      const argument = argumentOf(name);
      if (argument?.support === 'no-effect') expect(argument.because, name).toBeTruthy();
    }
  });
});

describe('scalars', () => {
  test.each([
    ['no', false], ['off', false], ['Yes', true], ['ON', true], ['y', 'y'], ['n', 'n'], ['1e-4', 1e-4], ['1E5', 1e5], ['1.5e-3', 1.5e-3],
    ['None', 'None'], ['null', null], ['~', null], ['', null], ['010', 8], ['09', '09'], ['0o10', '0o10'], ['1:30', 90], ['1_000', 1000],
    ['1,000', '1,000'], ['nan', 'nan'], ['inf', 'inf'], ['-.5', '-.5'], ['.5e2', '.5e2'], ['.inf', Number.POSITIVE_INFINITY], ['.nan', Number.NaN],
    ['2024-01-01', '2024-01-01'], ['0x1F', 31], ['-3', -3], ['+7', 7], ['3.', 3], ['0', 0], ['${oc.env:HOME}', '${oc.env:HOME}'],
  ])('%s', (text, value) => {
    expect(readPlainScalar(text)).toEqual(value);
  }); // prettier-ignore
});

describe('parsing', () => {
  const parse = (text: string): Record<string, unknown> =>
    Object.fromEntries([...parseRecipe(text, 'r.yaml').entries].map(([key, { value }]) => [key, value]));
  const codes = (text: string): string[] =>
    parseRecipe(text, 'r.yaml').findings.map(({ code, line }) => `${line} ${code}`);

  test('quotes keep text, lists and mappings nest', () => {
    expect(parse('a: "1e-4"\nb: [1, x, "2"]\nc: {d: no}\n')).toEqual({ a: '1e-4', b: [1, 'x', '2'], c: { d: false } });
  });
  test('anchors and merge keys', () => {
    expect(parse('base: &b {seed: 1, stage: pt}\n<<: *b\nstage: sft\n')).toMatchObject({ seed: 1, stage: 'sft' });
  });
  test('a byte order mark is not a column', () => {
    expect(parseRecipe('\uFEFFstage: sft', 'r.yaml').entries.get('stage')?.keyRange).toMatchObject({
      line: 1,
      column: 1,
    });
  });
  test('what is refused', () => {
    expect(codes('a: 1\na: 2\n')).toEqual(['2 duplicate-key']);
    expect(codes('a: 1\n---\nb: 2\n')).toEqual(['2 yaml-syntax']);
    expect(codes('- a\n- b\n')).toEqual(['1 top-level-not-mapping']);
    expect(codes('a: !!python/name:os.system x\n')).toEqual(['1 yaml-syntax']);
    expect(codes('a: [1, 2\nb: 3\n').length).toBeGreaterThan(0);
  });
  test('an empty recipe is no mapping', () => {
    expect([parse(''), codes('')]).toEqual([{}, ['1 top-level-not-mapping']]);
  });
  test('overrides are read by the same rules', () => {
    const { entries, findings } = parseOverrides(['lr=1e-4', 'x=no', 'y=[a,b]', 'z=', 'bad']);
    expect(Object.fromEntries(entries)).toEqual({ lr: 1e-4, x: false, y: ['a', 'b'], z: null });
    expect(findings.map(({ code }) => code)).toEqual(['override-syntax']);
  });
});
