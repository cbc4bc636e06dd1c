// Completion of keys: the useful ones first, with a value to start from.
import * as l10n from '@vscode/l10n';
import type { Argument } from '../argument.ts';
import type { ArgumentName } from '../recipe.ts';
import type { KeyCursor } from './cursor.ts';
import { describeKey } from './describe.ts';
import { groupTitle } from './groups.ts';
import { knowledge } from './knowledge.ts';
import { rankKeys } from './relevance.ts';
import { schedulerOptions } from './schedulers.ts';
import { snippetText, yamlText, type Suggestion } from './suggestion.ts';
import type { RecipeView } from './view.ts';

export function completeKeys(view: RecipeView, cursor: KeyCursor): Suggestion[] {
  if (cursor.path.length > 0) return completeNestedKeys(view, cursor);
  // keys that a merged mapping brings are still worth writing
  const present = new Set(cursor.siblings);
  return rankKeys(view, present).map(({ name, argument, idle }) => ({
    label: name,
    kind: 'key',
    description: idle ? l10n.t('does nothing here') : groupTitle(argument.group),
    documentation: describeKey(name, argument),
    ...insertion(name, startValue(name, argument, view), cursor),
    ...(knowledge[name]?.deprecated ? { deprecated: true } : {}),
  }));
}

/** Options inside a mapping that is a key's value. */
function completeNestedKeys(view: RecipeView, cursor: KeyCursor): Suggestion[] {
  if (cursor.path[0] !== 'lr_scheduler_kwargs') return [];
  return schedulerOptions(view.recipe.lr_scheduler_type)
    .filter(({ name }) => !cursor.siblings.includes(name))
    .map(({ name, value, doc }) => ({
      label: name,
      kind: 'key',
      documentation: doc,
      ...insertion(name, { text: value, snippet: `\${1:${value}}`, asksAgain: false }, cursor),
    }));
}

interface Start {
  readonly text: string;
  readonly snippet: string;
  /** A list of values follows. */
  readonly asksAgain: boolean;
}

/** What stands behind a new key: a value that one would most likely want, else room for one. */
function startValue(name: ArgumentName, argument: Argument<unknown>, view: RecipeView): Start {
  const types = argument.type.split('|');
  if (types[0] === 'bool') {
    const text = String(argument.default !== true);
    const other = String(argument.default === true);
    return { text, snippet: `\${1|${text},${other}|}`, asksAgain: false };
  }
  const [usual] = knowledge[name]?.usual?.(view.recipe) ?? [];
  if (usual !== undefined) return { text: String(usual), snippet: `\${1:${usual}}`, asksAgain: false };
  if (types[0] === 'int' || types[0] === 'float') {
    const text = typeof argument.default === 'number' ? String(argument.default) : '';
    return { text, snippet: text === '' ? '' : `\${1:${text}}`, asksAgain: text === '' };
  }
  return { text: '', snippet: '', asksAgain: types[0] !== 'object' };
}

function insertion(
  name: string,
  start: Start,
  { from, to, quote, hasValue, flow }: KeyCursor,
): Pick<Suggestion, 'insert' | 'from' | 'to' | 'filter' | 'snippet' | 'asksAgain'> {
  const key = flow && quote === '' ? name : yamlText(name, quote);
  const place = { from, to, filter: quote + name };
  if (hasValue) return { ...place, insert: key };
  // inside { } the text after the cursor goes on with a comma or the bracket
  return {
    ...place,
    insert: `${key}: ${start.text}`,
    snippet: `${snippetText(key)}: ${start.snippet}`,
    asksAgain: start.asksAgain,
  };
}
