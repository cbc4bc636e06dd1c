// From a parsed recipe and overrides to typed values: every key known and of this command, every value of its type and in its range.
import * as l10n from '@vscode/l10n';
import type { Argument } from './argument.ts';
import { acceptedBy, appliesTo, type Command } from './commands.ts';
import { RecipeEdits } from './edits.ts';
import type { Edit, Finding, Fix, Range, Severity } from './finding.ts';
import { parseOverrides } from './overrides.ts';
import type { RecipeDocument, RecipeEntry } from './document.ts';
import { sourceOf } from './parts.ts';
import { ranges } from './ranges.ts';
import { argumentNames, argumentOf, argumentsTable, type ArgumentName, type Recipe } from './recipe.ts';
import { unknownKey } from './unknown-key.ts';
import type { GivenValue } from './value-problem.ts';
import { readValue } from './values.ts';
import { whichCommand } from './which-command.ts';

/** Where a finding points: at a key, its value, or both. */
export type PartOfEntry = 'key' | 'value' | 'entry';

export interface ResolvedRecipe {
  readonly recipe: Recipe;
  /** Keys that the file or an override gives. */
  readonly given: ReadonlySet<string>;
  /** Keys whose value has an error; what was meant, or else the default, stands in for it, and no rule asks about them. */
  readonly unusable: ReadonlySet<string>;
  readonly command: Command;
  readonly document: RecipeDocument;
  readonly findings: readonly Finding[];
  readonly edits: RecipeEdits;
  /** Keys that the command line gives: they have no place in the file. */
  readonly overridden: ReadonlySet<string>;
  /** Keys that stand in the file under a wrong name. */
  readonly misnamed: ReadonlySet<string>;
  /** Where a key stands; the start of the file for one that is absent. */
  locate(key: string, part?: PartOfEntry): Range & { readonly file: string };
  /** A value as it was written, with its node. */
  valueOf(key: string): GivenValue | undefined;
}

const start: Range = { line: 1, column: 1, endLine: 1, endColumn: 1 };

/** Resolves a recipe. Findings are errors where a value cannot be used; the default then stands in for it. */
export function resolveRecipe(
  document: RecipeDocument,
  overrideWords: readonly string[] = [],
  asked?: Command,
): ResolvedRecipe {
  return new Resolver(document, overrideWords, asked).resolve();
}

class Resolver {
  readonly #document: RecipeDocument;
  readonly #overrides: ReadonlyMap<string, unknown>;
  readonly #findings: Finding[];
  readonly #edits: RecipeEdits;
  readonly #command: Command;
  readonly #given = new Map<string, GivenValue>();
  readonly #unusable = new Set<string>();
  readonly #values: Record<string, unknown> = {};
  /** By the right name, the wrong one that stands in the file. */
  readonly #misnamed = new Map<string, string>();

  constructor(document: RecipeDocument, overrideWords: readonly string[], asked: Command | undefined) {
    const { entries, findings } = parseOverrides(overrideWords, document.file);
    this.#document = document;
    this.#overrides = entries;
    this.#findings = [...document.findings, ...findings];
    this.#edits = new RecipeEdits(document);
    this.#command = asked ?? whichCommand(document.text, new Set([...document.entries.keys(), ...entries.keys()]));
  }

  resolve(): ResolvedRecipe {
    for (const name of argumentNames) this.#values[name] = argumentsTable[name].default;
    for (const [name, entry] of this.#document.entries)
      if (!this.#overrides.has(name)) this.#read(name, entry.value, entry);
    for (const [name, value] of this.#overrides) {
      const entry = this.#document.entries.get(name);
      this.#read(name, merge(entry?.value, value), undefined);
    }
    return {
      // each value was read by its argument's type
      recipe: this.#values as unknown as Recipe,
      given: new Set(this.#given.keys()),
      unusable: this.#unusable,
      command: this.#command,
      document: this.#document,
      findings: this.#findings,
      edits: this.#edits,
      overridden: new Set(this.#overrides.keys()),
      misnamed: new Set(this.#misnamed.keys()),
      locate: (key, part) => this.#locate(key, part),
      valueOf: (key) => this.#given.get(key),
    };
  }

  #locate(key: string, part: PartOfEntry = 'value'): Range & { readonly file: string } {
    const { entries, file } = this.#document;
    const entry = entries.get(this.#misnamed.get(key) ?? key);
    if (!entry) return { ...start, file };
    if (part === 'key' || this.#overrides.has(key)) return { ...entry.keyRange, file };
    if (part === 'value' && entry.node.start < entry.node.end) return { ...entry.valueRange, file };
    const { line, column } = entry.keyRange;
    const { endLine, endColumn } = entry.node.start < entry.node.end ? entry.valueRange : entry.keyRange;
    return { line, column, endLine, endColumn, file };
  }

  #report(key: string, part: PartOfEntry, problem: Report): void {
    const overridden = this.#overrides.has(key);
    const { severity, code, fix, rule } = problem;
    const message = overridden ? l10n.t('On the command line: {0}', problem.message) : problem.message;
    const place = { ...this.#locate(key, part), ...(overridden ? {} : problem.range) };
    const finding = { ...place, severity, code, message, ...(rule ? { rule } : {}) };
    this.#findings.push(fix && !overridden ? { ...finding, fix } : finding);
  }

  #read(name: string, value: unknown, entry: RecipeEntry | undefined): void {
    const argument = argumentOf(name);
    if (!argument) {
      const { rename, ...problem } = unknownKey(name, this.#command, this.#document.entries);
      const edits = rename === undefined ? [] : this.#edits.rename(name, rename);
      const fix = problem.fix ?? this.#renamed(rename, edits);
      this.#report(name, 'key', { ...problem, ...(fix ? { fix } : {}) });
      if (rename !== undefined) this.#meant(name, rename, value, entry);
      return;
    }
    const given = { name, value, node: entry?.node, source: sourceOf(this.#document.lines, entry?.node) };
    this.#given.set(name, given);
    const read = readValue(argument, given, ranges[name as ArgumentName]);
    // a rule of its own says more about the engine of a training recipe
    this.#ofCommand(name, name === 'infer_backend' || read.value === undefined || isNeutral(argument, read.value));
    // what could not be read may be the value that seems to be missing
    if (value === null && this.#document.broken) return;
    if (read.problem) this.#report(name, 'value', read.problem);
    if (read.problem?.severity === 'error') this.#unusable.add(name);
    if (read.value === undefined) {
      if (value !== null) this.#unusable.add(name);
      return;
    }
    this.#values[name] = read.value;
    if (argument.support === 'later' && !isNeutral(argument, read.value)) this.#notBuilt(name, argument);
  }

  /** Goes on with a value under the name that was meant: what depends on it is no fault of its own. */
  #meant(name: string, rename: string, value: unknown, entry: RecipeEntry | undefined): void {
    const argument = argumentOf(rename);
    if (!argument || this.#overrides.has(rename) || !acceptedBy(rename).includes(this.#command)) return;
    const given = { name: rename, value, node: entry?.node, source: sourceOf(this.#document.lines, entry?.node) };
    const read = readValue(argument, given, ranges[rename as ArgumentName]);
    this.#given.set(rename, given);
    this.#misnamed.set(rename, name);
    // no rule asks about it: what follows from the slip is no finding of its own
    this.#unusable.add(rename);
    if (read.value !== undefined) this.#values[rename] = read.value;
  }

  #renamed(rename: string | undefined, edits: readonly Edit[]): Fix | undefined {
    if (rename === undefined || edits.length === 0) return undefined;
    return { title: l10n.t('Change to {0}', rename), text: rename, edits };
  }

  /** `neutral`: its value asks for nothing anyway. */
  #ofCommand(name: string, neutral: boolean): void {
    const takers = acceptedBy(name);
    if (takers.includes(this.#command)) {
      if (!appliesTo(name).includes(this.#command)) this.#noEffect(name, neutral);
      return;
    }
    const edits = this.#edits.remove(name);
    this.#report(name, 'key', {
      severity: 'error',
      code: 'key-of-other-command',
      rule: 'unknown-key',
      message: l10n.t('{0} is a key of {1}; {2} does not take it.', name, takers.join(', '), this.#command),
      ...(edits.length > 0 ? { fix: { title: l10n.t('Remove {0}', name), text: '', edits } } : {}),
    });
  }

  #noEffect(name: string, neutral: boolean): void {
    this.#report(name, 'key', {
      severity: neutral ? 'hint' : 'warning',
      code: 'no-effect-key',
      message: l10n.t('{0} does nothing in {1}.', name, this.#command),
    });
  }

  #notBuilt(name: string, argument: Argument<unknown>): void {
    const value = JSON.stringify(argument.default);
    const message = l10n.t('Anneal knows {0}, but does not have it yet: leave it out, or set it to {1}.', name, value);
    this.#report(name, 'key', { severity: 'info', code: 'not-built-yet', message });
  }
}

interface Report {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly rule?: string;
  readonly range?: Range;
  readonly fix?: Fix;
}

/** An override replaces a value, but sets fields of a mapping. */
function merge(below: unknown, above: unknown): unknown {
  if (!isMapping(below) || !isMapping(above)) return above;
  const merged = { ...below };
  for (const [key, value] of Object.entries(above)) merged[key] = merge(below[key], value);
  return merged;
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value asks for nothing that the default would not do. */
const isNeutral = (argument: Argument<unknown>, value: unknown): boolean =>
  value === null ||
  value === false ||
  JSON.stringify(value) === JSON.stringify(argument.default) ||
  value === 'none' ||
  value === 'no';

/** The parts of a value that may be a list or a text of several: "a, b" and [a, b] alike. */
export function splitList(value: string | readonly (string | number)[] | null, separator = ','): string[] {
  if (value === null) return [];
  const parts = typeof value === 'string' ? value.split(separator) : value.map(String);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
