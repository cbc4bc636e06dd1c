// What is shown at a key or value: what it does, and what it means in this recipe with this model and data.
import * as l10n from '@vscode/l10n';
import { argumentOf } from '../recipe.ts';
import { removedKeys } from '../removed.ts';
import { choiceText } from './choices.ts';
import { cursorAt, type Cursor } from './cursor.ts';
import { describeKey } from './describe.ts';
import { meaningOf } from './meaning.ts';
import { schedulerOptions } from './schedulers.ts';
import type { Surroundings } from './surroundings.ts';
import { describeDataset, describeModel, describeTemplate } from './things.ts';
import { partAt } from './values.ts';
import type { RecipeView } from './view.ts';

export interface Hover {
  /** Markdown. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** Nothing where there is nothing to say: blank lines, comments, unknown words. */
export function hoverRecipe(view: RecipeView, offset: number, surroundings: Surroundings): Hover | undefined {
  const cursor = cursorAt(view.text, offset);
  if (cursor.at === 'nothing' || cursor.to === cursor.from || cursor.text === '' || offset < cursor.from) return undefined; // prettier-ignore
  const [name = '', nested] = cursor.at === 'key' ? [...cursor.path, cursor.text] : cursor.path;
  const separator = argumentOf(name)?.separator;
  const word = cursor.at === 'value' && separator !== undefined ? partAt(cursor, view.text, separator) : cursor;
  const text = nested !== undefined ? describeNested(view, name, nested) : describeTop(view, name, word, surroundings);
  return text === undefined ? undefined : { text, from: word.from, to: word.to };
}

function describeTop(view: RecipeView, name: string, cursor: Cursor, surroundings: Surroundings): string | undefined {
  const argument = argumentOf(name);
  if (!argument) return cursor.at === 'key' ? describeRemoved(name) : undefined;
  const thing = cursor.at === 'value' ? describeThing(view, name, cursor.text, surroundings) : undefined;
  const meaning = meaningOf(name, view, surroundings);
  const choice = cursor.at === 'value' ? choiceText(name, cursor.text) : undefined;
  const described = thing === undefined ? [choice, describeKey(name, argument)] : [thing];
  return [...described, ...meaning].filter((part) => part !== undefined).join('\n\n');
}

/** The data set, model or template that a value names. */
function describeThing(view: RecipeView, key: string, value: string, surroundings: Surroundings): string | undefined {
  switch (key) {
    case 'dataset':
    case 'eval_dataset':
      return describeDataset(value, view, surroundings);
    case 'template':
      return describeTemplate(value, view, surroundings);
    case 'model_name_or_path':
    case 'ref_model':
    case 'reward_model':
      return describeModel(value, surroundings);
    default:
      return undefined;
  }
}

function describeRemoved(name: string): string | undefined {
  const removed = Object.hasOwn(removedKeys, name) ? removedKeys[name] : undefined;
  if (!removed) return undefined;
  const instead = removed.replacement ? l10n.t('Use {0} instead.', `\`${removed.replacement}\``) : '';
  return [`**${name}** · ${l10n.t('removed from LLaMA-Factory')}`, instead].filter(Boolean).join('\n\n');
}

function describeNested({ recipe }: RecipeView, name: string, nested: string): string | undefined {
  if (name !== 'lr_scheduler_kwargs') return undefined;
  const option = schedulerOptions(recipe.lr_scheduler_type).find((known) => known.name === nested);
  return option && `**${nested}** · ${recipe.lr_scheduler_type}\n\n${option.doc}`;
}
