// A recipe as assistance sees it: its text, its values as far as they can be read, and the command it is for.
import type { RecipeDocument } from '../document.ts';
import { parseRecipe } from '../parse.ts';
import type { Recipe } from '../recipe.ts';
import { resolveRecipe, splitList } from '../resolve.ts';

export type RecipeCommand = 'train' | 'chat' | 'export' | 'eval';

export interface RecipeView {
  readonly text: string;
  readonly document: RecipeDocument;
  /** Values of all keys; what cannot be read stands at its default. */
  readonly recipe: Recipe;
  /** Keys that are written. */
  readonly given: ReadonlySet<string>;
  readonly command: RecipeCommand;
}

export function viewRecipe(text: string, file: string): RecipeView {
  const document = parseRecipe(text, file);
  const { recipe } = resolveRecipe(document);
  const given = new Set(document.entries.keys());
  return { text, document, recipe, given, command: commandOf(text, given) };
}

/** From a first comment that names it, else from the keys. */
function commandOf(text: string, given: ReadonlySet<string>): RecipeCommand {
  const named = /^\s*#.*\b(?:llamafactory-cli|llama-factory|lmf|anneal)\s+(train|chat|webchat|api|generate|export|eval)\b/m.exec(text)?.[1]; // prettier-ignore
  if (named === 'train' || named === 'export' || named === 'eval') return named;
  if (named !== undefined) return 'chat';
  if (given.has('export_dir')) return 'export';
  if (given.has('task')) return 'eval';
  const trains = ['stage', 'dataset', 'do_train', 'do_eval', 'do_predict', 'output_dir'].some((key) => given.has(key));
  return given.has('infer_backend') && !trains ? 'chat' : 'train';
}

/** The names in a value that may be a list or a text of several. */
export const namesIn = (value: unknown): readonly string[] =>
  typeof value === 'string' || Array.isArray(value) ? splitList(value as string | readonly string[]) : [];
