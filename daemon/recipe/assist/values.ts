// Completion of values: choices, data sets, templates, models, modules, folders, and numbers that are usual.
import * as l10n from '@vscode/l10n';
import { argumentOf, type ArgumentName } from '../recipe.ts';
import { toolFormatNames } from '../template-names.ts';
import type { ValueCursor } from './cursor.ts';
import { infoPath, kindsOf, kindTitle, nearbyDatasets, sourceOf } from './datasets.ts';
import { knowledge } from './knowledge.ts';
import { completeModules, moduleKeys } from './modules.ts';
import { completePaths, pathKeys } from './paths.ts';
import { schedulerOptions } from './schedulers.ts';
import { yamlText, type Suggestion } from './suggestion.ts';
import type { Surroundings } from './surroundings.ts';
import { completeTemplates } from './templates.ts';
import type { RecipeView } from './view.ts';
import { partsOf } from './words.ts';

/** A value before it is put into quotes and ranges. `raw`: stands in the file as it is (true, 5.0e-5). */
export interface Value extends Pick<Suggestion, 'kind' | 'description' | 'documentation' | 'asksAgain'> {
  readonly text: string;
  readonly raw?: boolean;
}

export function completeValues(view: RecipeView, cursor: ValueCursor, surroundings: Surroundings): Suggestion[] {
  const [key = '', nested] = cursor.path;
  if (nested !== undefined) return place(nestedValues(view, key, nested), cursor);
  const argument = argumentOf(key);
  if (!argument) return [];
  const several = argument.separator !== undefined || argument.type.includes('[]');
  if (cursor.form !== 'scalar' && !several) return [];
  const part = several && cursor.form === 'scalar' ? partAt(cursor, view.text, argument.separator ?? ',') : cursor;
  const taken = new Set(part.siblings);
  const values = valuesOf(key as ArgumentName, view, surroundings, part);
  return place(
    values.filter(({ text }) => !taken.has(text)),
    part,
  );
}

export interface PartCursor extends ValueCursor {
  /** Inside a text of several: no quotes of its own. */
  readonly isPart?: boolean;
}

/** Of a text of several, "a, b, c": the part that the cursor is in. */
export function partAt(cursor: ValueCursor, text: string, separator: string): PartCursor {
  const parts = partsOf(text, cursor, separator);
  if (parts.length < 2) return cursor;
  const current = parts.find(({ to }) => cursor.offset <= to) ?? parts.at(-1);
  if (!current) return cursor;
  const siblings = parts.filter((part) => part !== current).map((part) => part.text);
  return { ...cursor, ...current, siblings, quote: '', before: '', isPart: true };
}

function place(values: readonly Value[], cursor: PartCursor): Suggestion[] {
  return values.map(({ text, raw, ...rest }) => {
    const written = raw && cursor.quote === '' ? text : cursor.isPart ? text : yamlText(text, cursor.quote, cursor.form === 'flow-item'); // prettier-ignore
    const { from, to } = cursor;
    return { label: text, ...rest, insert: cursor.before + written, from, to, filter: cursor.quote + text };
  });
}

function valuesOf(
  key: ArgumentName,
  view: RecipeView,
  surroundings: Surroundings,
  cursor: ValueCursor,
): readonly Value[] {
  const argument = argumentOf(key);
  if (key === 'dataset' || key === 'eval_dataset') return datasetNames(view, surroundings);
  if (key === 'template') return completeTemplates(view, surroundings);
  if (moduleKeys.has(key)) return completeModules(key, view, surroundings);
  if (pathKeys.has(key)) return completePaths(key, view, surroundings, cursor.text);
  const choices = key === 'tool_format' ? toolFormatNames : (argument?.choices ?? []);
  const values: Value[] = choices.map((choice) => ({
    kind: 'value',
    text: String(choice),
    raw: typeof choice === 'number',
    ...(choice === argument?.default ? { description: l10n.t('default') } : {}),
  }));
  if (argument?.type.split('|').includes('bool')) {
    for (const value of [true, false]) {
      const isDefault = argument.default === value ? { description: l10n.t('default') } : {};
      values.push({ kind: 'value', text: String(value), raw: true, ...isDefault });
    }
  }
  if (values.length > 0 && argument?.nullable) values.push({ kind: 'value', text: 'null', raw: true });
  if (values.length === 0) {
    for (const usual of knowledge[key]?.usual?.(view.recipe) ?? []) {
      values.push({ kind: 'value', text: String(usual), raw: true, ...(argument?.default === Number(usual) ? { description: l10n.t('default') } : {}) }); // prettier-ignore
    }
  }
  return values;
}

function datasetNames({ recipe }: RecipeView, surroundings: Surroundings): Value[] {
  const datasets = nearbyDatasets(recipe.dataset_dir, surroundings) ?? [];
  const fitting = kindsOf(recipe.stage);
  const rank = (kind: (typeof datasets)[number]['kind']): number =>
    fitting.includes(kind) ? fitting.indexOf(kind) : fitting.length;
  return [...datasets]
    .sort((a, b) => rank(a.kind) - rank(b.kind))
    .map((dataset) => {
      const fits = fitting.includes(dataset.kind);
      const source = sourceOf(dataset);
      const notes = [kindTitle(dataset.kind), source, fits ? undefined : l10n.t('not for stage {0}', recipe.stage)];
      return {
        kind: 'dataset',
        text: dataset.name,
        description: notes.filter((note) => note !== undefined).join(' · '),
        documentation: l10n.t('Entry of {0}.', `\`${infoPath(recipe.dataset_dir)}\``),
      };
    });
}

function nestedValues({ recipe }: RecipeView, key: string, nested: string): Value[] {
  if (key !== 'lr_scheduler_kwargs') return [];
  const option = schedulerOptions(recipe.lr_scheduler_type).find(({ name }) => name === nested);
  return option ? [{ kind: 'value', text: option.value, raw: true }] : [];
}
