// From a parsed recipe and overrides to typed values: every key known, of its type, one of its choices, and built.
import * as l10n from '@vscode/l10n';
import { argumentNames, argumentOf, argumentsTable, type Recipe } from './recipe.ts';
import type { Argument } from './argument.ts';
import type { Finding, Fix, Range } from './finding.ts';
import { parseOverrides, type RecipeDocument } from './parse.ts';
import { removedKeys } from './removed.ts';
import { nearest } from './suggest.ts';

export interface ResolvedRecipe {
  readonly recipe: Recipe;
  /** Keys that the file or an override gives. */
  readonly given: ReadonlySet<string>;
  readonly findings: readonly Finding[];
  /** Where a key stands, for rules to point at; the start of the file for one that is absent or from the command line. */
  locate(key: string, part?: 'key' | 'value'): Range & { readonly file: string };
}

const start: Range = { line: 1, column: 1, endLine: 1, endColumn: 1 };

/** Resolves a recipe. Findings are errors where a value cannot be used; the default then stands in for it. */
export function resolveRecipe(document: RecipeDocument, overrideWords: readonly string[] = []): ResolvedRecipe {
  const overrides = parseOverrides(overrideWords);
  const findings: Finding[] = [...document.findings, ...overrides.findings];
  const values: Record<string, unknown> = {};
  for (const name of argumentNames) values[name] = argumentsTable[name].default;
  const given = new Set<string>();

  const locate: ResolvedRecipe['locate'] = (key, part = 'value') => {
    const entry = overrides.entries.has(key) ? undefined : document.entries.get(key);
    const range = entry ? (part === 'key' ? entry.keyRange : entry.valueRange) : start;
    return { ...range, file: overrides.entries.has(key) ? 'command line' : document.file };
  };
  const report = (
    key: string,
    part: 'key' | 'value',
    severity: Finding['severity'],
    code: string,
    message: string,
    fix?: Fix,
  ): void => void findings.push({ ...locate(key, part), severity, code, message, ...(fix ? { fix } : {}) });

  const all = new Map([...document.entries].map(([key, { value }]) => [key, value]));
  for (const [key, value] of overrides.entries) all.set(key, value);
  for (const [key, value] of all) {
    const argument = argumentOf(key);
    if (!argument) {
      unknownKey(key, report);
      continue;
    }
    given.add(key);
    const read = readValue(argument, value);
    if ('problem' in read) {
      report(key, 'value', 'error', read.code, `${key} ${read.problem}`, read.fix);
      continue;
    }
    values[key] = read.value;
    if (argument.support === 'later' && !isNeutral(argument, read.value)) {
      report(
        key,
        'key',
        'info',
        'not-built-yet',
        l10n.t(
          'Anneal knows {0}, but does not have it yet: leave it out, or set it to {1}.',
          key,
          JSON.stringify(argument.default),
        ),
      );
    }
  }
  // each value was read by its argument's type
  return { recipe: values as unknown as Recipe, given, findings, locate };
}

type Report = (
  key: string,
  part: 'key' | 'value',
  severity: Finding['severity'],
  code: string,
  message: string,
  fix?: Fix,
) => void;

function unknownKey(key: string, report: Report): void {
  const removed = Object.hasOwn(removedKeys, key) ? removedKeys[key] : undefined;
  if (removed) {
    const instead = removed.replacement
      ? `use ${removed.replacement}${removed.note ? ` (${removed.note})` : ''}`
      : 'remove it';
    report(
      key,
      'key',
      'error',
      'removed-key',
      `${key} was removed from LLaMA-Factory: ${instead}.`,
      removed.replacement ? { title: `Use ${removed.replacement}`, text: removed.replacement } : undefined,
    );
    return;
  }
  const close = nearest(key, argumentNames);
  report(
    key,
    'key',
    'error',
    'unknown-key',
    `There is no recipe key "${key}"${close ? `; did you mean ${close}?` : '.'}`,
    close ? { title: `Change to ${close}`, text: close } : undefined,
  );
}

/** Whether a value asks for nothing that the default would not do. */
const isNeutral = (argument: Argument<unknown>, value: unknown): boolean =>
  value === null ||
  value === false ||
  JSON.stringify(value) === JSON.stringify(argument.default) ||
  value === 'none' ||
  value === 'no';

type Read = { value: unknown } | { problem: string; code: string; fix?: Fix };

const wrong = (problem: string, fix?: Fix): Read => ({ problem, code: 'wrong-type', ...(fix ? { fix } : {}) });

function readValue(argument: Argument<unknown>, value: unknown): Read {
  // a key written with null overrides its default
  if (value === null) {
    if (argument.default === null) return { value };
    return argument.required ? wrong('needs a value.') : { value: argument.default };
  }
  const attempts = argument.type.split('|').map((type) => readAs(type, value, argument));
  const success = attempts.find((attempt) => 'value' in attempt);
  if (!success) return attempts[0] ?? wrong('has a value of no known type.');
  return checkChoice(argument, 'value' in success ? success.value : value);
}

function readAs(type: string, value: unknown, { separator, choices }: Argument<unknown>): Read {
  switch (type) {
    case 'bool':
      return typeof value === 'boolean' ? { value } : wrong(`must be true or false, not ${JSON.stringify(value)}.`);
    case 'int':
    case 'float': {
      if (typeof value === 'number' && !Number.isNaN(value) && (type === 'float' || Number.isInteger(value)))
        return { value };
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
      const fits = !Number.isNaN(number) && (type === 'float' || Number.isInteger(number));
      const what = type === 'int' ? 'a whole number' : 'a number';
      return fits
        ? wrong(`must be ${what}, but the quotes make it text.`, {
            title: 'Remove the quotes',
            text: String(value).trim(),
          })
        : wrong(`must be ${what}, not ${JSON.stringify(value)}.`);
    }
    case 'string':
      if (typeof value === 'string') return { value };
      // YAML reads an unquoted no as false
      if (value === false && choices?.includes('no'))
        return wrong("is false here, because YAML reads no as false: write 'no' in quotes.", {
          title: 'Put it in quotes',
          text: "'no'",
        });
      if (typeof value === 'number') return { value: String(value) };
      if (
        separator &&
        Array.isArray(value) &&
        value.every((item) => typeof item === 'string' || typeof item === 'number')
      )
        return { value };
      return wrong(`must be text, not ${JSON.stringify(value)}.`);
    case 'string[]':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? { value }
        : wrong('must be a list of texts.');
    case 'object':
      return typeof value === 'object' && !Array.isArray(value) ? { value } : wrong('must be a mapping.');
    default:
      throw new Error(`no such argument type: ${type}`);
  }
}

function checkChoice({ choices, separator }: Argument<unknown>, value: unknown): Read {
  if (!choices || typeof value === 'boolean' || Array.isArray(value)) return { value };
  if (choices.some((choice) => choice === value)) return { value };
  if (
    separator !== undefined &&
    typeof value === 'string' &&
    splitList(value, separator).every((part) => choices.includes(part))
  )
    return { value };
  const names = choices.map(String);
  const close = typeof value === 'string' ? nearest(value, names) : undefined;
  const list = names.length > 12 ? `${names.slice(0, 12).join(', ')} …` : names.join(', ');
  return {
    problem: `cannot be ${JSON.stringify(value)}${close ? `; did you mean ${close}?` : `: choose ${list}.`}`,
    code: 'invalid-choice',
    ...(close ? { fix: { title: `Change to ${close}`, text: close } } : {}),
  };
}

/** The parts of a value that may be a list or a text of several: "a, b" and [a, b] alike. */
export function splitList(value: string | readonly (string | number)[] | null, separator = ','): string[] {
  if (value === null) return [];
  const parts = typeof value === 'string' ? value.split(separator) : value.map(String);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
